"""What a fine-tuning run is told: one frozen dataclass a job kind, checked where it is made. Standard library
only.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, from_dict, knob, to_dict
from pipelines.training.distribution import check_distribution, distribution_knob, processes_knob
from pipelines.training.tuning.tasks import Task, task_named, tasks_of

METHODS = ("lora", "qlora", "full", "ia3", "bottleneck", "prompt", "prefix", "bitfit", "layernorm")
TEMPLATES = ("model", "house")
_ACTIVATIONS = ("relu", "gelu", "silu", "tanh")
_SCHEDULES = ("cosine", "linear", "constant")
_OPTIMIZERS = ("adamw", "muon")
WITH_TOKENS = _LORA = ("lora", "qlora")  # also: which learn vectors of tokens
_WITH_MATRICES = (*_LORA, "full")  # what learns matrices between hidden states, for which Muon is made
VIRTUAL = ("prompt", "prefix")  # methods that learn tokens before the text
TARGETED = (*_LORA, "bottleneck")  # those that go to target_modules
ADAPTERS = (*TARGETED, "ia3", *VIRTUAL)  # methods that leave the base as it is and add weights beside it


@dataclass(frozen=True)
class TuneSpec:
    """What all tuning has in common. ``dataset`` is ``upload:<id>`` (brought here), ``sample:<name>``
    (bundled), ``hub:<owner>/<name>`` or ``path:<file>`` (the owner's own disk). ``columns`` say which column
    plays which role, as ``role=column``; empty: guessed from the rows.
    """

    NEEDED = ("base", "dataset")  # texts that may not be empty

    base: str = knob("", label="Base model", help="The model that is tuned.", max_chars=300)
    dataset: str = knob("", label="Data", help="The rows it learns from.", max_chars=500)
    name: str = knob("", label="Name", help="How the run is called in lists.", max_chars=80)
    columns: tuple[str, ...] = knob(
        (),
        label="Columns",
        help="One a line, as role=column: `prompt=question`. Empty: guessed from the rows.",
        high=12,
        max_chars=200,
        advanced=True,
    )
    validation: str = knob(
        "",
        label="Validation data",
        help="Rows to measure on. Empty: a share of the data is held out.",
        max_chars=500,
        advanced=True,
    )
    validation_share: float = knob(
        0.1,
        label="Held out",
        help="Share of the rows that is measured on and not learnt from.",
        low=0.01,
        high=0.5,
        step=0.01,
    )
    method: str = knob(
        "lora",
        label="Method",
        choices=METHODS,
        help="lora: small matrices beside the frozen ones. qlora: the same, the frozen ones in 4 bits. full: "
        "every weight. ia3: a factor for each unit. bottleneck: a narrow network with a non-linearity makes "
        "the change of each weight from the weight itself (PEANuT). prompt: virtual tokens before the text. "
        "prefix: keys and values before the text in each layer. bitfit: the biases alone. layernorm: the "
        "norms alone.",
    )
    lora_r: int = knob(16, label="LoRA rank", help="Width of the small matrices.", low=1, high=512, step=1)
    lora_alpha: float = knob(
        32.0,
        label="LoRA alpha",
        help="The change is scaled by alpha / rank (rsLoRA: alpha / √rank).",
        low=0.1,
        high=1024,
        step=1,
        advanced=True,
    )
    lora_dropout: float = knob(
        0.0,
        label="LoRA dropout",
        help="Share of the inputs of the small matrices dropped in training.",
        low=0,
        high=0.9,
        step=0.05,
        advanced=True,
    )
    target_modules: tuple[str, ...] = knob(
        ("all-linear",),
        label="Target modules",
        help="Ends of module names that get an adapter; `all-linear` takes every linear layer but the head.",
        high=32,
        max_chars=100,
        advanced=True,
    )
    use_rslora: bool = knob(
        False, label="rsLoRA", help="Scale by √rank, which keeps large ranks steady.", advanced=True
    )
    use_dora: bool = knob(
        False,
        label="DoRA",
        help="Learn direction and length of the weights apart: nearer to full tuning, slower.",
        advanced=True,
    )
    num_virtual_tokens: int = knob(
        20,
        label="Virtual tokens",
        help="How many stand before each text (prompt, prefix); the context is shorter by as many.",
        low=1,
        high=512,
        step=1,
    )
    bottleneck_width: int = knob(
        16,
        label="Bottleneck",
        help="Width of the narrow network (bottleneck).",
        low=1,
        high=512,
        step=1,
    )
    bottleneck_depth: int = knob(
        0,
        label="Inner layers",
        help="Pairs of layers more within the bottleneck.",
        low=0,
        high=4,
        step=1,
        advanced=True,
    )
    bottleneck_activation: str = knob(
        "relu",
        label="Non-linearity",
        choices=_ACTIVATIONS,
        help="Between the layers of the bottleneck.",
        advanced=True,
    )
    trainable_tokens: tuple[str, ...] = knob(
        (),
        label="Learnt tokens",
        help="Tokens, one a line, whose vectors LoRA learns as well: those that the base never met, such as "
        "`<|user|>` of a template that is new to it.",
        high=64,
        max_chars=100,
        advanced=True,
    )
    start_adapter: str = knob(
        "",
        label="Begin with",
        help="A LoRA of this base that is trained on, by its name, such as `run/…`; rank, alpha, targets and "
        "learnt tokens stay what they are there. Empty: a new one.",
        max_chars=300,
        advanced=True,
    )
    num_epochs: float = knob(
        3.0, label="Epochs", help="Passes over the rows; unless steps are given.", low=0.01, high=1000, step=1
    )
    max_steps: int = knob(
        0,
        label="Steps",
        help="Optimiser steps; 0 takes the epochs.",
        low=0,
        high=1_000_000,
        step=1,
        advanced=True,
    )
    batch_size: int = knob(8, label="Batch", help="Rows a forward pass.", low=1, high=1024, step=1)
    gradient_accumulation_steps: int = knob(
        1,
        label="Accumulation",
        help="Forward passes an optimiser step.",
        low=1,
        high=256,
        step=1,
        advanced=True,
    )
    max_length: int = knob(
        256, label="Longest row", help="Tokens; what is longer is cut.", low=8, high=8192, step=8
    )
    learning_rate: float = knob(2e-4, label="Learning rate", help="Peak of the schedule.", low=1e-7, high=1)
    optimizer: str = knob(
        "adamw",
        label="Optimiser",
        choices=_OPTIMIZERS,
        help="muon (with lora, qlora and full): the matrices by Muon, all else by AdamW.",
        advanced=True,
    )
    schedule: str = knob(
        "cosine",
        label="Schedule",
        choices=_SCHEDULES,
        help="How the rate moves after the warm-up.",
        advanced=True,
    )
    warmup_ratio: float = knob(
        0.03,
        label="Warm-up",
        help="Share of the steps over which the rate rises from 0.",
        low=0,
        high=0.9,
        step=0.01,
        advanced=True,
    )
    weight_decay: float = knob(
        0.0,
        label="Weight decay",
        help="Pull of the weights to zero.",
        low=0,
        high=1,
        step=0.01,
        advanced=True,
    )
    max_grad_norm: float = knob(
        1.0,
        label="Gradient clip",
        help="Largest norm of the gradient; 0 is off.",
        low=0,
        high=100,
        step=0.1,
        advanced=True,
    )
    eval_every: int = knob(
        50,
        label="Measure every",
        help="Steps between two measurements on the held-out rows, each with a checkpoint.",
        low=1,
        high=100_000,
        step=1,
        advanced=True,
    )
    patience: int = knob(
        0,
        label="Patience",
        help="Stop after so many measurements without a better one; 0 goes to the end. The best is kept.",
        low=0,
        high=1000,
        step=1,
        advanced=True,
    )
    precision: str = knob(
        "auto",
        label="Precision",
        choices=("auto", "bf16", "fp32"),
        help="auto takes bf16 autocast where the machine computes in it, else fp32.",
        advanced=True,
    )
    gradient_checkpointing: bool = knob(
        False,
        label="Gradient checkpointing",
        help="Compute activations again in the backward pass: a third more time, far less memory.",
        advanced=True,
    )
    compile: bool = knob(
        True, label="torch.compile", help="Compile the model where that pays.", advanced=True
    )
    processes: int = processes_knob()
    distribution: str = distribution_knob()
    seed: int = knob(
        0, label="Seed", help="Same seed, same run, on one machine.", low=0, high=2**31 - 1, step=1
    )

    def __post_init__(self) -> None:
        check(self)
        for name in self.NEEDED:
            if not getattr(self, name).strip():
                raise SpecError(name, getattr(self, name), _WANTED[name])
        if self.use_dora and self.method not in _LORA:
            raise SpecError("use_dora", self.use_dora, "true only with the methods lora and qlora")
        if self.method in VIRTUAL:
            _check_virtual(self)
        if self.method in TARGETED and not self.target_modules:
            raise SpecError("target_modules", self.target_modules, "at least one name, or all-linear")
        if self.trainable_tokens and self.method not in _LORA:
            raise SpecError("trainable_tokens", self.trainable_tokens, "tokens only with lora and qlora")
        if self.start_adapter and self.method not in _LORA:
            raise SpecError("start_adapter", self.start_adapter, "an adapter only with lora and qlora")
        if self.optimizer == "muon" and self.method not in _WITH_MATRICES:
            raise SpecError("optimizer", self.optimizer, f"muon only with {', '.join(_WITH_MATRICES)}")
        check_distribution(self)
        for pair in self.columns:
            role, equals, column = pair.partition("=")
            if not (role.strip() and equals and column.strip()):
                raise SpecError("columns", pair, "lines of the form role=column")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Any:
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)

    @property
    def virtual_tokens(self) -> int:
        """How many tokens of the context stand before each text."""
        return self.num_virtual_tokens if self.method in VIRTUAL else 0

    @property
    def roles(self) -> dict[str, str]:
        """Role → column, as they were given."""
        pairs = (pair.partition("=") for pair in self.columns)
        return {role.strip(): column.strip() for role, _, column in pairs}


def _check_virtual(spec: TuneSpec) -> None:
    if spec.what.job != "sft":
        raise SpecError("method", spec.method, _ENCODES.format(spec.task))
    if spec.method == "prefix" and spec.gradient_checkpointing:
        raise SpecError("gradient_checkpointing", True, _NOT_TWICE)
    if spec.distribution != "ddp":
        accepted = f"'ddp' with the method {spec.method}: its virtual tokens are not split"
        raise SpecError("distribution", spec.distribution, accepted)


_ENCODES = (
    "one of lora, qlora, full, ia3, bottleneck, bitfit and layernorm for the task {}: virtual tokens stand "
    "before texts that are continued"
)
_NOT_TWICE = (
    "false with the method prefix: a forward pass that is done twice would leave out the keys and values "
    "before the text"
)
_WANTED = {
    "base": "the name of a model, as /models lists them",
    "teacher": "the name of a model that goes on with a text, as /models lists them",
    "dataset": "upload:<id>, sample:<name>, hub:<owner>/<name> or path:<file>",
}


@dataclass(frozen=True)
class SftSpec(TuneSpec):
    """A causal model tuned on answers or on more text."""

    task: str = knob(
        "instruct",
        label="Task",
        choices=tasks_of("sft"),
        help="instruct: learn the answers of prompts and conversations. continue: learn all of a text.",
    )
    chat_template: str = knob(
        "model",
        label="Chat template",
        choices=TEMPLATES,
        help="model: the base's own. house: <|user|> … <|end|> <|assistant|> … <|end|>, for a base that has "
        "none.",
        advanced=True,
    )
    sample_prompts: tuple[str, ...] = knob(
        (),
        label="Sample prompts",
        help="Answered at every measurement with the same seed. Empty: the first held-out rows.",
        high=8,
        max_chars=2000,
        advanced=True,
    )
    sample_tokens: int = knob(
        80, label="Sample length", help="New tokens of each sample.", low=1, high=512, step=1, advanced=True
    )
    check_forgetting: bool = knob(
        True,
        label="Forgetting check",
        help="Measure before and after on general text: perplexity, and which of two sentences is likelier.",
        advanced=True,
    )

    @property
    def what(self) -> Task:
        return task_named(self.task)


@dataclass(frozen=True)
class EncoderSpec(TuneSpec):
    """An encoder tuned for a task of its own."""

    task: str = knob(
        "classify",
        label="Task",
        choices=tasks_of("encoder"),
        help="classify: a label for a text. tag: a tag for each word. answer: a span of the context. fill: "
        "hidden words.",
    )
    mask_share: float = knob(
        0.15,
        label="Hidden share",
        help="Share of the tokens that are hidden (task fill).",
        low=0.01,
        high=0.5,
        step=0.05,
        advanced=True,
    )

    @property
    def what(self) -> Task:
        return task_named(self.task)
