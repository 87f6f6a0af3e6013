"""What a training on preferences is told: all of a tuning, and how the answers are compared. Standard library
only."""

from dataclasses import dataclass, fields, replace

from pipelines.core.errors import SpecError
from pipelines.core.fields import knob
from pipelines.training.tuning.specs import (
    ADAPTERS,
    METHODS,
    TEMPLATES,
    VIRTUAL,
    SftSpec,
    TuneSpec,
)
from pipelines.training.tuning.tasks import Task, task_named

# TRL's names; what each does is in the module of its trainer.
DPO_LOSSES = (
    "sigmoid", "ipo", "hinge", "robust", "exo_pair", "nca_pair", "bco_pair", "sppo_hard", "aot",
    "aot_unpaired", "apo_zero", "apo_down", "discopop", "sigmoid_norm", "sft",
)  # fmt: skip
KTO_LOSSES = ("kto", "apo_zero_unpaired")
SMOOTHED = ("robust", "exo_pair", "aot", "aot_unpaired")
DIVERGENCES = ("reverse_kl", "forward_kl", "js_divergence", "alpha_divergence")
_DIFFERENCES = ("sigmoid", "sigmoid_norm", "hinge", "ipo", "exo_pair", "robust", "discopop", "sft")
_METHODS = tuple(name for name in METHODS if name not in VIRTUAL)


@dataclass(frozen=True)
class PreferSpec(SftSpec):
    """What all of them have in common. Of a row the last reply alone is learnt from, after all that comes
    before it; the base without what is trained is the reference."""

    method: str = knob(
        "lora",
        label="Method",
        choices=_METHODS,
        help="As in fine-tuning. With an adapter (lora, qlora, ia3, bottleneck) the reference is the base "
        "itself; with the others a copy of it is kept beside.",
    )
    num_epochs: float = knob(
        2.0, label="Epochs", help="Passes over the rows; unless steps are given.", low=0.01, high=1000, step=1
    )
    batch_size: int = knob(8, label="Batch", help="Rows a forward pass.", low=1, high=1024, step=1)
    learning_rate: float = knob(
        1e-4,
        label="Learning rate",
        help="Peak of the schedule; less than for tuning: about 1e-4 with lora, 1e-6 to 1e-5 with full.",
        low=1e-7,
        high=1,
    )
    warmup_ratio: float = knob(
        0.1,
        label="Warm-up",
        help="Share of the steps over which the rate rises from 0.",
        low=0,
        high=0.9,
        step=0.01,
        advanced=True,
    )
    compile: bool = knob(False, label="torch.compile", help="Answers are not compared compiled.", hidden=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.compile:
            raise SpecError("compile", True, "false: answers are not compared compiled")
        if self.lora_dropout:
            raise SpecError("lora_dropout", self.lora_dropout, "0: answers are compared without dropout")
        if self.start_adapter:
            accepted = "nothing: to go on from an adapter, take it as the base"
            raise SpecError("start_adapter", self.start_adapter, accepted)
        if self.distribution != "ddp":
            raise SpecError("distribution", self.distribution, "'ddp': the reference is asked as a whole")

    @property
    def texts_a_row(self) -> int:
        """How many answers a row has."""
        return 2

    @property
    def forwards(self) -> int:
        """How often a step asks a model, the reference or itself, without learning from it."""
        return 0

    @property
    def copies_reference(self) -> bool:
        """Whether a copy of the base stays beside the model, which has no adapter to leave out."""
        return self.method not in ADAPTERS and self.forwards > 0

    @property
    def as_tuning(self) -> SftSpec:
        """A tuning whose steps take as much: each answer a row of its own."""
        common = {field.name: getattr(self, field.name) for field in fields(SftSpec)}
        rows = self.texts_a_row * self.batch_size
        return SftSpec(**common | {"task": "instruct", "batch_size": min(1024, rows)})


def _beta(default: float, help: str) -> float:
    return knob(default, label="β", help=help, low=0.001, high=100, step=0.05)


@dataclass(frozen=True)
class DpoSpec(PreferSpec):
    """Direct preference optimisation (Rafailov et al. 2023) and its kin, on pairs of answers."""

    task: str = knob("dpo", label="Task", choices=("dpo",), help="Pairs of answers.", hidden=True)
    beta: float = _beta(0.1, "How near to the reference the model is held: less lets it go farther.")
    loss_type: str = knob(
        "sigmoid",
        label="Loss",
        choices=DPO_LOSSES,
        help="sigmoid: DPO itself. ipo: towards a margin, not without end. hinge: until the margin is "
        "there (SLiC). robust: for votes of which some are the wrong way round. The others are TRL's.",
    )
    label_smoothing: float = knob(
        0.0,
        label="Label smoothing",
        help="Share of the pairs that may be the wrong way round (losses robust, exo_pair, aot).",
        low=0,
        high=0.49,
        step=0.05,
        advanced=True,
    )
    sft_weight: float = knob(
        0.0,
        label="Weight of tuning",
        help="Of tuning on the preferred answers beside (RPO): keeps them likely and the text fluent; with "
        "edited answers, teaches what was written in.",
        low=0,
        high=100,
        step=0.1,
    )
    reference_free: bool = knob(
        False,
        label="Reference-free",
        help="Compare the model's own log-probabilities, as if the reference found all answers alike.",
        advanced=True,
    )
    precompute_ref_log_probs: bool = knob(
        False,
        label="Reference first",
        help="Ask the reference once before training, not at each step: with full it need not be kept.",
        advanced=True,
    )
    f_divergence_type: str = knob(
        "reverse_kl",
        label="Divergence",
        choices=DIVERGENCES,
        help="What holds the model near to the reference; reverse_kl is DPO's.",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.label_smoothing and self.loss_type not in SMOOTHED:
            accepted = f"0 but with the losses {', '.join(SMOOTHED)}"
            raise SpecError("label_smoothing", self.label_smoothing, accepted)
        if self.loss_type == "exo_pair" and not self.label_smoothing:
            raise SpecError("label_smoothing", 0, "more than 0 with the loss exo_pair, such as 0.001")
        if self.f_divergence_type != "reverse_kl" and self.loss_type not in _DIFFERENCES:
            accepted = f"'reverse_kl' but with the losses {', '.join(_DIFFERENCES)}"
            raise SpecError("f_divergence_type", self.f_divergence_type, accepted)
        if self.sft_weight and self.loss_type == "sft":
            raise SpecError("sft_weight", self.sft_weight, "0 with the loss sft, which is that already")
        if self.reference_free and self.precompute_ref_log_probs:
            raise SpecError("precompute_ref_log_probs", True, "false where there is no reference to ask")

    @property
    def forwards(self) -> int:
        return 0 if self.reference_free or self.precompute_ref_log_probs else 1


@dataclass(frozen=True)
class KtoSpec(PreferSpec):
    """Kahneman-Tversky optimisation (Ethayarajh et al. 2024), on single answers that are good or bad."""

    task: str = knob("kto", label="Task", choices=("kto",), help="Rated answers.", hidden=True)
    beta: float = _beta(0.1, "How near to the reference the model is held: less lets it go farther.")
    loss_type: str = knob(
        "kto",
        label="Loss",
        choices=KTO_LOSSES,
        help="kto: against the mean distance from the reference. apo_zero_unpaired: against none.",
    )
    desirable_weight: float = knob(
        1.0, label="Weight of good answers", help="In the loss.", low=0, high=100, step=0.1
    )
    undesirable_weight: float = knob(
        1.0,
        label="Weight of bad answers",
        help="In the loss. Weight times number should be about even, up to a third more for the good ones.",
        low=0,
        high=100,
        step=0.1,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size // max(1, self.processes) < 2:
            raise SpecError("batch_size", self.batch_size, "at least 2 a process: rows are compared in it")
        if not self.desirable_weight + self.undesirable_weight:
            raise SpecError("desirable_weight", 0, "more than 0 where undesirable_weight is 0")

    @property
    def texts_a_row(self) -> int:
        return 1

    @property
    def forwards(self) -> int:
        return 3 if self.loss_type == "kto" else 1  # both models also read prompts with others' answers


@dataclass(frozen=True)
class OrpoSpec(PreferSpec):
    """Odds-ratio preference optimisation (Hong et al. 2024), on pairs of answers, without a reference."""

    task: str = knob("orpo", label="Task", choices=("orpo",), help="Pairs of answers.", hidden=True)
    beta: float = _beta(0.1, "Weight of the odds ratio beside the tuning on the preferred answers (λ).")


@dataclass(frozen=True)
class RewardSpec(TuneSpec):
    """A reward model: a causal base with a head that gives an answer a number, on pairs of answers."""

    task: str = knob("reward", label="Task", choices=("reward",), help="Pairs of answers.", hidden=True)
    method: str = knob(
        "lora",
        label="Method",
        choices=_METHODS,
        help="As in fine-tuning; the head is trained in full with any of them.",
    )
    num_epochs: float = knob(
        2.0, label="Epochs", help="Passes over the rows; unless steps are given.", low=0.01, high=1000, step=1
    )
    chat_template: str = knob(
        "model",
        label="Chat template",
        choices=TEMPLATES,
        help="model: the base's own. house: <|user|> … <|end|> <|assistant|> … <|end|>, for a base that has "
        "none.",
        advanced=True,
    )
    use_margins: bool = knob(
        False,
        label="Margins",
        help="Ask for as much more reward as the rows say by how much an answer was preferred.",
        advanced=True,
    )
    center_rewards: float = knob(
        0.0,
        label="Centring",
        help="Weight of a pull of the rewards to a mean of 0; about 0.01.",
        low=0,
        high=10,
        step=0.01,
        advanced=True,
    )

    @property
    def what(self) -> Task:
        return task_named(self.task)

    @property
    def texts_a_row(self) -> int:
        return 2

    @property
    def forwards(self) -> int:
        return 0

    @property
    def copies_reference(self) -> bool:
        return False

    @property
    def as_tuning(self) -> "RewardSpec":
        """As of :class:`PreferSpec`."""
        return replace(self, batch_size=min(1024, 2 * self.batch_size))
