"""What the page's strategy editor knows: every strategy, its settings, their ranges and words, as JSON.

All of it is read from the spec, so nothing is written twice; the server checks the values again.
"""

import dataclasses
import json
from typing import Any

from app.decoding.presets import PRESETS, as_json
from pipelines.core.fields import Knob, knobs
from pipelines.generation.comparing import MAX_COLUMNS
from pipelines.generation.strategy import Strategy
from pipelines.generation.strategy_names import KINDS, Kind, settings_of


def description() -> str:
    """JSON: ``kinds`` and ``knobs`` by name, ``presets``, and ``most`` cards."""
    defaults = {field.name: field.default for field in dataclasses.fields(Strategy)}
    told = {
        "most": MAX_COLUMNS,
        "kinds": {name: _kind(name, kind) for name, kind in KINDS.items()},
        "knobs": {n: _knob(one, defaults[n]) for n, one in knobs(Strategy).items() if n != "name"},
        "presets": [
            {"title": one.title, "words": one.words, "strategies": json.loads(as_json(one.choices))}
            for one in PRESETS.values()
        ],
    }
    return json.dumps(told, ensure_ascii=False)


def _kind(name: str, kind: Kind) -> dict[str, Any]:
    """``settings`` are those that count, without and with drawing; ``own`` those that a card shows first."""
    return {
        "title": kind.title,
        "words": kind.words,
        "own": [*kind.own, *(one for one in kind.defaults if one not in kind.own)],
        "defaults": dict(kind.defaults),
        "settings": [settings_of(name, False), settings_of(name, True)],
    }


def _knob(bounds: Knob, default: Any) -> dict[str, Any]:
    kind = "bool" if isinstance(default, bool) else "text" if isinstance(default, str) else "number"
    known = {"label": bounds.label, "help": bounds.help, "kind": kind, "default": default}
    if kind == "text":
        return {**known, "choices": bounds.choices, "most": bounds.max_chars}
    return {**known, "low": bounds.low, "high": bounds.high, "step": bounds.step}
