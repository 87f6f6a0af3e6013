"""One way of choosing tokens: its name, and the settings that count under this name. Standard library only.

>>> strategy("top_p", {"top_p": 0.8}).effective()["top_p"]
0.8
>>> strategy("greedy", {"num_beams": 8})
Traceback (most recent call last):
pipelines.core.errors.SpecError: num_beams accepts nothing under the strategy greedy, whose settings are \
repetition_penalty, frequency_penalty, presence_penalty, no_repeat_ngram_size; got 8.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, knob
from pipelines.generation.strategy_names import CONSTRAINTS, KINDS, OPTIONAL_DRAWING, Kind, settings_of

_GROUPS_HELP = "Beams are shared out among so many groups, each kept from choosing what earlier ones chose."


@dataclass(frozen=True)
class Strategy:
    """Use :func:`strategy` to begin from the defaults of a name. Settings that do not count under ``name``
    must be left as they are declared here; :meth:`effective` says what does."""

    name: str = knob("sample", label="Strategy", help="How the next token is chosen.", choices=tuple(KINDS))
    do_sample: bool = knob(
        False, label="Draw", help="Draw from the distribution instead of taking the likeliest token."
    )
    temperature: float = knob(
        1.0, label="Temperature", low=0.01, high=5, step=0.01,
        help="Divides the logits: below 1 sharper, above 1 flatter. For the likeliest token choose greedy.",
    )  # fmt: skip
    top_h: float = knob(
        0.0, label="Top-h", low=0, high=1, step=0.01,
        help="Keep the likeliest tokens up to this part of the distribution's entropy; 0 keeps all.",
    )  # fmt: skip
    top_k: int = knob(
        0, label="Top-k", low=0, high=1000, step=1, help="Keep the k likeliest tokens; 0 keeps all."
    )
    top_p: float = knob(
        1.0, label="Top-p", low=0.01, high=1, step=0.01,
        help="Keep the likeliest tokens until their probabilities add up to p; 1 keeps all.",
    )  # fmt: skip
    min_p: float = knob(
        0.0, label="Min-p", low=0, high=1, step=0.01,
        help="Cut tokens less likely than this part of the likeliest one's probability; 0 keeps all.",
    )  # fmt: skip
    typical_p: float = knob(
        1.0, label="Typical-p", low=0.01, high=1, step=0.01,
        help="Keep tokens whose surprisal is nearest to the entropy, up to this probability; 1 keeps all.",
    )  # fmt: skip
    epsilon_cutoff: float = knob(
        0.0, label="Epsilon", low=0, high=0.9, step=0.0001,
        help="Cut tokens less likely than this; 0 keeps all.",
    )  # fmt: skip
    eta_cutoff: float = knob(
        0.0, label="Eta", low=0, high=0.9, step=0.0001,
        help="As epsilon, with a threshold that falls where the distribution is flat; 0 keeps all.",
    )  # fmt: skip
    repetition_penalty: float = knob(
        1.0, label="Repetition penalty", low=0.5, high=3, step=0.05,
        help="Above 1 makes tokens that already stand in prompt or text less likely; 1 is off.",
    )  # fmt: skip
    frequency_penalty: float = knob(
        0.0, label="Frequency penalty", low=-2, high=2, step=0.05,
        help="Taken from a token's logit for each time that it stands in the new text; 0 is off.",
    )  # fmt: skip
    presence_penalty: float = knob(
        0.0, label="Presence penalty", low=-2, high=2, step=0.05,
        help="Taken once from the logit of every token that stands in the new text; 0 is off.",
    )  # fmt: skip
    no_repeat_ngram_size: int = knob(
        0, label="No-repeat n-gram", low=0, high=20, step=1,
        help="No n tokens in a row occur twice, the prompt counted; 0 is off.",
    )  # fmt: skip
    num_beams: int = knob(
        4, label="Beams", low=2, high=16, step=1, help="So many texts are followed at once."
    )
    num_beam_groups: int = knob(1, label="Groups", low=1, high=8, step=1, help=_GROUPS_HELP)
    diversity_penalty: float = knob(
        0.0, label="Diversity penalty", low=0, high=10, step=0.1,
        help="Taken from a token's log-probability for each earlier group that chose it in this step.",
    )  # fmt: skip
    length_penalty: float = knob(
        1.0, label="Length penalty", low=-5, high=5, step=0.1,
        help="A text's log-probability is divided by its length to this power: above 0 favours longer ones.",
    )  # fmt: skip
    early_stopping: str = knob(
        "heuristic", label="Stops", choices=("heuristic", "first", "never"),
        help="heuristic: when better texts are unlikely; first: once as many texts as beams have ended; "
        "never: only when no better one is possible.",
    )  # fmt: skip
    penalty_alpha: float = knob(
        0.6, label="Alpha", low=0, high=1, step=0.05,
        help="Weight of the likeness to earlier tokens against the probability; 0 is greedy.",
    )  # fmt: skip
    num_candidates: int = knob(
        4, label="Candidates", low=2, high=16, step=1, help="The k likeliest tokens, each tried by a forward."
    )
    dola_layers: str = knob(
        "high", label="Earlier layers", choices=("low", "high"),
        help="The half of the layers whose distributions are candidates for the contrast.",
    )  # fmt: skip
    plausibility: float = knob(
        0.1, label="Plausibility", low=0, high=1, step=0.01,
        help="Cut tokens less likely than this part of the likeliest one's probability before the contrast.",
    )  # fmt: skip
    amateur: str = knob(
        "", label="Amateur", max_chars=500,
        help="A smaller model with the same tokenizer, whose likings are subtracted.",
    )  # fmt: skip
    amateur_temperature: float = knob(
        1.0, label="Amateur's temperature", low=0.05, high=5, step=0.05, help="Divides the amateur's logits."
    )
    draft: str = knob(
        "", label="Draft model", max_chars=500,
        help="A faster model with the same tokenizer, which proposes tokens.",
    )  # fmt: skip
    num_draft_tokens: int = knob(
        5, label="Draft tokens", low=1, high=32, step=1, help="So many tokens are proposed before each check."
    )
    max_matching_ngram_size: int = knob(
        2, label="Longest match", low=1, high=10, step=1,
        help="What is looked up in the text so far: at most so many of its last tokens.",
    )  # fmt: skip
    constraint: str = knob(
        "none", label="Constraint", choices=CONSTRAINTS, help="What the new text must be, or contain."
    )
    pattern: str = knob(
        "", label="Pattern", max_chars=10_000,
        help="The regular expression, the JSON schema, the grammar (Lark), or the words that must occur.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)
        counting = self.settings
        for field in fields(self)[1:]:
            if field.name not in counting and getattr(self, field.name) != field.default:
                raise SpecError(field.name, getattr(self, field.name), _nothing_under(self))
        self._check_beams()
        self._check_constraint()
        for role in ("amateur", "draft"):
            if role in counting and not getattr(self, role):
                raise SpecError(
                    role, "", "the name of a model with the same tokenizer, as /models lists them"
                )

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def draws(self) -> bool:
        """Whether chance decides, so that another seed gives another text."""
        return self.do_sample if self.kind.drawing == OPTIONAL_DRAWING else bool(self.kind.drawing)

    @property
    def settings(self) -> tuple[str, ...]:
        """The names of the settings that count, in the order in which they are shown."""
        return settings_of(self.name, self.do_sample)

    @property
    def rows(self) -> int:
        """Rows of the shared batch that one text takes."""
        return {"beam": self.num_beams, "contrastive_search": self.num_candidates}.get(self.kind.method, 1)

    @property
    def models(self) -> tuple[str, ...]:
        """Other models that it needs."""
        return tuple(getattr(self, role) for role in ("amateur", "draft") if role in self.settings)

    def effective(self) -> dict[str, Any]:
        """Every setting that counts with its value, those that are off included."""
        return {name: getattr(self, name) for name in self.settings}

    def digest(self) -> str:
        """The same for equal strategies, on every machine."""
        told = json.dumps([self.name, self.effective()], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def _check_beams(self) -> None:
        groups = self.num_beam_groups
        if self.kind.method == "beam" and self.num_beams % groups:
            raise SpecError("num_beam_groups", groups, f"a number that divides num_beams ({self.num_beams})")
        if self.diversity_penalty and groups == 1:
            accepted = "0 with one group; set num_beam_groups to 2 or more"
            raise SpecError("diversity_penalty", self.diversity_penalty, accepted)

    def _check_constraint(self) -> None:
        if self.constraint != "none" and not self.pattern:
            raise SpecError("pattern", "", f"text with the constraint {self.constraint}")
        if self.constraint == "none" and self.pattern:
            raise SpecError("constraint", "none", "one of " + ", ".join(CONSTRAINTS[1:]) + " with a pattern")


def strategy(name: str, parameters: dict[str, Any] | None = None) -> Strategy:
    """A strategy from the defaults of its name and what is said. Raises SpecError naming the setting."""
    if not isinstance(name, str) or name not in KINDS:
        raise SpecError("name", name, "one of " + ", ".join(KINDS))
    given = {} if parameters is None else parameters
    known = {field.name for field in fields(Strategy)} - {"name"}
    if not isinstance(given, dict):
        raise SpecError("parameters", given, "an object with the strategy's settings")
    for setting in given:
        if setting not in known:
            raise SpecError(str(setting), given[setting], _nothing_under(Strategy(name)))
    return Strategy(**{"name": name, **KINDS[name].defaults, **given})


def _nothing_under(one: Strategy) -> str:
    listed = ", ".join(settings_of(one.name, one.do_sample)) or "none"
    draw = " (draw is off)" if one.kind.drawing == OPTIONAL_DRAWING and not one.do_sample else ""
    return f"nothing under the strategy {one.name}{draw}, whose settings are {listed}"
