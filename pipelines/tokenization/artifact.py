"""A trained tokenizer on disk: tokenizer.json, tokenizer_config.json and the report. Standard library only.

The folder appears by a rename, so it is whole or absent.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json

REPORT = "report.json"
_FILES = ("tokenizer.json", "tokenizer_config.json")


class BrokenTokenizerError(GlassworksError):
    """A tokenizer's folder that cannot be used; the message says what is missing or damaged."""


@dataclass(frozen=True)
class Report:
    """``curve`` has ``{"asked", "vocab_size", "tokens", "bytes"}`` for each size, measured on ``held_out``
    documents; ``curve_by`` is ``cut`` or ``learnt``, empty without a curve. ``ended`` is ``end``, ``limit``
    or ``stopped``: why no more was read. ``sha256`` is of the documents learnt from."""

    name: str
    spec: dict[str, Any]
    vocab_size: int
    documents: int
    characters: int
    held_out: int
    curve_by: str
    curve: tuple[dict[str, int], ...]
    ended: str
    seconds: float
    created: float
    sha256: str = ""
    code_version: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_tokenizer(folder: Path) -> None:
    """Raise :class:`BrokenTokenizerError` unless the folder holds a tokenizer with its report."""
    read_report(folder)
    for name in _FILES:
        if not isinstance(read_json(Path(folder) / name), dict):
            raise BrokenTokenizerError(f"{name} of the tokenizer is missing or damaged.")


def read_report(folder: Path) -> Report:
    """Raises :class:`BrokenTokenizerError`."""
    try:
        values = read_json(Path(folder) / REPORT)
        return Report(**{**values, "curve": tuple(values["curve"])})
    except (TypeError, KeyError, ValueError):
        raise BrokenTokenizerError("report.json of the tokenizer is missing or damaged.") from None
