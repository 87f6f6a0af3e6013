"""What the model writes at a checkpoint: continuations of fixed prompts with a fixed seed.

The random state of the training is left as it was, so that sampling does not change the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast

from pipelines.training.objectives.quiet import quietly

_TEMPERATURE, _TOP_P = 0.8, 0.95


@dataclass(frozen=True)
class Sampler:
    """Continues ``prompts`` by at most ``new_tokens`` tokens each, within the model's context."""

    tokenizer: PreTrainedTokenizerFast
    prompts: tuple[str, ...]
    new_tokens: int
    context: int
    seed: int

    def __call__(self, model: PreTrainedModel) -> list[tuple[str, str]]:
        """(prompt, continuation) for each prompt."""
        write = Writer(self.tokenizer, self.new_tokens, self.context, self.seed)
        with quietly(model):
            return [(prompt, write(model, self._ids(prompt))) for prompt in self.prompts]

    def _ids(self, prompt: str) -> list[int]:
        return self.tokenizer(prompt, add_special_tokens=False).input_ids or [self.tokenizer.eos_token_id]


@dataclass(frozen=True)
class Writer:
    """Continues token ids, with the same random numbers each time; ``ends`` are tokens after which a text is
    over, the tokenizer's own where none are given. To be called inside :func:`quietly`."""

    tokenizer: PreTrainedTokenizerFast
    new_tokens: int
    context: int
    seed: int
    ends: tuple[int, ...] = ()

    def __call__(self, model: PreTrainedModel, ids: Sequence[int]) -> str:
        room = min(self.new_tokens, max(self.context // 2, self.context - len(ids)))
        ids = list(ids[-(self.context - room) :])
        torch.manual_seed(self.seed)
        given = torch.tensor([ids], device=model.device)
        made = model.generate(
            input_ids=given, attention_mask=torch.ones_like(given), generation_config=self._config(room)
        )
        return self.tokenizer.decode(made[0, len(ids) :], skip_special_tokens=True)

    def _config(self, room: int) -> GenerationConfig:
        return GenerationConfig(
            do_sample=True,
            temperature=_TEMPERATURE,
            top_p=_TOP_P,
            top_k=0,
            max_new_tokens=room,
            eos_token_id=list(self.ends) or self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
        )
