"""Two models over one text: an amateur or a draft beside the model that writes. Both must mean the same by an
id; which ids a tokenizer prefers for a text does not matter, because ids alone go from one to the other.
"""

from typing import Any

import torch
from torch.nn.functional import pad

from pipelines.core.errors import SpecError
from pipelines.generation.loop.batch import Batch, Said
from pipelines.models.loader import LoadedModel


def same_tokenizer(one: LoadedModel, other: LoadedModel, field: str) -> None:
    """Raise SpecError naming ``field``, whose value is ``other``, unless every id stands for the same text in
    both and is special in both or in neither. Which of the special ones ends a text may differ: a base model
    goes with its chat version."""
    if other.kind != "causal-lm" or _meanings(one.tokenizer) != _meanings(other.tokenizer):
        raise SpecError(field, other.name, f"a model that continues text, with the tokenizer of {one.name}")


def check_context(other: LoadedModel, tokens: int, field: str) -> None:
    """Raise SpecError naming ``field`` unless ``other`` holds so many tokens of prompt and new text."""
    if other.context_length is not None and tokens > other.context_length:
        accepted = f"a model whose context holds the {tokens:,} tokens of prompt and new text"
        raise SpecError(field, other.name, f"{accepted} (its own holds {other.context_length:,})")


def prefilled(other: LoadedModel, ids: list[int]) -> tuple[Batch, Said]:
    """A batch of one row after the prompt, and what was said after it; all parts of a long prompt at once."""
    batch = Batch(other.model)
    parts = batch.prefill(ids)
    while True:
        try:
            next(parts)
        except StopIteration as end:
            return batch, end.value[0]


def fitted(logits: torch.Tensor, width: int) -> torch.Tensor:
    """``logits`` [rows, other vocabulary] as [rows, width]. Heads are often wider than their tokenizer, by
    as much as suited its makers: surplus ids are cut, missing ones are -inf."""
    return pad(logits[:, :width], (0, max(0, width - logits.shape[-1])), value=float("-inf"))


def _meanings(tokenizer: Any) -> tuple[dict[str, int], set[int]]:
    special = {id_ for id_, token in tokenizer.added_tokens_decoder.items() if token.special}
    return tokenizer.get_vocab(), special
