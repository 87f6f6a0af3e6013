"""Runs to begin with, as fields of the lab's spec: each shows one thing. No Gradio, no model."""

from dataclasses import dataclass, field
from typing import Any

_VOTE = {"name": "self_consistency", "settings": {"samples": 5}}
_SHORT = {"max_new_tokens": 96}


@dataclass(frozen=True)
class Preset:
    """``words`` say on a button what one finds out; ``fields`` are those that differ from the spec's own."""

    words: str
    fields: dict[str, Any] = field(default_factory=dict)


def _shown(shots: int, **more: Any) -> dict[str, Any]:
    return {"shots": shots, **more}


PRESETS = {
    "steps": Preset(
        "Do steps help?",
        {"strategies": ["direct", "cot", _VOTE], "decodings": [_SHORT], "n": 50},
    ),
    "calculator": Preset(
        "Numbers too large: a calculator",
        {
            "task": "arithmetic_large",
            "strategies": ["direct", "cot", "react"],
            "decodings": [_SHORT],
            "n": 30,
        },
    ),
    "curve": Preset(
        "How many examples, and must they be true?",
        {
            "task": "sentiment",
            "strategies": ["direct"],
            "prompts": [
                *(_shown(shots) for shots in (0, 1, 2, 4, 8)),
                _shown(4, labels="shuffled"),
                _shown(4, labels="flipped"),
            ],
            "decodings": [{"max_new_tokens": 24}],
            "n": 50,
        },
    ),
    "order": Preset(
        "Does the order of examples matter?",
        {
            "task": "sentiment",
            "strategies": ["direct"],
            "prompts": [
                _shown(4, choice="first", order="shuffled", order_seed=seed) for seed in range(5)
            ],
            "decodings": [{"max_new_tokens": 24}],
            "n": 50,
        },
    ),
    "all": Preset(
        "Seven strategies",
        {
            "strategies": [
                "direct", "cot", _VOTE, "tot", "self_refine", "least_to_most", "scratchpad",
            ],
            "decodings": [_SHORT],
            "n": 12,
        },
    ),
}  # fmt: skip
FIRST = "steps"
