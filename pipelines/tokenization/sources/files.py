"""Bytes of a tokenizer's file, no more than such files have; the one error that all readers raise."""

import json
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError

ACCEPTED = "a tokenizer.json, a tiktoken rank file or a SentencePiece .model"
MAX_BYTES = 64_000_000  # the largest published ones have some 35 MB
MAX_IDS = 4_000_000  # ids beyond would make tables that no model has rows for


class TokenizerFileError(GlassworksError):
    """A file that is no tokenizer, or a damaged one; the message says which, and what is accepted."""


def read_bounded(path: Path) -> bytes:
    """The file's bytes; raises :class:`TokenizerFileError` when it is absent, no plain file or too large."""
    if not path.is_file():
        raise TokenizerFileError(f"There is no file {path.name!r}; accepted is {ACCEPTED}.")
    if path.stat().st_size > MAX_BYTES:
        raise TokenizerFileError(
            f"{path.name} has {path.stat().st_size / 1e6:.0f} MB; a tokenizer's file may have"
            f" {MAX_BYTES / 1e6:.0f} MB."
        )
    try:
        with path.open("rb") as source:
            return source.read(MAX_BYTES)
    except OSError as error:
        raise TokenizerFileError(f"{path.name} cannot be read: {error.strerror}.") from error


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """The JSON object in ``data``; raises for anything else, such as JSON nested beyond all sense."""
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TokenizerFileError(
            f"{what} is not JSON ({_first_line(error)}); accepted is {ACCEPTED}."
        ) from error
    if not isinstance(value, dict):
        raise TokenizerFileError(f"{what} is JSON, but no object with a tokenizer; accepted is {ACCEPTED}.")
    return value


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in an optional file: empty when the file is absent or damaged."""
    if not path.is_file():
        return {}
    try:
        return json_object(read_bounded(path), path.name)
    except TokenizerFileError:
        return {}


def check_ids(highest: int, what: str) -> None:
    """Raise where an id is so high that a table over all ids would be absurd."""
    if highest >= MAX_IDS:
        raise TokenizerFileError(f"{what} has the id {highest:,}; ids below {MAX_IDS:,} are accepted.")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
