"""Where the parts of a model are: its stacks of layers, in each layer what attends and what feeds forward.

Read off the modules by what all families have in common, so that a new one needs no entry here; tests hold
it to the families that we name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from torch import nn
from transformers.pytorch_utils import Conv1D

from pipelines.core.errors import GlassworksError
from pipelines.models.virtual import virtual_tokens

_ATTENDS = re.compile(r"attn|attention", re.IGNORECASE)
_CROSSES = re.compile(r"encdec|encoder_att|cross", re.IGNORECASE)
_NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "norm_f", "final_norm", "layer_norm")
_LINEAR = (nn.Linear, Conv1D)


@dataclass(frozen=True)
class Layer:
    """``attends`` holds by part (self, encoder, decoder or cross) the module that attends; ``writes`` the
    map through which each writes to the residual stream, that of the feed-forward part under mlp."""

    module: nn.Module
    attends: dict[str, nn.Module]
    writes: dict[str, nn.Module]


@dataclass(frozen=True)
class Stack:
    """``name`` is self, encoder or decoder; ``norm`` is what stands after the last layer, if anything.
    ``times`` is how often the layers are gone through: more than once where they share their weights."""

    name: str
    layers: tuple[Layer, ...]
    norm: nn.Module | None
    times: int = 1

    @property
    def depth(self) -> int:
        return len(self.layers) * self.times


@dataclass(frozen=True)
class Anatomy:
    stacks: tuple[Stack, ...]

    def stack(self, name: str) -> Stack:
        return next(stack for stack in self.stacks if stack.name == name)

    def of_part(self, part: str) -> Stack:
        """The stack whose layers have attention of this part."""
        return self.stack("decoder" if part == "cross" else part)

    @property
    def last(self) -> Stack:
        """The stack whose end the predictions are made from."""
        return self.stacks[-1]

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for stack in self.stacks for part in stack.layers[0].attends)

    @cached_property
    def part_of(self) -> dict[int, str]:
        """``id`` of a module → the part whose attention it belongs to."""
        return {
            id(inner): part
            for stack in self.stacks
            for layer in stack.layers
            for part, attends in layer.attends.items()
            for inner in attends.modules()
        }


def anatomy_of(model: nn.Module, name: str) -> Anatomy:
    """Raises :class:`GlassworksError`, with the model's name, for one without attention, and for one that
    attends to what is no token of the text."""
    if count := virtual_tokens(model):
        raise GlassworksError(
            f"{name} puts {count} virtual tokens before each text (prompt or prefix tuning). A text's tokens "
            "attend to these, which have no place in these views: look at its base."
        )
    two = bool(getattr(model.config, "is_encoder_decoder", False))
    found: dict[str, Stack] = {}
    for path, parent, layers in _lists(model):
        stack = _side(path) if two else "self"
        made = [_layer(layer, stack) for layer in layers]
        if stack and all(layer.attends for layer in made) and stack not in found:
            depth = getattr(model.config.get_text_config(), "num_hidden_layers", len(made))
            times = 1 if two else max(1, depth // len(made))
            found[stack] = Stack(stack, tuple(made), _norm(parent), times)
    if not found or (two and len(found) < 2):
        kind = getattr(model.config, "model_type", "this kind")
        raise GlassworksError(
            f"{name} has no attention that can be looked at: models of the kind {kind!r} work differently, "
            "at least in some of their layers. Choose a transformer."
        )
    order = ("encoder", "decoder") if two else ("self",)
    return Anatomy(tuple(found[stack] for stack in order))


def _lists(model: nn.Module) -> Iterator[tuple[str, nn.Module, nn.ModuleList]]:
    """Lists of modules from the outside in: the first that attends is the stack of layers."""
    modules = dict(model.named_modules())
    for path, module in modules.items():
        if isinstance(module, nn.ModuleList) and len(module):
            yield path, modules[path.rpartition(".")[0]], module


def _side(path: str) -> str:
    names = path.split(".")
    return next((side for side in ("encoder", "decoder") if side in names), "")


def _layer(module: nn.Module, stack: str) -> Layer:
    attends: dict[str, nn.Module] = {}
    inside: set[int] = set()
    for path, inner in module.named_modules():
        if id(inner) in inside or not _ATTENDS.search(path.rpartition(".")[2]) or not _linears(inner):
            continue
        inside |= {id(one) for one in inner.modules()}
        attends["cross" if _CROSSES.search(path) else stack] = inner
    writes = {part: _linears(inner)[-1] for part, inner in attends.items()}
    if others := [one for one in _linears(module) if id(one) not in inside]:
        writes["mlp"] = others[-1]
    elif mixture := getattr(module, "mlp", None):  # experts that hold their weights without linear modules
        writes["mlp"] = mixture
    return Layer(module, attends, writes)


def _linears(module: nn.Module) -> list[nn.Module]:
    return [one for one in module.modules() if isinstance(one, _LINEAR)]


def _norm(parent: nn.Module) -> nn.Module | None:
    return next((found for name in _NORMS if (found := getattr(parent, name, None)) is not None), None)
