"""What a reward model gives an answer after its prompt."""

from collections.abc import Iterator
from typing import Any

import torch

from pipelines.core.errors import SpecError
from pipelines.models.loader import LoadedModel
from pipelines.prediction.requests import Reward


def is_reward_model(loaded: LoadedModel) -> bool:
    """A classifier of one output tells nothing apart: it is a measure."""
    return loaded.kind == "sequence-classification" and loaded.model.config.num_labels == 1


def reward(loaded: LoadedModel, prompt: str, answer: str) -> Iterator[Reward]:
    """Read as in training: as a conversation where the tokenizer has a template for one. Raises
    :class:`SpecError` for more tokens than the model reads."""
    ids = _ids(loaded.tokenizer, prompt, answer)
    most = loaded.context_length
    if most and len(ids) > most:
        raise SpecError("context", f"{len(ids):,} tokens", f"at most {most:,} tokens with the prompt")
    with torch.inference_mode():
        read = torch.tensor([ids], device=loaded.model.device)
        logits = loaded.model(input_ids=read, attention_mask=torch.ones_like(read), use_cache=False).logits
    yield Reward(float(logits[0, 0]))


def _ids(tokenizer: Any, prompt: str, answer: str) -> list[int]:
    """Up to the end of the answer, where the head was trained to read."""
    if not tokenizer.chat_template:
        end = tokenizer.eos_token or ""
        return tokenizer(prompt + answer.removesuffix(end) + end).input_ids
    said = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    text = tokenizer.apply_chat_template(said, tokenize=False)
    return tokenizer(text.rstrip(), add_special_tokens=False).input_ids
