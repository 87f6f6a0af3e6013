"""How likely a second model finds texts that another wrote: it reads them with its own tokenizer."""

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from pipelines.core.errors import SpecError
from pipelines.generation.memory import vocabulary
from pipelines.generation.prompt import prompt_ids
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel

# What one forward may take, so that others get their turn in between and memory stays flat.
_FED = 4096  # tokens
_LOGITS = 2**25  # numbers: 128 MiB in float32


@dataclass(frozen=True)
class _Reading:
    """One text behind its prompt: ``ids``, of which those from ``first`` on are the text's. The first of all
    has no prediction, so ``first`` is at least 1. ``place`` is the text's among all."""

    place: int
    ids: list[int]
    first: int


def perplexities(
    loaded: LoadedModel, prompt: str, texts: Sequence[str]
) -> Generator[None, None, list[float]]:
    """A generator that yields None between forwards and returns, for each text, exp of the mean negative
    log-likelihood of its tokens given the prompt; NaN where there is none (an empty text).

    Prompt and text are encoded together, so that the border lies where this tokenizer has it: a token that
    reaches into the text counts as the text's. What is longer than the context loses its beginning: of the
    prompt, then of the text itself, whose lost tokens do not count. An empty prompt is the start token, and
    where a model has none, a text's first token does not count.
    """
    found = [math.nan] * len(texts)
    readings = [_reading(loaded, prompt, text, place) for place, text in enumerate(texts) if text]
    readings = [one for one in readings if len(one.ids) > one.first]
    for at, batch in enumerate(_batches(readings, loaded)):
        if at:
            yield None
        for one, loss in zip(batch, _losses(loaded, batch), strict=True):
            found[one.place] = math.exp(loss) if loss < 700 else math.inf
    return found


def _reading(loaded: LoadedModel, prompt: str, text: str, place: int) -> _Reading:
    ids, first = _encoded(loaded, prompt, text)
    if not first and (start := _start(loaded)):
        ids, first = [*start, *ids], len(start)
    if loaded.context_length is not None:
        # The last token is predicted, not fed, so it may stand just past the context.
        lost = max(0, len(ids) - loaded.context_length - 1)
        ids, first = ids[lost:], first - lost
    return _Reading(place, ids, max(1, first))


def _encoded(loaded: LoadedModel, prompt: str, text: str) -> tuple[list[int], int]:
    """The ids of both together up to the text's end, and the place of the text's first token."""
    tokenizer = loaded.tokenizer
    if not tokenizer.is_fast:  # knows no places: the text begins where the ids part from the prompt's own
        alone, ids = (list(tokenizer(one, verbose=False).input_ids) for one in (prompt, prompt + text))
        same = (a == b for a, b in zip(alone, ids, strict=False))
        return ids, next((i for i, equal in enumerate(same) if not equal), min(len(alone), len(ids)))
    coded = tokenizer(prompt + text, return_offsets_mapping=True, verbose=False)
    places = coded["offset_mapping"]
    inside = [i for i, (start, end) in enumerate(places) if end > max(start, len(prompt))]
    if not inside:
        return list(coded["input_ids"]), len(coded["input_ids"])
    return list(coded["input_ids"])[: inside[-1] + 1], inside[0]


def _start(loaded: LoadedModel) -> list[int]:
    try:
        return prompt_ids(loaded, "")
    except SpecError:
        return []


def _batches(readings: Sequence[_Reading], loaded: LoadedModel) -> Iterator[list[_Reading]]:
    """Readings of about the same length together, the longest first."""
    batch: list[_Reading] = []
    room = 0
    for one in sorted(readings, key=lambda one: -len(one.ids)):
        if batch and len(batch) >= room:
            yield batch
            batch = []
        if not batch:
            width = len(one.ids)
            room = min(_FED // width, _LOGITS // (vocabulary(loaded) * width))
        batch.append(one)
    if batch:
        yield batch


@torch.inference_mode()
def _losses(loaded: LoadedModel, batch: Sequence[_Reading]) -> list[float]:
    """Mean loss of each text in nats. Shorter rows are filled up at their end, where a causal model does not
    look: that needs no mask and changes nothing before."""
    width = len(batch[0].ids) - 1
    from_ = min(one.first for one in batch) - 1
    rows = torch.tensor([(one.ids[:-1] + [0] * width)[:width] for one in batch], device=loaded.device)
    logits = _logits(loaded, rows, from_)
    return [_loss(logits[row], one, from_) for row, one in enumerate(batch)]


def _logits(loaded: LoadedModel, rows: torch.Tensor, from_: int) -> torch.Tensor:
    """What is said after each token from ``from_`` on: [rows, tokens, vocabulary]."""
    kept = rows.shape[1] - from_
    said = loaded.model(input_ids=rows, use_cache=False, **last_rows(loaded.model, kept))
    return said.logits[:, -kept:]


def _loss(logits: torch.Tensor, one: _Reading, from_: int) -> float:
    said = logits[one.first - 1 - from_ : len(one.ids) - 1 - from_].float()
    wanted = torch.tensor(one.ids[one.first :], device=said.device)
    return cross_entropy(said, wanted).item()
