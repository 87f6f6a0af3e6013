"""The steps of recent runs, so that one can be opened, and shown with other settings, without a forward."""

from collections import OrderedDict
from dataclasses import dataclass, field

from pipelines.core.errors import NotFoundError, SpecError
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.loop.column import Column
from pipelines.generation.loop.line import Line
from pipelines.generation.loop.noise import Noise
from pipelines.models.loader import LoadedModel

MAX_BYTES = 1_000_000_000  # for one model
_MAX_RUNS = 8


@dataclass(frozen=True)
class Remembered:
    """``columns`` grow while the run goes on."""

    request: DecodeRequest
    prompt_ids: list[int]
    new_from: int
    noise: Noise
    columns: list[Column] = field(default_factory=list)
    bytes: int = 0

    def line(self, column: int, sample: int) -> Line:
        """Raises SpecError naming what there is not."""
        if column >= len(self.columns):
            raise SpecError("column", column, f"a number below {len(self.columns)}")
        lines = {one.sample: one for one in self.columns[column].lines}
        if sample not in lines:
            raise SpecError("sample", sample, f"one of {sorted(lines)}" if lines else "none yet: it goes on")
        return lines[sample]


class Runs:
    """Those of one model, the least recently used forgotten first. For one compute thread."""

    def __init__(self, max_bytes: int = MAX_BYTES):
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Remembered] = OrderedDict()

    def room_for(self, size: int) -> bool:
        """Whether a run of so many bytes can be remembered at all."""
        return size <= self._max_bytes

    def add(self, name: str, run: Remembered) -> None:
        self._kept[name] = run
        while len(self._kept) > _MAX_RUNS or sum(one.bytes for one in self._kept.values()) > self._max_bytes:
            self._kept.popitem(last=False)

    def get(self, name: str) -> Remembered:
        if name not in self._kept:
            raise NotFoundError("The steps of this run are no longer remembered. Generate once more.")
        self._kept.move_to_end(name)
        return self._kept[name]


def runs_of(loaded: LoadedModel) -> Runs:
    """They go with the model."""
    return loaded.notes.setdefault("decoding", Runs())
