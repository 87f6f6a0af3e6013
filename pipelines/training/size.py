"""How big a model of a spec is and what a token of it costs: by formula, without building it.

>>> from pipelines.training.specs import PretrainSpec
>>> count_parameters(PretrainSpec())
430560
"""

from pipelines.training.specs import PretrainSpec


def count_parameters(spec: PretrainSpec, vocab_size: int | None = None) -> int:
    """Parameters with tied embeddings; ``vocab_size`` replaces the spec's where a tokenizer is taken over."""
    vocab = spec.vocab_size if vocab_size is None else vocab_size
    width, layers = spec.hidden_size, spec.num_layers
    if spec.architecture == "gpt2":
        return (vocab + spec.context_length) * width + layers * _gpt2_block(spec) + 2 * width
    return vocab * width + layers * _llama_block(spec) + width


def flops_per_token(spec: PretrainSpec, vocab_size: int | None = None) -> float:
    """Forward and backward: 6 a parameter that multiplies, and 12 · layers · width · context for attention.

    A tied embedding multiplies once, as the output matrix; learned positions never do.
    """
    positions = spec.context_length * spec.hidden_size if spec.architecture == "gpt2" else 0
    matrices = count_parameters(spec, vocab_size) - positions
    return 6.0 * matrices + 12.0 * spec.num_layers * spec.hidden_size * spec.context_length


def _gpt2_block(spec: PretrainSpec) -> int:
    width, mlp = spec.hidden_size, spec.intermediate_size
    attention = 3 * width * (width + 1) + width * (width + 1)
    return attention + width * mlp + mlp + mlp * width + width + 4 * width


def _llama_block(spec: PretrainSpec) -> int:
    width, mlp = spec.hidden_size, spec.intermediate_size
    shared = width // spec.num_heads * spec.num_kv_heads
    return 2 * width * width + 2 * width * shared + 3 * width * mlp + 2 * width
