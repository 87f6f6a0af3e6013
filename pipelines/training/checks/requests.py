"""What the check of a data set is asked and answers: frozen dataclasses, standard library only."""

from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole

BLOCKS, WARNS = "blocks", "warns"
DATA, VALIDATION = "data", "validation"
MAX_SHOWN = 64


@dataclass(frozen=True)
class CheckRequest:
    """→ :class:`Checking` now and then, then :class:`Checked`.

    ``spec`` holds the fields of the job's spec. ``data`` and ``validation`` are the files of its rows (the
    latter may be empty: a share is held out), ``suffixes`` say of what kind they are where their names do
    not. ``tokenizer`` is the base's folder. ``rows`` are the numbers of the rows of ``data`` to show as
    tokens; empty: the first ones that were found fault with, and the first ones.
    """

    spec: dict[str, Any]
    data: str
    tokenizer: str
    validation: str = ""
    suffixes: tuple[str, str] = ("", "")
    rows: tuple[int, ...] = ()
    show: int = 6

    def __post_init__(self) -> None:
        check_whole("show", self.show, 0, MAX_SHOWN)
        if len(self.rows) > MAX_SHOWN:
            raise SpecError("rows", f"{len(self.rows)} rows", f"at most {MAX_SHOWN} row numbers")
        for row in self.rows:
            check_whole("rows", row, 1)


@dataclass(frozen=True)
class Checking:
    """So many of the rows have been read as tokens."""

    done: int
    total: int


@dataclass(frozen=True)
class Finding:
    """``count`` rows have the fault, ``rows`` are the numbers of the first of them, in ``file``: ``data`` or
    ``validation`` (a file of its own). Both are empty for a fault of the whole.

    ``mend`` is what the page can offer; empty where nothing general helps. ``{"drop_rows": […], "file": …}``
    leaves those rows out; any other key is a field of the spec and its new value.
    """

    check: str
    level: str
    words: str
    rows: tuple[int, ...] = ()
    count: int = 0
    mend: dict[str, Any] = field(default_factory=dict)
    file: str = DATA


@dataclass(frozen=True)
class PreviewRow:
    """A row as the model gets it: ``tokens`` as text, ``trained`` whether each is learnt, ``special`` whether
    it is a token that is no text. ``cut`` tokens were taken off the end. ``window`` counts from 1 on where
    one row gives several sequences. ``note`` says what else is learnt: a label, tags, an answer."""

    row: int
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    trained: tuple[bool, ...]
    special: tuple[bool, ...]
    cut: int = 0
    held_out: bool = False
    file: str = DATA
    window: int = 1
    windows: int = 1
    note: str = ""


@dataclass(frozen=True)
class Lengths:
    """Over the rows that were read as tokens (``measured``): what ``max_length`` cuts and what is learnt.
    ``longest`` and ``middle`` (the median) are tokens of a whole row."""

    measured: int
    longest: int
    middle: int
    cut_rows: int
    cut_share: float
    tokens: int
    learnt: int


@dataclass(frozen=True)
class Checked:
    """``format`` is how the rows were understood; ``training`` and ``held_out`` count them. The findings that
    block come first."""

    format: str
    training: int
    held_out: int
    findings: tuple[Finding, ...]
    preview: tuple[PreviewRow, ...]
    lengths: Lengths | None = None

    @property
    def blocked(self) -> bool:
        return any(finding.level == BLOCKS for finding in self.findings)
