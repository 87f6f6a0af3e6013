"""What a pretraining run is told: one frozen dataclass, checked where it is made. Standard library only."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.core.corpus_names import check_corpus_name
from pipelines.core.errors import SpecError
from pipelines.core.fields import check, from_dict, knob, to_dict
from pipelines.training.dial import dial
from pipelines.training.stages import Plan, plan

ARCHITECTURES = ("llama", "gpt2", "bert", "t5")
OPTIMIZERS = ("adamw", "muon")
SCHEDULES = ("cosine", "wsd", "linear", "constant")
PRECISIONS = ("auto", "bf16", "fp32")
DEFAULT_PROMPTS = ("Once upon a time", "The little dog", "Anna opened the door and")


@dataclass(frozen=True)
class PretrainSpec:
    """A language model from scratch or trained on: corpus → tokenizer → model → training → artefact.

    ``corpus`` is ``sample`` (bundled), ``upload:<id>`` (pasted or uploaded here), ``run:<id>`` (cleaned by a
    job), ``hub:<owner>/<name>`` (a data set) or ``path:<file or folder>`` (the owner's own disk). The
    architecture decides what is learnt: llama and gpt2 the next token, bert masked tokens, t5 hidden spans.
    """

    corpus: str = knob("sample", label="Corpus", help="Where the text comes from.", max_chars=500)
    second_corpus: str = knob(
        "",
        label="Second corpus",
        help="Mixed in with the first, and measured beside it: books before stories, or the old data when a "
        "model is trained on. Empty: none.",
        max_chars=500,
        advanced=True,
    )
    second_share: float = knob(
        0.0,
        label="Share of the second",
        help="Share of the training text that comes from the second corpus; 0 only measures on it.",
        low=0,
        high=0.95,
        step=0.05,
        advanced=True,
    )
    name: str = knob("", label="Name", help="How the run is called in lists.", max_chars=80)
    start_from: str = knob(
        "",
        label="Start from",
        help="A model to train on, with its shape and its tokenizer. Empty: random weights.",
        max_chars=300,
    )
    tokenizer: str = knob(
        "train",
        label="Tokenizer",
        help="`train` learns a byte-level BPE on the corpus; a name takes that model's tokenizer, or the one "
        "that the job run/<id> has trained.",
        max_chars=300,
    )
    vocab_size: int = knob(
        1024,
        label="Vocabulary",
        help="Tokens of a tokenizer learnt here, special ones included.",
        low=300,
        high=65_536,
        step=1,
    )
    architecture: str = knob(
        "llama",
        label="Architecture",
        choices=ARCHITECTURES,
        help="llama: RoPE, RMSNorm, SwiGLU, grouped queries. gpt2: learned positions, LayerNorm, GELU. "
        "bert: an encoder that fills in masked tokens. t5: encoder and decoder, restores hidden spans.",
    )
    num_layers: int = knob(3, label="Layers", help="Transformer blocks.", low=1, high=48, step=1)
    hidden_size: int = knob(
        96,
        label="Width",
        help="Size of the residual stream; a multiple of the heads.",
        low=16,
        high=4096,
        step=8,
    )
    num_heads: int = knob(3, label="Heads", help="Attention heads a layer.", low=1, high=64, step=1)
    num_kv_heads: int = knob(
        3,
        label="Key/value heads",
        help="Heads that share keys and values (llama); divides the heads.",
        low=1,
        high=64,
        step=1,
        advanced=True,
    )
    intermediate_size: int = knob(
        256,
        label="MLP width",
        help="Hidden units of the feed-forward part.",
        low=16,
        high=16_384,
        step=8,
        advanced=True,
    )
    context_length: int = knob(
        128, label="Context", help="Tokens that the model sees at once.", low=16, high=4096, step=16
    )
    dropout: float = knob(
        0.0,
        label="Dropout",
        help="Share of activations dropped in training.",
        low=0,
        high=0.9,
        step=0.05,
        advanced=True,
    )
    mask_share: float = knob(
        0.15,
        label="Hidden share",
        help="Share of the tokens that bert masks and t5 hides.",
        low=0.01,
        high=0.5,
        step=0.05,
        advanced=True,
    )
    mean_span: float = knob(
        3.0,
        label="Span length",
        help="Tokens of a span that t5 hides, on average.",
        low=1,
        high=20,
        step=0.5,
        advanced=True,
    )
    max_steps: int = knob(300, label="Steps", help="Optimiser steps.", low=1, high=1_000_000, step=1)
    batch_size: int = knob(16, label="Batch", help="Sequences a forward pass.", low=1, high=1024, step=1)
    gradient_accumulation_steps: int = knob(
        1,
        label="Accumulation",
        help="Forward passes an optimiser step.",
        low=1,
        high=256,
        step=1,
        advanced=True,
    )
    stages: tuple[str, ...] = knob(
        (),
        label="Stages",
        help="One a line, to let context, batch and mixture change on the way: "
        "`0.4 context=256 batch_size=32 second_share=0.5` is 40 % of the steps. Empty: one stage.",
        high=8,
        max_chars=200,
        advanced=True,
    )
    optimizer: str = knob(
        "adamw",
        label="Optimiser",
        choices=OPTIMIZERS,
        help="adamw: each weight at its own pace. muon: whole matrices are turned towards orthogonal steps, "
        "the rest by AdamW; fewer tokens to the same loss, some arithmetic more a step.",
    )
    schedule: str = knob(
        "cosine",
        label="Schedule",
        choices=SCHEDULES,
        help="After the warm-up, the rate falls as a cosine or a line, stays constant, or stays and falls at "
        "the end (wsd: warm-up, stable, decay).",
    )
    learning_rate: float = knob(3e-3, label="Learning rate", help="Peak of the schedule.", low=1e-6, high=0.1)
    min_lr_ratio: float = knob(
        0.1,
        label="Final rate",
        help="Learning rate at the end, as a share of the peak.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    decay_share: float = knob(
        0.2,
        label="Decay",
        help="Share of the steps over which wsd lets the rate fall.",
        low=0.01,
        high=1,
        step=0.05,
        advanced=True,
    )
    warmup_steps: int = knob(
        20,
        label="Warm-up",
        help="Steps over which the rate rises from 0.",
        low=0,
        high=100_000,
        step=1,
        advanced=True,
    )
    weight_decay: float = knob(
        0.1,
        label="Weight decay",
        help="How far the matrices are pulled to zero at each step, in units of the rate.",
        low=0,
        high=1,
        step=0.01,
        advanced=True,
    )
    adam_beta2: float = knob(
        0.95,
        label="Adam β₂",
        help="Memory of the squared gradients.",
        low=0.5,
        high=0.9999,
        step=0.01,
        advanced=True,
    )
    average_decay: float = knob(
        0.0,
        label="Weight averaging",
        help="Keep a running average of the weights (0.99: over about the last 100 steps) and save that; "
        "0 is off.",
        low=0,
        high=0.9999,
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
    validation_share: float = knob(
        0.05,
        label="Validation",
        help="Share of the documents held out.",
        low=0.005,
        high=0.5,
        step=0.005,
        advanced=True,
    )
    eval_every: int = knob(
        50,
        label="Validate every",
        help="Steps between two measurements on held-out text.",
        low=1,
        high=100_000,
        step=1,
        advanced=True,
    )
    checkpoint_every: int = knob(
        50,
        label="Checkpoint every",
        help="Steps between two checkpoints; each also writes samples.",
        low=1,
        high=100_000,
        step=1,
    )
    keep_checkpoints: int = knob(
        8,
        label="Kept to look at",
        help="Checkpoints whose weights are kept, closer together early on, so that the Attention tab can "
        "show how the model came to be; 0 keeps none. Two bytes a parameter each.",
        low=0,
        high=100,
        step=1,
        advanced=True,
    )
    sample_prompts: tuple[str, ...] = knob(
        DEFAULT_PROMPTS,
        label="Sample prompts",
        help="Continued at every checkpoint, with the same seed.",
        high=8,
        max_chars=500,
        advanced=True,
    )
    sample_tokens: int = knob(
        80, label="Sample length", help="New tokens of each sample.", low=1, high=512, step=1, advanced=True
    )
    precision: str = knob(
        "auto",
        label="Precision",
        choices=PRECISIONS,
        advanced=True,
        help="auto takes bf16 autocast where the machine computes in it, else fp32.",
    )
    gradient_checkpointing: bool = knob(
        False,
        label="Gradient checkpointing",
        help="Compute the activations of each layer again in the backward pass: about a third more time, "
        "far less memory.",
        advanced=True,
    )
    compile: bool = knob(
        True,
        label="torch.compile",
        advanced=True,
        help="Compile the model where that pays; without a C++ compiler the run goes on uncompiled.",
    )
    seed: int = knob(
        0, label="Seed", help="Same seed, same run, on one machine.", low=0, high=2**31 - 1, step=1
    )
    order: int = knob(
        0,
        label="Order",
        help="Another number reads the same text in another order, with the same documents held out: for "
        "runs whose weights are to be averaged.",
        low=0,
        high=10_000,
        step=1,
        advanced=True,
    )

    def __post_init__(self) -> None:
        check(self)
        self._check_corpora()
        if not self.start_from:  # else the shape is the model's own, and these fields are not read
            self._check_shape()
        if self.warmup_steps >= self.max_steps:
            raise SpecError("warmup_steps", self.warmup_steps, f"less than max_steps ({self.max_steps})")
        if self.start_from and self.tokenizer != "train":
            raise SpecError("tokenizer", self.tokenizer, "'train' when start_from brings a tokenizer along")
        _ = self.plan  # so that a stage that cannot be read is refused here

    def _check_corpora(self) -> None:
        check_corpus_name(self.corpus)
        if self.second_corpus:
            check_corpus_name(self.second_corpus, "second_corpus")
        if self.second_share and not self.second_corpus:
            raise SpecError("second_share", self.second_share, "0 without a second_corpus")

    def _check_shape(self) -> None:
        if self.hidden_size % self.num_heads:
            raise SpecError("hidden_size", self.hidden_size, f"a multiple of num_heads ({self.num_heads})")
        if self.architecture == "llama" and self.hidden_size // self.num_heads % 2:
            raise SpecError(
                "hidden_size", self.hidden_size, "an even number of units a head (RoPE turns pairs)"
            )
        if self.num_heads % self.num_kv_heads:
            raise SpecError("num_kv_heads", self.num_kv_heads, f"a divisor of num_heads ({self.num_heads})")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PretrainSpec":
        """From JSON. ``size`` (and ``architecture``) turn the dial; what is given beside it wins.

        >>> PretrainSpec.from_dict({"size": 2, "batch_size": 4}).batch_size
        4
        """
        given = dict(values) if isinstance(values, dict) else values
        if isinstance(given, dict) and "size" in given:
            size = given.pop("size")
            given = {**dial(size, given.get("architecture", "llama")), **given}
        return from_dict(cls, given)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)

    @cached_property
    def plan(self) -> Plan:
        """The stages of the run; one where none are given."""
        found = plan(
            self.stages,
            self.max_steps,
            self.context_length,
            self.batch_size,
            self.second_share,
            self.gradient_accumulation_steps,
        )
        if not self.second_corpus and any(stage.second_share for stage in found.stages):
            raise SpecError("stages", " / ".join(self.stages), "no second_share without a second_corpus")
        return found
