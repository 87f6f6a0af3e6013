"""One strategy several times with other settings, as lines: ``samples = 20, temperature = 0.7``, or a JSON
object where a value has a comma. Pure functions.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.prompting.specs import Strategy
from pipelines.prompting.strategies.registry import Kind, kind

INFO = "One a line, with the settings that are to differ from those above."
MOST_CHARS = 2000
_TITLE = 80


def example(of: Kind) -> str:
    """A line that could stand there: another value of the first number among the settings."""
    for name, knob in knobs(of.settings).items():
        value = getattr(of.settings, name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            twice = value * 2 or 1
            return f"{name} = {min(twice, knob.high) if knob.high else twice:g}"
    return f"{next(iter(knobs(of.settings)))} = …"


def read(name: str, first: Mapping[str, Any], lines: str) -> list[dict[str, Any]]:
    """Each line as a strategy with a title of its own, on top of the settings ``first``. Raises
    :class:`SpecError`, whose value is the line.

    >>> read("self_consistency", {"samples": 5}, "samples = 20")
    [{'name': 'self_consistency', 'settings': {'samples': 20}, 'title': 'Self-consistency, samples = 20'}]
    """
    found = []
    for line in filter(None, map(str.strip, lines.split("\n"))):
        settings = {**first, **_settings(line)}
        title = f"{kind(name).title}, {line}"
        title = title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"
        Strategy(name, settings, title)  # raises for a setting or a value that there is not
        found.append({"name": name, "settings": settings, "title": title})
    return found


def written(of: Kind, asked: Sequence[Mapping[str, Any]]) -> str:
    """The lines for all but the first of these settings of one strategy."""
    first = _whole(of, asked[0]) if asked else {}
    return "\n".join(
        _line({n: value for n, value in _whole(of, one).items() if value != first[n]}) for one in asked[1:]
    )


def _settings(line: str) -> dict[str, Any]:
    if line.startswith("{"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise SpecError("settings", line, 'an object such as {"samples": 20}') from None
        return found if isinstance(found, dict) else {}
    pairs = [part.partition("=") for part in line.split(",")]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise SpecError("settings", line, "name = value, with commas between several")
    return {name.strip(): _value(text.strip()) for name, _, text in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _whole(of: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name, getattr(of.settings, name)) for name in knobs(of.settings)}


def _line(changed: Mapping[str, Any]) -> str:
    plain = all(isinstance(value, (bool, int, float)) for value in changed.values())
    if changed and plain:
        return ", ".join(f"{name} = {json.dumps(value)}" for name, value in changed.items())
    return json.dumps(changed, ensure_ascii=False)
