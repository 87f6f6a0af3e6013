"""What a tuning run will take, before it is launched: trainable numbers, memory by part, time.

From the headers of the base's files, the rows' count and the machine's measured speed; nothing is loaded, and
torch is not needed. Activations are a formula with measured factors; the run's own first step
(:mod:`pipelines.training.tuning.dry_run`) corrects it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.files import read_json
from pipelines.core.settings import Settings
from pipelines.models.adapters import Place
from pipelines.models.artifacts import read_tensors
from pipelines.models.entries import ModelEntry
from pipelines.training.distribution import memory_of_each
from pipelines.training.size import Size, size_of_entry
from pipelines.training.speed import COMPILE_SECONDS, Speed, Work, compiling_pays
from pipelines.training.tuning.deck import steps_of
from pipelines.training.tuning.names import targets
from pipelines.training.tuning.shapes import LABELS, Counts, Shapes, counts, mlp_of, shapes_of, width_of
from pipelines.training.tuning.specs import TARGETED, VIRTUAL, TuneSpec

_LIBRARIES_BYTES = 720_000_000  # a process with torch, transformers, PEFT and TRL loaded
_ADAMW_BYTES = 8  # two averages in fp32
_MUON_BYTES = 4  # one
_NF4_BYTES = 0.52  # a number in 4 bits with its share of the scales, themselves in 8
_FROZEN = 2 / 3  # of the arithmetic, where the weights themselves have no gradient
_CHECKPOINTED = 4 / 3  # the forward pass is done twice
_START_SECONDS = 12.0  # importing the libraries, reading rows and weights
_CHARS_PER_TOKEN = 4.0

# What a layer keeps of a token for the backward pass, in numbers: so many rows of the width and of the MLP,
# of the scores where attention drops some out (it is not fused then), and of all that adapters put out.
_WIDTHS_KEPT, _SCORES_KEPT, _ADAPTED_KEPT = 15, 4, 2.5
_MLP_KEPT, _GATED_KEPT, _WRITTEN_OUT_KEPT = 3, 4, 7
_GATED = ("silu", "swish")
_WRITTEN_OUT = ("gelu_new", "gelu_fast", "quick_gelu", "gelu_10")  # functions of several operations
_AUTOCAST = 0.6  # of the bytes, where most of it is in 16 bits
_CHANGES_KEPT = 2  # times the weights that a bottleneck changes
_ROWS_OF_LOGITS = 256  # held at once by a causal run that is not compiled
_LOGIT_BYTES = 12  # a number, its logarithm, its gradient
_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
_DROPOUTS = ("attention_probs_dropout_prob", "attn_pdrop", "attention_dropout")
_CPU_FLAGS = ("amx_bf16", "avx512_bf16")


@dataclass(frozen=True)
class Base:
    """What is read of a base: ``tensors`` by name with their shapes, and ``config.json``."""

    entry: ModelEntry
    tensors: Mapping[str, Mapping[str, Any]]
    config: Mapping[str, Any]

    @property
    def size(self) -> Size:
        """For what a token of it costs."""
        return size_of_entry(self.entry)


@dataclass(frozen=True)
class Footprint:
    """``memory`` is bytes by part: weights, gradients, optimiser, activations, adapter, libraries. ``steps``,
    ``tokens`` and ``seconds`` are None while the number of rows is not known."""

    trainable: int
    total: int
    memory: dict[str, int]
    steps: int | None
    tokens: int | None
    seconds: float | None
    notes: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        return 100 * self.trainable / self.total

    @property
    def memory_bytes(self) -> int:
        return sum(self.memory.values())


def read_base(entry: ModelEntry, place: Place) -> Base:
    """The headers of the full weights at the end of the line, and the nearest config."""
    *_, full = place.line()
    folder = next((at.folder for at in place.line() if (at.folder / "config.json").is_file()), full.folder)
    config = read_json(folder / "config.json", {})
    return Base(entry, read_tensors(full.folder), config.get("text_config") or config)


def footprint(
    spec: TuneSpec,
    base: Base,
    settings: Settings,
    rows: int = 0,
    characters: float = 0.0,
    labels: int = LABELS,
) -> Footprint:
    """``rows`` are all that the data set has, of so many ``characters`` on average (0: not known, so that the
    longest is assumed). Raises :class:`SpecError` for what the base has no place for."""
    shapes = shapes_of(base.tensors, base.config, spec.task, labels)
    counted = counts(shapes, spec)
    length = _length(spec, characters)
    steps = _steps(spec, rows)
    passes = None if steps is None else steps * spec.gradient_accumulation_steps
    tokens = None if passes is None else round(passes * spec.batch_size * length)
    return Footprint(
        counted.trainable,
        counted.total,
        memory_by_part(spec, base.config, shapes),
        steps,
        tokens,
        None if passes is None else _seconds(spec, base.size, settings, passes, tokens, length),
        _notes(spec, base, characters),
    )


def memory_by_part(spec: TuneSpec, config: Mapping[str, Any], shapes: Shapes) -> dict[str, int]:
    """Bytes at the peak of a step with a batch of longest rows, in one process."""
    counted = counts(shapes, spec)
    frozen = counted.total - counted.adapter
    quantized = shapes.linear_weights if spec.method == "qlora" else 0
    memory = {
        "weights": round(4 * (frozen - quantized) + _NF4_BYTES * quantized),
        "gradients": 4 * counted.trainable,
        "optimiser": _optimiser(spec, shapes, counted),
        "activations": round(_activations(spec, config, shapes)),
        "adapter": 4 * counted.adapter,
        "libraries": _LIBRARIES_BYTES,
    }
    return memory_of_each(memory, spec.processes, spec.distribution)


def _optimiser(spec: TuneSpec, shapes: Shapes, counted: Counts) -> int:
    """Muon keeps one average of the matrices."""
    saved = 0
    if spec.optimizer == "muon":
        saved = shapes.linear_weights if spec.method == "full" else counted.adapter
    return _ADAMW_BYTES * counted.trainable - (_ADAMW_BYTES - _MUON_BYTES) * saved


def in_16_bits(precision: str, cpu_info: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether autocast computes in bf16: as the spec says, or as the CPU can (without torch, so a guess)."""
    if precision != "auto":
        return precision == "bf16"
    try:
        known = cpu_info.read_text(encoding="utf-8")
    except OSError:
        return False
    return any(flag in known for flag in _CPU_FLAGS)


def _activations(spec: TuneSpec, config: Mapping[str, Any], shapes: Shapes) -> float:
    """With what the loss takes, and the weights in 16 bits that autocast keeps beside those in 32. With
    gradient checkpointing, one layer in full and its gradients."""
    short = in_16_bits(spec.precision)
    rows = spec.batch_size // max(1, spec.processes)
    tokens = rows * (spec.max_length + spec.virtual_tokens)
    layers = max(1, _first(config, _LAYERS))
    layer = 4 * ((_AUTOCAST if short else 1) * _kept(spec, config, shapes, layers) + _scores(spec, config))
    kept = 2 * layer + layers * 4 * width_of(config) if spec.gradient_checkpointing else layers * layer
    copies = 2 * shapes.linear_weights if short and spec.method != "qlora" else 0
    if spec.use_dora:
        copies += 4 * shapes.linear_weights  # the sum of old and new, whose length is taken
    if spec.method == "bottleneck":
        copies += _bottleneck(spec, shapes)
    return tokens * kept + copies + _logits(spec, config, tokens)


def _bottleneck(spec: TuneSpec, shapes: Shapes) -> float:
    """Each layer's change of its weights, and what the narrow network keeps of every row of them."""
    chosen = set(targets([layer.name for layer in shapes.linear], spec.target_modules))
    layers = [layer for layer in shapes.linear if layer.name in chosen]
    narrow = (2 + 4 * spec.bottleneck_depth) * spec.bottleneck_width
    return 4 * sum(layer.inputs * (_CHANGES_KEPT * layer.outputs + narrow) for layer in layers)


def _scores(spec: TuneSpec, config: Mapping[str, Any]) -> float:
    """Of a token in a layer; they stay in 32 bits under autocast."""
    drops = any(config.get(name) for name in _DROPOUTS)
    return _SCORES_KEPT * _first(config, _HEADS) * spec.max_length if drops else 0


def _kept(spec: TuneSpec, config: Mapping[str, Any], shapes: Shapes, layers: int) -> float:
    activation = str(
        config.get("hidden_act") or config.get("activation_function") or config.get("activation")
    )
    mlp = _GATED_KEPT if activation in _GATED else _MLP_KEPT
    mlp = _WRITTEN_OUT_KEPT if activation in _WRITTEN_OUT else mlp
    adapted = 0
    if spec.method in TARGETED:
        chosen = set(targets([x.name for x in shapes.linear], spec.target_modules))
        adapted = sum(x.outputs for x in shapes.linear if x.name in chosen) / layers
    return _WIDTHS_KEPT * width_of(config) + mlp * mlp_of(config) + _ADAPTED_KEPT * adapted


def _logits(spec: TuneSpec, config: Mapping[str, Any], tokens: int) -> float:
    vocab = _first(config, ("vocab_size",))
    if spec.task == "fill":
        return tokens * vocab * _LOGIT_BYTES
    if spec.what.job != "sft":
        return 0
    return min(tokens, _ROWS_OF_LOGITS) * vocab * _LOGIT_BYTES + 8 * vocab * width_of(config)


def _length(spec: TuneSpec, characters: float) -> float:
    told = characters / _CHARS_PER_TOKEN
    return min(max(told, 1.0), spec.max_length) if characters else float(spec.max_length)


def _steps(spec: TuneSpec, rows: int) -> int | None:
    if spec.max_steps:
        return spec.max_steps
    if not rows:
        return None
    learnt = rows if spec.validation else max(1, round(rows * (1 - spec.validation_share)))
    return steps_of(learnt, spec.num_epochs, spec.batch_size, spec.gradient_accumulation_steps)


def _seconds(
    spec: TuneSpec, size: Size, settings: Settings, passes: int, tokens: int, length: float
) -> float:
    speed = Speed(settings)
    share = 1.0 if spec.method == "full" else _FROZEN
    work = Work(share * tokens * size.flops_per_token(round(length)), max(1, passes * size.layers))
    again = _CHECKPOINTED if spec.gradient_checkpointing else 1.0
    plain = again * speed.seconds(work, compiled=False)
    compiled = spec.compile and spec.method not in ("qlora", *VIRTUAL)
    if compiled and spec.what.job == "sft" and compiling_pays(plain):
        return again * speed.seconds(work, compiled=True) + COMPILE_SECONDS + _START_SECONDS
    return plain + _START_SECONDS


def _notes(spec: TuneSpec, base: Base, characters: float) -> tuple[str, ...]:
    notes = []
    if not _first(base.config, _LAYERS) or not width_of(base.config):
        notes.append(
            f"The architecture {base.config.get('model_type')} does not say its size in a way that is known "
            "here: activations and time are not in these figures. The first step measures them."
        )
    if not characters:
        notes.append("The rows were not read: every row is taken to be as long as max_length.")
    if spec.method == "qlora":
        notes.append("Reading the 4 bits takes time that is not in the figure, most of all on a CPU.")
    if spec.processes > 1:
        notes.append(f"The memory is that of each of the {spec.processes} processes.")
    return tuple(notes)


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((int(config[name]) for name in names if config.get(name)), 0)
