"""How text is continued: one frozen dataclass, checked where it is made. Standard library only."""

from dataclasses import dataclass
from typing import Any

from pipelines.core.fields import check, from_dict, knob, to_dict


@dataclass(frozen=True)
class DecodingSpec:
    """Sampling settings in the field's own names. Nothing is inherited from the model's generation config."""

    max_new_tokens: int = knob(
        200, label="New tokens", help="At most this many tokens are made.", low=1, high=4096, step=1
    )
    temperature: float = knob(
        0.8,
        label="Temperature",
        low=0,
        high=5,
        step=0.05,
        help="Divides the logits: below 1 sharper, above 1 flatter; 0 takes the likeliest token (greedy).",
    )
    top_k: int = knob(
        0, label="Top-k", help="Keep the k likeliest tokens; 0 keeps all.", low=0, high=1000, step=1
    )
    top_p: float = knob(
        0.95,
        label="Top-p",
        low=0.01,
        high=1,
        step=0.01,
        help="Keep the likeliest tokens until their probabilities add up to p; 1 keeps all.",
    )
    repetition_penalty: float = knob(
        1.0,
        label="Repetition penalty",
        low=0.5,
        high=3,
        step=0.05,
        help="Above 1 makes tokens that already stand in the text less likely; 1 is off.",
    )
    seed: int = knob(
        0, label="Seed", help="Same seed, same text, on the same machine.", low=0, high=2**31 - 1, step=1
    )

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "DecodingSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
