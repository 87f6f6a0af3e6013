"""What a distillation is told: all of a tuning, and the teacher. Standard library only."""

from dataclasses import dataclass, fields
from functools import cached_property

from pipelines.core.errors import SpecError
from pipelines.core.fields import knob
from pipelines.training.dial import mlp_width
from pipelines.training.specs import PretrainSpec
from pipelines.training.tuning.specs import SftSpec

ARCHITECTURES = ("llama", "gpt2")
DIVERGENCES = ("forward", "reverse", "jensen-shannon")
METHODS = ("full", "lora")
SHAPE = ("architecture", "num_layers", "hidden_size", "num_heads", "context_length")  # of a new student


@dataclass(frozen=True)
class DistillSpec(SftSpec):
    """A small causal model, the student, learns from the probabilities that a larger one, its teacher, gives
    to each next token, beside the tokens of the rows. ``base`` is the student: a model that is there, or
    empty for a new one with random weights and the teacher's tokenizer.
    """

    NEEDED = ("teacher", "dataset")

    base: str = knob(
        "",
        label="Student",
        help="The model that learns. Empty: a new one of the sizes below, with random weights.",
        max_chars=300,
    )
    method: str = knob(
        "full",
        label="Method",
        choices=METHODS,
        help="full: every weight of the student. lora: small matrices beside its frozen ones.",
    )
    learning_rate: float = knob(
        2e-3,
        label="Learning rate",
        help="Peak of the schedule; about 2e-3 for a new student, 1e-4 for one that has learnt.",
        low=1e-7,
        high=1,
    )
    teacher: str = knob(
        "",
        label="Teacher",
        help="A larger model with the same vocabulary, whose probabilities the student learns.",
        max_chars=300,
    )
    alpha: float = knob(
        0.5,
        label="Teacher's share",
        help="Weight of the teacher's probabilities in the loss; the rest is that of the rows' own tokens. "
        "0: the rows alone, 1: the teacher alone.",
        low=0,
        high=1,
        step=0.05,
    )
    temperature: float = knob(
        2.0,
        label="Temperature",
        help="Both models' logits are divided by it: above 1 the less likely tokens count for more.",
        low=0.1,
        high=20,
        step=0.1,
    )
    divergence: str = knob(
        "forward",
        label="Divergence",
        choices=DIVERGENCES,
        help="forward: KL of the student from the teacher; covers all that the teacher finds likely. "
        "reverse: KL of the teacher from the student; keeps to its likeliest. jensen-shannon: between them.",
    )
    mixture: float = knob(
        0.5,
        label="Mixture",
        help="Share of the teacher in the mixture that jensen-shannon measures both against.",
        low=0.01,
        high=0.99,
        step=0.05,
        advanced=True,
    )
    architecture: str = knob(
        "llama",
        label="Student's architecture",
        choices=ARCHITECTURES,
        help="Of a new student; as in pretraining.",
        advanced=True,
    )
    num_layers: int = knob(
        4, label="Layers", help="Transformer blocks of a new student.", low=1, high=48, step=1
    )
    hidden_size: int = knob(
        192, label="Width", help="Of a new student; a multiple of its heads.", low=16, high=4096, step=8
    )
    num_heads: int = knob(4, label="Heads", help="Attention heads a layer.", low=1, high=64, step=1)
    context_length: int = knob(
        512,
        label="Context",
        help="Tokens that a new student sees at once; at least the longest row.",
        low=16,
        high=4096,
        step=16,
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.distribution != "ddp":
            raise SpecError("distribution", self.distribution, "'ddp': both models are asked by parts")
        if self.is_new:
            self._check_new()

    @property
    def is_new(self) -> bool:
        """Whether the student begins with random weights."""
        return not self.base.strip()

    @property
    def beta(self) -> float:
        """The divergence as TRL counts it: 0 forward KL, 1 reverse KL, between them Jensen-Shannon."""
        return {"forward": 0.0, "reverse": 1.0}.get(self.divergence, self.mixture)

    @cached_property
    def shape(self) -> PretrainSpec:
        """Of a new student: the same words as for a model that is pretrained."""
        return PretrainSpec(
            **{name: getattr(self, name) for name in SHAPE},
            num_kv_heads=self.num_heads,
            intermediate_size=mlp_width(self.hidden_size, self.architecture),
            seed=self.seed,
        )

    @property
    def tuning(self) -> SftSpec:
        """The tuning on the same rows without a teacher, on the model whose tokenizer reads them."""
        common = {field.name: getattr(self, field.name) for field in fields(SftSpec)}
        return SftSpec(**common | {"base": self.base if not self.is_new else self.teacher})

    def _check_new(self) -> None:
        if self.method != "full":
            raise SpecError("method", self.method, "'full' for a new student: all of it has to learn")
        if self.context_length < self.max_length:
            raise SpecError("context_length", self.context_length, f"at least max_length, {self.max_length}")
        _ = self.shape  # sizes that fit no model are refused here, by the names of the same fields
