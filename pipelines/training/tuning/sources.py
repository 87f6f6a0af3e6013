"""The rows that a tuning run names: read, told apart, and split into those to learn from and those to measure
on. Knows nothing about models.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.training.rows.examples import Example
from pipelines.training.rows.formats import Problem, examples_of
from pipelines.training.rows.splitting import split
from pipelines.training.rows.store import RowStore
from pipelines.training.rows.table import numbers_in_words
from pipelines.training.tuning.specs import TuneSpec


@dataclass(frozen=True)
class Source:
    """``problems`` are the rows that gave no example; ``sha256`` are the digests of the files by what they
    are for: ``dataset``, ``validation``."""

    training: Sequence[Example]
    validation: Sequence[Example]
    problems: tuple[Problem, ...]
    sha256: dict[str, str]

    @property
    def left_out(self) -> str:
        """What the visitor should know of the rows with problems; empty where there is none."""
        if not self.problems:
            return ""
        rows = numbers_in_words({problem.row for problem in self.problems})
        return f"Left out: rows {rows}. The first: {self.problems[0].words}"


def source_of(spec: TuneSpec, settings: Settings, check: Callable[[], object] = lambda: None) -> Source:
    """``check`` is called often and may raise to end the work. Raises :class:`GlassworksError` for rows that
    cannot be read, or of which none is left."""
    store = RowStore(settings)
    names = {"dataset": spec.dataset, "validation": spec.validation}
    files = {what: store.fetch(name, check) for what, name in names.items() if name}
    found = {what: examples_of(store.table(names[what]), spec.task, spec.roles) for what in files}
    for examples in found.values():
        if not examples.examples:
            first = examples.problems[0]
            raise GlassworksError(f"No row can be learnt from. Row {first.row}: {first.words}")
    rows = found["dataset"].examples
    sides = (
        (rows, found["validation"].examples)
        if "validation" in found
        else split(rows, spec.validation_share, spec.seed)
    )
    problems = tuple(problem for examples in found.values() for problem in examples.problems)
    return Source(*sides, problems, {what: sha256_of(file) for what, file in files.items()})


def sha256_of(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
