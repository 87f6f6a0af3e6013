"""What is known of a tokenizer from small files alone: a model's own, or one that was trained by itself.

The tokenizer itself is not read here, and its library is not needed.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.files import read_json
from pipelines.models.artifacts import INDEX, WEIGHTS, BrokenArtifactError
from pipelines.models.entries import ModelEntry, read_entry

_FILE, _REPORT = "tokenizer.json", "report.json"  # the report stands beside a tokenizer that was trained here
_HEAD = 262_144  # bytes of tokenizer.json in which its model begins: the vocabulary comes after that
_TYPE = re.compile(rb'"model"\s*:\s*\{\s*"type"\s*:\s*"(\w{1,40})"')
_MAX_TITLE = 200


@dataclass(frozen=True)
class TokenizerEntry:
    """``algorithm`` is ``bpe``, ``wordpiece``, ``unigram`` …, empty where the file does not say it early.
    ``of_model`` tells a model's tokenizer from one that was trained by itself; a model's ``vocab_size`` is
    that of its embedding. ``created`` is in epoch seconds."""

    name: str
    title: str
    path: Path
    vocab_size: int
    algorithm: str
    of_model: bool
    created: float


def read_tokenizer(name: str, folder: Path) -> TokenizerEntry:
    """Describe the tokenizer in ``folder``; raises ``BrokenArtifactError`` when it is not whole."""
    if any((folder / weights).is_file() for weights in (WEIGHTS, INDEX)):
        return tokenizer_of(read_entry(name, folder))
    if not (folder / _REPORT).is_file():
        return _alone(name, folder)
    report = read_json(folder / _REPORT)
    if not _is_report(report) or not (folder / _FILE).is_file():
        raise BrokenArtifactError(f"{name} is no whole tokenizer: {_FILE} or {_REPORT} is damaged.")
    algorithm = str(report["spec"].get("algorithm", ""))
    title = report["name"][:_MAX_TITLE] or name
    return TokenizerEntry(name, title, folder, report["vocab_size"], algorithm, False, report["created"])


def tokenizer_of(model: ModelEntry, folder: Path | None = None) -> TokenizerEntry:
    """The tokenizer of a model; ``folder`` has its files where the model's own has none."""
    path = folder or model.path
    facts = (model.name, model.title, path, model.vocab_size)
    return TokenizerEntry(*facts, _algorithm(path), True, model.created)


def _alone(name: str, folder: Path) -> TokenizerEntry:
    """A tokenizer without a model and without a report, such as one of the Hub: its vocabulary is counted."""
    read = read_json(folder / _FILE)
    try:
        model, added = read["model"], read.get("added_tokens") or []
        listed = model["vocab"]
        ids = range(len(listed)) if isinstance(listed, list) else listed.values()
        size = max([*ids, *(token["id"] for token in added)], default=-1) + 1
        created = (folder / _FILE).stat().st_mtime
    except (OSError, TypeError, KeyError, AttributeError):
        raise BrokenArtifactError(f"{name} has no {_FILE}, or a damaged one.") from None
    return TokenizerEntry(name, name, folder, size, _algorithm(folder), False, created)


def _algorithm(folder: Path) -> str:
    try:
        with (folder / _FILE).open("rb") as source:
            found = _TYPE.search(source.read(_HEAD))
    except OSError:
        return ""
    return found[1].decode().lower() if found else ""


def _is_report(report: Any) -> bool:
    if not isinstance(report, dict):
        return False
    kinds = {"name": str, "spec": dict, "vocab_size": int, "created": (int, float)}
    return all(isinstance(report.get(key), kind) for key, kind in kinds.items())
