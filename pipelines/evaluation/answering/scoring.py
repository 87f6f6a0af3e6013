"""How likely a model finds the scored tokens of readings: rows of trees, the longest first, many at once.

Whether a model can be told who sees whom is tried once; one that cannot (recurrent states, distances counted
in columns) reads each text for itself, as lm-evaluation-harness does.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.answering.encoding import Reading
from pipelines.evaluation.answering.rows import log_probs, masked, places, plain
from pipelines.evaluation.answering.trees import Group, Tree, groups_of, stemmed
from pipelines.generation.memory import row_bytes, usable_bytes, vocabulary
from pipelines.models.last import last_rows, takes
from pipelines.models.loader import LoadedModel
from pipelines.models.virtual import virtual_tokens

_TOKENS = {"cpu": 512}  # read at once: more are no faster there
_MOST_TOKENS = 16_384
_COPIES = 3  # of the scores over the vocabulary that are held at once
_WINDOWS = ("sliding_window", "window_size", "attention_window", "attention_chunk_size")
_TAKEN = ("attention_mask", "position_ids", "past_key_values")
_NOTICED = {torch.float32: 1e-3}  # of the spread of what is found: more than rounding, less than a mistake
_FULL = ("can't allocate memory", "not enough memory")
_NOTE = "evaluation.branching"  # what the model's notes remember
_WRONG = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, GlassworksError)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Scored:
    """Of each scored token of a reading: its log-probability in nats, and whether it is the likeliest."""

    log_probs: np.ndarray  # [scored] float32
    greedy: np.ndarray  # [scored] bool


Done = Callable[[Sequence[int]], object]  # numbers of readings


class Scorer:
    """``batch_tokens`` are read at once, 0 for as many as suit the device. Raises :class:`GlassworksError`
    for a model that does not continue text."""

    def __init__(self, loaded: LoadedModel, batch_tokens: int = 0):
        loaded.need("causal-lm")
        self._loaded, self._model = loaded, loaded.model
        self._tokens = batch_tokens or _TOKENS.get(loaded.device.type, _MOST_TOKENS)
        if _NOTE not in loaded.notes:
            loaded.notes[_NOTE] = self._bears_branches()

    def score(self, readings: Sequence[Reading], done: Done = lambda numbers: None) -> list[Scored]:
        """In their order. ``done`` hears which are over after each forward; what it raises ends all."""
        groups = groups_of(readings, self._loaded.notes[_NOTE], window_of(self._model))
        done([number for number, one in enumerate(readings) if not one.scored])
        return self._score(readings, groups, done)

    @torch.inference_mode()
    def _score(self, readings: Sequence[Reading], groups: Iterable[Group], done: Done) -> list[Scored]:
        sizes = [one.scored for one in readings]
        scored = [Scored(np.zeros(size, np.float32), np.ones(size, bool)) for size in sizes]
        for group in groups:
            for trees, found in self._batches(group):
                asked = (one for tree in trees for one in tree.asked)
                for (number, at, _, _), log_prob, greedy in zip(asked, *found, strict=True):
                    scored[number].log_probs[at], scored[number].greedy[at] = log_prob, greedy
                done([number for tree in trees for number in tree.numbers])
        return scored

    def _batches(self, group: Group) -> Iterator[tuple[list[Tree], tuple[np.ndarray, np.ndarray]]]:
        waiting, stem = sorted(group.trees, key=len), self._stem(group.stem)
        while waiting:
            count = self._count(waiting, len(group.stem))
            trees = waiting[: -count - 1 : -1]
            try:
                found = self._forward(trees, group, stem)
            except (torch.OutOfMemoryError, RuntimeError) as error:
                self._take_fewer(error, trees)
                continue
            del waiting[-count:]
            yield trees, found

    def _count(self, waiting: Sequence[Tree], stem: int) -> int:
        """How many of the longest are read at once; never none."""
        width, asked = len(waiting[-1]), 0
        scores = _COPIES * 4 * vocabulary(self._loaded)  # bytes of a column
        past = row_bytes(self._loaded, stem + width) if stem else 0
        free = usable_bytes(self._loaded)
        for count, tree in enumerate(reversed(waiting)):
            asked = max(asked, width - tree.first)
            rows = count + 1
            if count and (rows * width > self._tokens or rows * (asked * scores + past) > free):
                return count
        return len(waiting)

    def _take_fewer(self, error: Exception, trees: Sequence[Tree]) -> None:
        if not isinstance(error, torch.OutOfMemoryError) and not any(word in str(error) for word in _FULL):
            raise error
        if len(trees) < 2:
            raise GlassworksError(
                f"A text of {len(trees[0]):,} tokens does not fit in the memory beside {self._loaded.name}."
            ) from error
        self._tokens = len(trees[0]) * (len(trees) // 2)
        _log.warning("%s: memory is short; going on with %d tokens", self._loaded.name, self._tokens)

    def _stem(self, ids: Sequence[int]) -> DynamicCache | None:
        """What the stem leaves in the cache, of one row; None without one."""
        if not ids:
            return None
        cache = DynamicCache()  # without a config: a layer with a window keeps it all too
        for begin in range(0, len(ids), self._tokens):
            some = torch.tensor([ids[begin : begin + self._tokens]], device=self._model.device)
            self._model(input_ids=some, past_key_values=cache, use_cache=True, **last_rows(self._model))
        return cache

    def _forward(
        self, trees: Sequence[Tree], group: Group, stem: DynamicCache | None
    ) -> tuple[np.ndarray, np.ndarray]:
        model, width = self._model, max(map(len, trees))
        where = (model.dtype, model.device)
        given = masked(trees, len(group.stem), *where) if group.masked else plain(trees)
        given = {name: part.to(model.device) for name, part in given.items()}
        past = (
            {"past_key_values": _rows(stem, len(trees)), "use_cache": True} if stem else {"use_cache": False}
        )
        asked = places(trees, left=group.masked)
        kept = last_rows(model, width - int(asked.columns.min()))
        logits = model(**given, **past, **kept).logits
        return log_probs(logits, asked._replace(columns=asked.columns - width + logits.shape[1]))

    def _bears_branches(self) -> bool:
        """Whether texts that branch off a stem are read as they are one by one."""
        if virtual_tokens(self._model) or not all(takes(type(self._model), name) for name in _TAKEN):
            return False
        size = self._model.get_input_embeddings().num_embeddings
        texts = ((7, 3, 11, 5, 2, 9, 4, 13, 6), (7, 3, 11, 5, 2, 9, 8), (7, 3, 11, 5, 2, 1, 12, 10))
        readings = [Reading(tuple(token % size for token in text), 3) for text in texts]
        try:
            ways = (groups_of(readings, branching=False), [stemmed(readings, 3)])
            alone, told = (
                np.concatenate([one.log_probs for one in self._score(readings, way, len)]) for way in ways
            )
        except _WRONG:
            return False
        return bool(np.abs(alone - told).max() < _NOTICED.get(self._model.dtype, 0.1) * alone.std())


def window_of(model: Any) -> int | None:
    """Tokens that a layer of the model sees at most; None where each sees all."""
    config = model.config.get_text_config()
    if getattr(config, "use_sliding_window", True) is False:
        return None
    sizes = [getattr(config, name, None) for name in _WINDOWS]
    return min((size for size in sizes if isinstance(size, int) and size > 0), default=None)


def _rows(stem: DynamicCache, count: int) -> DynamicCache:
    """The stem's one row as so many, without a copy."""
    made = DynamicCache()
    for at, layer in enumerate(stem.layers):
        made.update(*(part.expand(count, -1, -1, -1) for part in (layer.keys, layer.values)), at)
    return made
