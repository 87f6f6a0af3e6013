"""From a spec to what an SFT run trains on: its rows, encoded and kept in the job's folder, so that a resumed
job finds them there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json, write_json
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.training.rows.examples import Example
from pipelines.training.rows.table import numbers_in_words
from pipelines.training.tuning.encode import Encoded, encode
from pipelines.training.tuning.rows import Rows, gathered, learns_something
from pipelines.training.tuning.sources import Source, source_of
from pipelines.training.tuning.specs import SftSpec

_TICK = 256

Learnt = tuple[Example, tuple[Encoded, ...]]


@dataclass(frozen=True)
class Reading:
    """What a kind of tuning makes of its rows. ``encoded(example, tokenizer, spec)`` gives what it learns of
    a row, each an example with its text or the texts that belong together; ``gathered`` makes rows of all of
    these; ``load`` reads them again from what their ``save`` wrote. ``source`` gives the rows of a spec."""

    encoded: Callable[[Example, Any, Any], Iterable[Learnt]]
    gathered: Callable[[Iterable[Learnt]], Any]
    load: Callable[[Path], Any]
    source: Callable[[Any, Settings, Callable[[], Any]], Source] = source_of


TEXTS = Reading(
    lambda example, tokenizer, spec: [(example, (encode(example, tokenizer, spec),))],
    lambda found: gathered((e.row, text.input_ids, text.trained) for e, (text,) in found),
    Rows.load,
)


@dataclass(frozen=True)
class Prepared:
    """``sha256`` are the digests of the files by what they are for: ``dataset``, ``validation``."""

    training: Rows
    validation: Rows
    sha256: dict[str, str]


def prepare(
    spec: SftSpec,
    context: JobContext,
    tokenizer: Any,
    settings: Settings,
    check: Callable[[], Any],
    reading: Reading = TEXTS,
) -> Prepared:
    """Do it, unless it is done. ``check`` is called often and may raise to end the work."""
    folder = context.dir.path / "data"
    if read_json(folder / "data.json") is None:
        folder.mkdir(parents=True, exist_ok=True)
        work = _Work(spec, context, tokenizer, check, reading)
        digests = _encode(spec, context, settings, work)
        write_json(folder / "data.json", {"sha256": digests})  # written last: all is whole
    sides = (reading.load(folder / f"{side}.npz") for side in ("training", "validation"))
    return Prepared(*sides, read_json(folder / "data.json")["sha256"])


def _encode(spec: SftSpec, context: JobContext, settings: Settings, work: "_Work") -> dict[str, str]:
    """Writes both sides; returns the digests of the files that they came from."""
    context.phase("reading the rows")
    work.check()
    source = work.source(spec, settings, work.check)
    context.phase("encoding the rows")
    for side in ("training", "validation"):
        work.encode(getattr(source, side)).save(context.dir.path / "data" / f"{side}.npz")
    if source.left_out:
        context.notice(source.left_out)
    work.tell()
    return source.sha256


class _Work:
    """Encodes rows, and remembers what the visitor should know of them."""

    def __init__(
        self,
        spec: SftSpec,
        context: JobContext,
        tokenizer: Any,
        check: Callable[[], Any],
        reading: Reading,
    ):
        self._spec, self._context, self._tokenizer = spec, context, tokenizer
        self.check, self._reading, self.source = check, reading, reading.source
        self._done = self._cut = 0
        self._empty: list[int] = []

    def encode(self, examples: Sequence[Example]) -> Any:
        rows = self._reading.gathered(self._encoded(examples))
        if not len(rows):
            raise GlassworksError(
                f"In none of {len(examples):,} rows is anything to learn: every answer is empty or cut off. "
                "Raise max_length, or check the columns."
            )
        return rows

    def tell(self) -> None:
        if self._empty:
            rows = numbers_in_words(self._empty)
            self._context.notice(f"Left out, as nothing in them is to be learnt: rows {rows}.")
        if self._cut:
            share = self._cut / self._done
            self._context.notice(
                f"{self._cut:,} of {self._done:,} rows ({share:.0%}) are longer than {self._spec.max_length} "
                "tokens and lost their end."
            )

    def _encoded(self, examples: Sequence[Example]) -> Iterator[Learnt]:
        for example in examples:
            if self._done % _TICK == 0:
                self.check()
            self._done += 1
            try:
                found = list(self._reading.encoded(example, self._tokenizer, self._spec))
            except GlassworksError as fault:
                raise GlassworksError(f"Row {example.row}: {fault}") from None
            self._cut += any(text.cut for _, texts in found for text in texts)
            for one, texts in found:
                if all(map(learns_something, texts)):
                    yield one, texts
                else:
                    self._empty.append(example.row)
