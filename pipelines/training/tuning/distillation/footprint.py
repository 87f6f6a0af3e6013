"""What a distillation will take, before it is launched: the tuning of its student, and the teacher's weights
and forward passes. A new student is known by its sizes. Torch-free.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pipelines.core.settings import Settings
from pipelines.models.entries import ModelEntry
from pipelines.training.size import Size, size_of, size_of_entry
from pipelines.training.specs import PretrainSpec
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.footprint import Base, Footprint
from pipelines.training.tuning.footprint import footprint as of_tuning

_TEACHER_BYTES = 4  # a number; nothing of its forward pass is kept for a backward one
_FORWARD = 1 / 3  # of the arithmetic of a token that is trained on
_SHORTEST = 16  # context of which a pretraining's formula knows the cost


def footprint(
    spec: DistillSpec,
    student: Base | None,
    teacher: ModelEntry,
    settings: Settings,
    rows: int = 0,
    characters: float = 0.0,
) -> Footprint:
    """As :func:`pipelines.training.tuning.footprint.footprint`; ``memory`` has one more part, ``teacher``.
    None stands for a new student."""
    size = size_of(spec.shape, teacher.vocab_size) if student is None else student.size
    there = _new(spec.shape, teacher) if student is None else student
    taught = _Taught(there.entry, there.tensors, there.config, beside(size, size_of_entry(teacher)))
    made = of_tuning(spec, taught, settings, rows, characters)
    return replace(made, memory={**made.memory, "teacher": _TEACHER_BYTES * teacher.parameters})


def beside(student: Size, teacher: Size) -> Size:
    """The student's size, a token of which costs the teacher's forward pass too."""
    own, other = student.flops_per_token, teacher.flops_per_token

    def cost(context: int) -> float:
        return own(max(_SHORTEST, context)) + _FORWARD * other(context)

    return replace(student, flops_per_token=cost)


@dataclass(frozen=True)
class _Taught(Base):
    """A base whose size is given."""

    given: Size

    @property
    def size(self) -> Size:
        return self.given


def _new(shape: PretrainSpec, teacher: ModelEntry) -> Base:
    """A student that is not built yet, as its files would tell of it."""
    vocab = teacher.vocab_size
    layers = _gpt2_layer if shape.architecture == "gpt2" else _llama_layer
    outside = _GPT2 if shape.architecture == "gpt2" else _LLAMA
    sizes = {"v": vocab, "w": shape.hidden_size, "c": shape.context_length, "m": shape.intermediate_size}
    tensors = {name: [sizes[one] for one in axes] for name, axes in outside.items()}
    for number in range(shape.num_layers):
        tensors |= {name.format(number): axes for name, axes in layers(shape)}
    config = {
        "model_type": shape.architecture,
        "hidden_size": shape.hidden_size,
        "num_hidden_layers": shape.num_layers,
        "num_attention_heads": shape.num_heads,
        "intermediate_size": shape.intermediate_size,
        "hidden_act": "gelu_new" if shape.architecture == "gpt2" else "silu",
        "vocab_size": vocab,
        "tie_word_embeddings": True,
    }
    return Base(teacher, {name: {"shape": axes, "dtype": "F32"} for name, axes in tensors.items()}, config)


_LLAMA = {"model.embed_tokens.weight": "vw", "model.norm.weight": "w"}
_GPT2 = {
    "transformer.wte.weight": "vw",
    "transformer.wpe.weight": "cw",
    "transformer.ln_f.weight": "w",
    "transformer.ln_f.bias": "w",
}
_Tensors = Iterator[tuple[str, list[int]]]


def _llama_layer(shape: PretrainSpec) -> _Tensors:
    width, mlp = shape.hidden_size, shape.intermediate_size
    for name in "qkvo":
        yield f"model.layers.{{}}.self_attn.{name}_proj.weight", [width, width]
    for name, axes in (("gate", [mlp, width]), ("up", [mlp, width]), ("down", [width, mlp])):
        yield f"model.layers.{{}}.mlp.{name}_proj.weight", axes
    for name in ("input", "post_attention"):
        yield f"model.layers.{{}}.{name}_layernorm.weight", [width]


def _gpt2_layer(shape: PretrainSpec) -> _Tensors:
    width, mlp = shape.hidden_size, shape.intermediate_size
    linear: dict[str, Any] = {
        "attn.c_attn": (width, 3 * width),
        "attn.c_proj": (width, width),
        "mlp.c_fc": (width, mlp),
        "mlp.c_proj": (mlp, width),
    }
    for name, axes in linear.items():
        yield f"transformer.h.{{}}.{name}.weight", list(axes)
        yield f"transformer.h.{{}}.{name}.bias", [axes[1]]
    for name in ("ln_1", "ln_2"):
        yield f"transformer.h.{{}}.{name}.weight", [width]
        yield f"transformer.h.{{}}.{name}.bias", [width]
