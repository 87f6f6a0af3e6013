"""The block at the top of ``README.md`` that a Space is configured by."""

import re
from typing import Any

import yaml

from pipelines.core.errors import GlassworksError
from pipelines.space.targets import Target

_BLOCK = re.compile(r"\A---\n(.*?\n)---\n", re.S)


def read(text: str) -> dict[str, Any]:
    """The fields. Raises GlassworksError where there is no such block."""
    block = _BLOCK.match(text)
    try:
        fields = yaml.safe_load(block[1]) if block else None
    except yaml.YAMLError:
        fields = None
    if not isinstance(fields, dict):
        raise GlassworksError("README.md must begin with fields in YAML between two lines of ---.")
    return fields


def written(text: str, target: Target) -> str:
    """The README for ``target``: its hardware, and its Python where the README's does not run there."""
    fields = read(text)
    if fields.get("suggested_hardware") not in target.hardware:
        text = _with(text, "suggested_hardware", target.hardware[0])
    if str(fields.get("python_version")) not in target.pythons:
        text = _with(text, "python_version", f'"{target.pythons[0]}"')
    return text


def _with(text: str, field: str, value: str) -> str:
    """``text`` with one field of the block replaced, or put at its end."""
    block = _BLOCK.match(text)[1]
    line = f"{field}: {value}\n"
    changed, found = re.subn(rf"^{field}:.*\n", lambda _: line, block, count=1, flags=re.M)
    return text.replace(block, changed if found else block + line, 1)
