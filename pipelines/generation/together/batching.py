"""The order in which rows of text are written: which are under way, and what takes the place of one that is
over. Knows no messages and no chat template.

Long prompts come first, so that what begins together has much the same length and the most memory is needed
at the start. The seconds of what was asked are its share of the work: a step's time is divided among its
rows, so that all of them add up to the whole time.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from time import perf_counter

import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.memory import row_bytes
from pipelines.generation.together.drawing import next_tokens
from pipelines.generation.together.packed import Mix, Packed
from pipelines.generation.together.row import Row
from pipelines.models.loader import LoadedModel

_REFILL = 4  # new prompts are read when this part of the places is free: each reading holds up all others
_TIDY = 8  # rows that are over are fed on until they are this part of all: each tidying copies the cache
_FULL = ("can't allocate memory", "not enough memory")
_log = logging.getLogger(__name__)

Check = Callable[[], object]  # called between two steps; raises to leave early
Told = Callable[[int, Sequence[Row], float], object]  # a number, its rows, their seconds


class Batching:
    """``most`` rows at a time, fewer where their caches would take more than ``memory`` bytes. For one call
    of :meth:`write`."""

    def __init__(self, loaded: LoadedModel, mix: Mix, most: int, memory: float):
        self._loaded, self._mix, self._most, self._memory = loaded, mix, most, memory
        self._batch: Packed | None = None
        self._rows: list[Row] = []  # of the batch, those that are over too
        self._reading: list[Row] = []  # whose prompts are being read
        self._waiting: deque[Row] = deque()
        self._open: dict[int, list[Row]] = {}
        self._seconds: dict[int, float] = {}

    def write(self, rows: Sequence[Row], check: Check, done: Told) -> None:
        """All of them. ``done`` hears of each number once all of its rows are over."""
        self._waiting = deque(sorted(rows, key=lambda row: (-len(row.prompt), row.prompt)))
        for row in rows:
            self._open.setdefault(row.number, []).append(row)
        while self._waiting or self._rows:
            check()
            began = perf_counter()
            try:
                wrote = self._begin(places, check) if (places := self._places()) else self._go_on()
            except (torch.OutOfMemoryError, RuntimeError) as error:
                self._begin_again_with_fewer(error)
                continue
            self._tell(wrote, (perf_counter() - began) / len(wrote), done)

    @property
    def _live(self) -> list[Row]:
        return [row for row in self._rows if not row.finish]

    def _places(self) -> int:
        """How many of the waiting rows begin now."""
        live = self._live
        free = self._most - len(live)
        if live and (self._mix is not Mix.JOIN or free * _REFILL < self._most):
            return 0
        longest, count = max((row.length for row in live), default=0), 0
        for row in islice(self._waiting, free):
            longest = max(longest, row.length)
            if (len(live) + count + 1) * row_bytes(self._loaded, longest) > self._memory:
                break
            count += 1
        return count if live or not self._waiting else max(1, count)

    def _begin(self, places: int, check: Check) -> list[Row]:
        """Read the next prompts, each once, and let their texts begin."""
        rows = self._reading = [self._waiting.popleft() for _ in range(places)]
        at = {prompt: place for place, prompt in enumerate(dict.fromkeys(row.prompt for row in rows))}
        new = Packed(self._loaded.model, self._mix, list(at), self._loaded.context_length)
        self._add(new.read(check)[[at[row.prompt] for row in rows]], rows)
        live = [row for row in rows if not row.finish]
        if live:
            new.keep([at[row.prompt] for row in live])
            self._tidy()
            if self._rows:
                self._batch.join(new)
            else:
                self._batch = new
        self._rows, self._reading = self._rows + live, []
        return rows

    def _go_on(self) -> list[Row]:
        """A token more for each row that is not over."""
        live = self._live
        context = self._loaded.context_length
        full = context is not None and self._batch.columns >= context
        if full or (len(self._rows) - len(live)) * _TIDY >= len(self._rows):
            self._tidy()
        logits = self._batch.step([row.ids[-1] for row in self._rows])
        if len(live) < len(self._rows):
            logits = logits[[place for place, row in enumerate(self._rows) if not row.finish]]
        self._add(logits, live)
        if all(row.finish for row in live):
            self._rows, self._batch = [], None
        return live

    def _tidy(self) -> None:
        """Let the rows go that are over."""
        if self._batch is not None:
            self._batch.keep([place for place, row in enumerate(self._rows) if not row.finish])
            self._rows = self._live

    def _add(self, logits: torch.Tensor, rows: Sequence[Row]) -> None:
        for row, token in zip(rows, next_tokens(logits, rows), strict=True):
            row.add(token)

    def _tell(self, wrote: Sequence[Row], seconds: float, done: Told) -> None:
        for row in wrote:
            self._seconds[row.number] = self._seconds.get(row.number, 0.0) + seconds
        for number in dict.fromkeys(row.number for row in wrote if row.finish):
            if all(row.finish for row in self._open[number]):
                done(number, self._open.pop(number), self._seconds.pop(number))

    def _begin_again_with_fewer(self, error: Exception) -> None:
        """Where memory did not suffice. Draws depend on no other row, so a text comes out the same again."""
        if not isinstance(error, torch.OutOfMemoryError) and not any(word in str(error) for word in _FULL):
            raise error
        again = [*self._live, *self._reading]
        if len(again) < 2:
            raise GlassworksError(
                f"One text of {again[0].length:,} tokens does not fit in the memory beside "
                f"{self._loaded.name}: take a shorter prompt or fewer new tokens."
            ) from error
        self._most = max(1, len(again) // 2)
        _log.warning("%s: memory is short; going on with %d texts at a time", self._loaded.name, self._most)
        self._batch, self._rows, self._reading = None, [], []
        for row in reversed(again):
            row.restart()
            self._waiting.appendleft(row)
