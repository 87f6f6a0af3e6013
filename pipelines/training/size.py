"""How big a model of a spec is and what a token of it costs: by formula, without building it.

>>> from pipelines.training.specs import PretrainSpec
>>> size_of(PretrainSpec()).parameters
430560
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelines.core.files import read_json
from pipelines.models.entries import ModelEntry
from pipelines.training.objectives.sizes import (
    bert_flops_per_token,
    bert_parameters,
    t5_flops_per_token,
    t5_parameters,
)
from pipelines.training.specs import PretrainSpec
from pipelines.training.stages import Plan

_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")


@dataclass(frozen=True)
class Size:
    """``parameters`` counts tied weights once; ``flops_per_token`` takes the context and gives the arithmetic
    of a token, forward and backward: 6 a parameter that multiplies, and 12 · layers · width · context for
    attention. A tied embedding multiplies once, as the output matrix; learned positions never do."""

    parameters: int
    layers: int
    width: int
    flops_per_token: Callable[[int], float]

    def flops(self, plan: Plan) -> float:
        """Of a whole run."""
        return sum(
            stage.steps * plan.tokens_per_step(stage) * self.flops_per_token(stage.context)
            for stage in plan.stages
        )


def size_of(spec: PretrainSpec, vocab_size: int | None = None) -> Size:
    """Of a model with random weights; ``vocab_size`` replaces the spec's where a tokenizer is taken over."""
    vocab = spec.vocab_size if vocab_size is None else vocab_size
    count, flops = _FORMULAS[spec.architecture]
    return Size(
        count(spec, vocab),
        spec.num_layers,
        spec.hidden_size,
        lambda context: flops(replace(spec, context_length=context, stages=()), vocab),
    )


def size_of_entry(entry: ModelEntry) -> Size:
    """Of a model that is there, of any architecture; a token of an encoder–decoder passes half of it."""
    config = read_json((entry.config_folder or entry.path) / "config.json", {})
    config = config.get("text_config") or config
    layers, width = (next((int(config[k]) for k in keys if k in config), 0) for keys in (_LAYERS, _WIDTHS))
    passed = 0.5 if "seq2seq-lm" in entry.capabilities else 1.0
    return Size(
        entry.parameters,
        layers,
        width,
        lambda context: passed * (6.0 * entry.parameters + 12.0 * layers * width * context),
    )


def _decoder_flops(spec: PretrainSpec, vocab: int) -> float:
    count, _ = _FORMULAS[spec.architecture]
    positions = spec.context_length * spec.hidden_size if spec.architecture == "gpt2" else 0
    attention = 12.0 * spec.num_layers * spec.hidden_size * spec.context_length
    return 6.0 * (count(spec, vocab) - positions) + attention


def _gpt2_parameters(spec: PretrainSpec, vocab: int) -> int:
    width, mlp = spec.hidden_size, spec.intermediate_size
    attention = 3 * width * (width + 1) + width * (width + 1)
    block = attention + width * mlp + mlp + mlp * width + width + 4 * width
    return (vocab + spec.context_length) * width + spec.num_layers * block + 2 * width


def _llama_parameters(spec: PretrainSpec, vocab: int) -> int:
    width, mlp = spec.hidden_size, spec.intermediate_size
    shared = width // spec.num_heads * spec.num_kv_heads
    block = 2 * width * width + 2 * width * shared + 3 * width * mlp + 2 * width
    return vocab * width + spec.num_layers * block + width


_Formula = Callable[[PretrainSpec, int], float]
_FORMULAS: dict[str, tuple[Callable[[PretrainSpec, int], int], _Formula]] = {
    "llama": (_llama_parameters, _decoder_flops),
    "gpt2": (_gpt2_parameters, _decoder_flops),
    "bert": (bert_parameters, bert_flops_per_token),
    "t5": (t5_parameters, t5_flops_per_token),
}
