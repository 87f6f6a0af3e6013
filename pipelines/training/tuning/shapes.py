"""What a method trains of a model, by the names and shapes in the headers of its files alone. Torch-free, so
that the page can say it before anything is loaded; :func:`pipelines.training.tuning.methods.count` builds the
model without weights and must come to the same numbers.

What is not in the files is the head of an encoder's task; its shapes are known here for the usual families.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.training.tuning.names import (
    TRANSPOSED,
    check_window,
    in_head,
    is_bias,
    nothing_for,
    past_of,
    scaled,
    targets,
    unfit_for_adapters,
)
from pipelines.training.tuning.specs import ADAPTERS, VIRTUAL, TuneSpec
from pipelines.training.tuning.tasks import task_named

LABELS = 2  # of a task whose rows were not read yet; each costs a row of the width

_EMBEDDING = re.compile(r"(^|\.)(wte|wpe|shared|embed_[a-z]+|\w*embeddings?)$")
_POOLED = (
    "bert",
    "albert",
    "ernie",
    "nezha",
    "megatron-bert",
    "mobilebert",
)  # classified by a pooler of the backbone
_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
_MLPS = ("intermediate_size", "n_inner", "ffn_dim", "hidden_dim", "d_ff", "ffn_hidden_size")


@dataclass(frozen=True)
class Linear:
    """A linear layer of the backbone: ``name`` without ``.weight``."""

    name: str
    inputs: int
    outputs: int


@dataclass(frozen=True)
class Shapes:
    """A model as its task would load it. ``parameters`` are all, tied ones once; ``biases`` and ``norms``
    those of the backbone; ``embedding_width`` numbers are a token's vector; ``head`` is what is trained
    beside it by any method, ``output_bias`` what only full tuning and bitfit reach."""

    model_type: str
    linear: tuple[Linear, ...]
    parameters: int
    biases: int
    norms: int
    embedding_width: int
    head: int
    output_bias: int
    past: tuple[int, int, int] | None = None  # layers, heads, width of the keys and values that it keeps
    window: int | None = None  # tokens that a layer looks back at most

    @property
    def linear_weights(self) -> int:
        return sum(layer.inputs * layer.outputs for layer in self.linear)


@dataclass(frozen=True)
class Counts:
    """``total`` includes what an adapter adds, ``adapter``."""

    trainable: int
    total: int
    adapter: int

    @property
    def percent(self) -> float:
        return 100 * self.trainable / self.total


def shapes_of(
    tensors: Mapping[str, Mapping[str, Any]], config: Mapping[str, Any], task: str, labels: int = LABELS
) -> Shapes:
    """From the files' headers (``pipelines.models.artifacts.read_tensors``) and ``config.json``."""
    kind = str(config["model_type"])
    backbone = {n: tuple(t["shape"]) for n, t in tensors.items() if _learnt(n, t, config, task)}
    linear = [
        _linear(n.removesuffix(".weight"), s, kind) for n, s in backbone.items() if _is_linear(n, s, kind)
    ]
    vectors = {
        n.removesuffix(".weight") for n, s in backbone.items() if n.endswith(".weight") and len(s) == 1
    }
    extra = list(_new_pooler(backbone, config, task))
    heads, output_bias = head_of(config, task, labels)
    return Shapes(
        kind,
        tuple(linear + extra),
        sum(math.prod(s) for s in backbone.values())
        + sum(_with_bias(e) for e in extra)
        + heads
        + output_bias,
        sum(math.prod(s) for n, s in backbone.items() if is_bias(n)) + sum(e.outputs for e in extra),
        sum(math.prod(s) for n, s in backbone.items() if n.rpartition(".")[0] in vectors),
        int(config.get("embedding_size") or config.get("word_embed_proj_dim") or width_of(config)),
        heads,
        output_bias,
        past_of(config),
        config.get("sliding_window"),
    )


def counts(shapes: Shapes, spec: TuneSpec) -> Counts:
    """Raises :class:`SpecError` as :func:`pipelines.training.tuning.methods.prepare` would."""
    adapter = _adapter(shapes, spec)
    if spec.method in ADAPTERS:  # PEFT keeps the old head beside the one that it trains
        return Counts(adapter + shapes.head, shapes.parameters + adapter + shapes.head, adapter)
    return Counts(_inside(shapes, spec.method), shapes.parameters, 0)


def head_of(config: Mapping[str, Any], task: str, labels: int = LABELS) -> tuple[int, int]:
    """(numbers of the head that is trained, bias of an output matrix that is tied to the embedding)."""
    width = width_of(config)
    kind = str(config["model_type"])
    if task == "fill":
        narrow = int(config.get("embedding_size") or width) if kind in ("albert", "electra") else width
        vocab = int(config.get("vocab_size") or 0)
        dense = width * narrow + (0 if kind == "modernbert" else narrow)
        return dense + (1 if kind == "modernbert" else 2) * narrow, vocab
    if task == "reward":
        return width, 0
    if task not in ("classify", "tag", "answer"):
        return 0, 0
    outputs = 2 if task == "answer" else labels
    last = width * outputs + outputs
    if kind == "modernbert":
        return width * width + width + last, 0
    between = task == "classify" and kind not in _POOLED
    return last + (width * width + width if between else 0), 0


def width_of(config: Mapping[str, Any]) -> int:
    return next((int(config[key]) for key in _WIDTHS if config.get(key)), 0)


def mlp_of(config: Mapping[str, Any]) -> int:
    """Units of the MLP; four times the width where the config does not say."""
    return next((int(config[key]) for key in _MLPS if config.get(key)), 4 * width_of(config))


def _learnt(name: str, tensor: Mapping[str, Any], config: Mapping[str, Any], task: str) -> bool:
    """Whether a tensor of the file is a parameter of what the task loads, an encoder's head left out."""
    if str(tensor.get("dtype", "")).startswith(("I", "U", "BOOL")) or len(tensor["shape"]) in (0, 4):
        return False  # positions and masks that old files keep
    if name.endswith("inv_freq"):
        return False
    if task_named(task).causal:
        return not (in_head(name) and config.get("tie_word_embeddings"))
    pooled = ".pooler." in f".{name}"
    return not in_head(name) and not (pooled and (task != "classify" or config["model_type"] not in _POOLED))


def _is_linear(name: str, shape: tuple[int, ...], kind: str) -> bool:
    module = name.removesuffix(".weight")
    return (
        name.endswith(".weight")
        and len(shape) == 2
        and not _EMBEDDING.search(module)
        and not in_head(module)
        and not unfit_for_adapters(kind, module)
        and not (kind == "gpt_oss" and module.endswith("router"))
    )


def _linear(name: str, shape: tuple[int, ...], kind: str) -> Linear:
    outputs, inputs = reversed(shape) if kind in TRANSPOSED else shape
    return Linear(name, inputs, outputs)


def _new_pooler(backbone: Mapping[str, Any], config: Mapping[str, Any], task: str) -> Iterator[Linear]:
    """The pooler that a classifier of this family starts anew where the file has none."""
    if task == "classify" and config["model_type"] in _POOLED and not any("pooler" in n for n in backbone):
        yield Linear("pooler.dense", width_of(config), width_of(config))


def _with_bias(layer: Linear) -> int:
    return (layer.inputs + 1) * layer.outputs


def _adapter(shapes: Shapes, spec: TuneSpec) -> int:
    """Numbers that an adapter adds; 0 for a method without one."""
    if spec.method not in ADAPTERS:
        return 0
    if spec.method in VIRTUAL:
        return _virtual(shapes, spec)
    layers = {layer.name: layer for layer in shapes.linear}
    if spec.method == "ia3":
        places, feedforward = scaled(layers, shapes.model_type)
        return sum(layers[n].inputs if n in feedforward else layers[n].outputs for n in places)
    chosen = [layers[name] for name in targets(layers, spec.target_modules)]
    if spec.method == "bottleneck":
        if shapes.model_type in TRANSPOSED:
            raise nothing_for("bottleneck", shapes.model_type)
        width = spec.bottleneck_width
        return sum(2 * width * (layer.outputs + spec.bottleneck_depth * width) for layer in chosen)
    lengths = sum(layer.outputs for layer in chosen) if spec.use_dora else 0
    vectors = len(set(spec.trainable_tokens)) * shapes.embedding_width
    return spec.lora_r * sum(layer.inputs + layer.outputs for layer in chosen) + lengths + vectors


def _virtual(shapes: Shapes, spec: TuneSpec) -> int:
    """Numbers of the virtual tokens: a vector each, or keys and values of each layer."""
    if shapes.past is None:
        raise nothing_for(spec.method, shapes.model_type)
    if spec.method == "prefix":
        check_window(spec.num_virtual_tokens, shapes.window)
    layers, heads, width = shapes.past
    each = shapes.embedding_width if spec.method == "prompt" else 2 * layers * heads * width
    return spec.num_virtual_tokens * each


def _inside(shapes: Shapes, method: str) -> int:
    """Numbers of the model itself that a method without an adapter trains."""
    if method == "full":
        return shapes.parameters
    found = shapes.biases if method == "bitfit" else shapes.norms
    if not found:
        raise nothing_for(method, shapes.model_type)
    return found + (shapes.output_bias if method == "bitfit" else 0) + shapes.head
