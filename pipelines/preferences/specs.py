"""What a round of collecting preferences is, and what a vote may say. Standard library only."""

from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, check_model, from_dict, knob, to_dict

TAGS = ("helpful", "correct", "clear", "style", "length", "follows the prompt", "harmless", "ending")
MAX_PROMPT, MAX_TEXT, MAX_NOTE = 8_000, 20_000, 2_000  # characters
MAX_PROMPTS = 5_000
MAX_PAIRS, MAX_ROUNDS = 20_000, 200  # of one round, of one visitor
MAX_NAME = 40
PURPOSES = ("collect", "revote")


@dataclass(frozen=True)
class RoundSpec:
    """Which models answer which prompts, and how often each pair is judged."""

    title: str = knob("My preferences", label="Title", help="What annotators see above the pairs.")
    purpose: str = knob(
        "collect",
        label="Purpose",
        help="collect: pairs to train on; revote: a base against what was trained from it.",
        choices=PURPOSES,
    )
    model_a: str = knob("house/story-instruct", label="Model A", help="Answers first; nobody is told which.")
    model_b: str = knob("house/story-instruct", label="Model B", help="The same model is welcome.")
    system: str = knob("", label="System prompt", help="Said to both models before the prompt.")
    prompts: str = knob(
        "bundled",
        label="Prompts",
        help="bundled: a set written for this workshop; own: one prompt a line, below.",
        choices=("bundled", "own"),
    )
    own_prompts: tuple[str, ...] = knob(
        (), label="Own prompts", help="One a line.", high=MAX_PROMPTS, max_chars=MAX_PROMPT
    )
    max_new_tokens: int = knob(
        160, label="New tokens", help="Of each answer, at most.", low=1, high=2048, step=1
    )
    temperature_a: float = knob(1.0, label="Temperature of A", help="0 is greedy.", low=0, high=5, step=0.05)
    temperature_b: float = knob(1.0, label="Temperature of B", help="0 is greedy.", low=0, high=5, step=0.05)
    top_p: float = knob(0.95, label="Top-p", help="Of both.", low=0.01, high=1, step=0.01)
    annotators: int = knob(
        1, label="Annotators", help="So many people judge each pair.", low=1, high=50, step=1
    )
    repeat_share: float = knob(
        0.05,
        label="Repeated",
        help="This share of pairs is shown twice to the same person, to measure consistency.",
        low=0,
        high=0.5,
        step=0.01,
    )
    guidelines: str = knob("", label="Guidelines", help="What annotators should prefer, in plain words.")
    seed: int = knob(0, label="Seed", help="Of the order and of the answers.", low=0, high=2**31 - 1, step=1)

    def __post_init__(self) -> None:
        check(self)
        check_model("model_a", self.model_a)
        check_model("model_b", self.model_b)
        if not self.title.strip() or len(self.title) > 120:
            raise SpecError("title", self.title[:40], "a title of 1 to 120 characters")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RoundSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
