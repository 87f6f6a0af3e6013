"""A subject run once, with or without changes: the loss of its tokens, the next token, and what follows.

Each is a generator that yields None between its steps; nothing is set in the context at a yield.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pipelines.attention.edits import Edits
from pipelines.attention.encode import Read
from pipelines.attention.noise import Noise
from pipelines.attention.surprise import surprise
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.ends import end_tokens
from pipelines.models.loader import LoadedModel
from pipelines.models.marks import mask_id

_BLOCK = 128  # tokens of a text that one step takes in


@dataclass(frozen=True)
class Run:
    """``loss`` as in Captured; ``logits`` [vocabulary] of the token that is asked for; ``written`` are the
    ids that follow."""

    loss: np.ndarray
    logits: torch.Tensor
    written: tuple[int, ...] = ()


def run(loaded: LoadedModel, tokens: Read, edits: Edits, noise: Noise, count: int) -> Iterator[Any]:
    """A :class:`Run`; ``count`` tokens are written, fewer where the model ends or its context does.

    What is asked for is the token after the text; of a masked model the one at its first mask, and nothing
    is written; of an encoder–decoder the decoder's next token after the target that it was given, so that
    what it wrote itself has a loss and is then written anew.
    """
    by_kind = {"causal-lm": _causal, "masked-lm": _masked, "seq2seq-lm": _seq2seq}
    return by_kind[loaded.kind](loaded, tokens, edits, noise, count)


@contextmanager
def _step(edits: Edits, seen: int = 0) -> Iterator[None]:
    with torch.inference_mode(), edits.during(seen):
        yield


def _causal(loaded: LoadedModel, tokens: Read, edits: Edits, noise: Noise, count: int) -> Iterator[Any]:
    ids = tokens.inputs(loaded)["input_ids"]
    loss, past = np.full(ids.shape[1], np.nan, np.float32), None
    for first in range(0, ids.shape[1], _BLOCK):
        block = ids[:, first : first + _BLOCK]
        with _step(edits, first):
            out = loaded.model(input_ids=block, past_key_values=past, use_cache=True)
            past, logits = out.past_key_values, out.logits[0].float()
            _tell(loss, first, logits, ids[0])
            logits = logits[-1]
        yield None
    written: list[int] = []
    new = logits
    while _goes_on(loaded, written, count, ids.shape[1]):
        if written:
            with _step(edits, ids.shape[1] + len(written) - 1):
                given = torch.tensor([written[-1:]], device=loaded.device)
                out = loaded.model(input_ids=given, past_key_values=past, use_cache=True)
                past, new = out.past_key_values, out.logits[0, -1].float()
        written.append(noise.pick(new))
        yield None
    return Run(loss, logits, tuple(written))


def _seq2seq(loaded: LoadedModel, tokens: Read, edits: Edits, noise: Noise, count: int) -> Iterator[Any]:
    """Without a cache: the decoder's text is short."""
    inputs = tokens.inputs(loaded)
    mask, told = inputs["attention_mask"], inputs["decoder_input_ids"][0]
    loss = np.full(len(told), np.nan, np.float32)
    with _step(edits):
        coded = loaded.model.get_encoder()(input_ids=inputs["input_ids"], attention_mask=mask)
    yield None

    def decoded(ids: torch.Tensor) -> torch.Tensor:
        with _step(edits):
            out = loaded.model(
                encoder_outputs=coded, attention_mask=mask, decoder_input_ids=ids[None], use_cache=False
            )
            return out.logits[0].float()

    logits = decoded(told)
    _tell(loss, 0, logits, told)
    given = told[: len(told) - tokens.last.generated]
    logits = new = logits[len(given) - 1]
    yield None
    written: list[int] = []
    while _goes_on(loaded, written, count, len(given)):
        if written:
            new = decoded(torch.cat([given, given.new_tensor(written)]))[-1]
        written.append(noise.pick(new))
        yield None
    return Run(loss, logits, tuple(written))


def _masked(loaded: LoadedModel, tokens: Read, edits: Edits, _noise: Noise, _count: int) -> Iterator[Any]:
    place = mask_places(loaded, tokens.last.ids)[0]
    with _step(edits):
        logits = loaded.model(**tokens.inputs(loaded)).logits[0, place].float()
    yield None
    return Run(np.full(len(tokens.last.ids), np.nan, np.float32), logits)


def mask_places(loaded: LoadedModel, ids: np.ndarray) -> list[int]:
    """Where the masks of a text are. Raises SpecError for a text without one."""
    mask = mask_id(loaded.tokenizer)
    if mask is None:
        raise GlassworksError(f"{loaded.name} has no mask token in its tokenizer, so no gap can be marked.")
    places = np.flatnonzero(ids == mask).tolist()
    if not places:
        raise SpecError("text", "no mask", f"a text with [MASK] in it: that is what {loaded.name} predicts")
    return places


def _tell(loss: np.ndarray, first: int, logits: torch.Tensor, ids: torch.Tensor) -> None:
    """The losses of the tokens that these logits, from place ``first`` on, were predictions of."""
    told = ids[first + 1 : first + 1 + len(logits)]
    loss[first + 1 : first + 1 + len(told)] = surprise(logits[: len(told)], told)[0].cpu()


def _goes_on(loaded: LoadedModel, written: list[int], count: int, before: int) -> bool:
    limit = loaded.context_length
    ended = bool(written) and written[-1] in end_tokens(loaded)
    return len(written) < count and not ended and (limit is None or before + len(written) < limit)
