"""The fields of a row as they must be; an error names the one that is not. Standard library only."""

from collections.abc import Mapping
from typing import Any

from pipelines.core.errors import SpecError


def need_text(row: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise SpecError(name, row.get(name), "a text that is not empty")


def need_texts(row: Mapping[str, Any], name: str, least: int = 1) -> None:
    """A list of texts, none of them empty."""
    value = row.get(name)
    good = isinstance(value, list | tuple) and len(value) >= least
    if not good or not all(isinstance(one, str) and one.strip() for one in value):
        raise SpecError(name, value, f"a list of at least {least} texts that are not empty")
