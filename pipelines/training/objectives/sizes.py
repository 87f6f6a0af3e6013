"""How large a masked model and a span model are, and what a token costs them: by formula, nothing is built.

Standard library only, like :mod:`pipelines.training.size`, which asks here for these two architectures.
"""

from dataclasses import dataclass

from pipelines.training.specs import PretrainSpec

_SEGMENTS = 2  # BERT's embedding of "first or second text"
_BUCKETS = 32  # T5's relative positions are told apart in so many classes, for each head


@dataclass(frozen=True)
class SpanLengths:
    """How a window is split: ``hidden`` tokens in ``spans`` pieces. ``inputs`` is what the encoder then reads
    (a sentinel for each piece), ``targets`` what the decoder says: the pieces, each after its sentinel, then
    the sentinel that ends the last one and the end-of-text token.

    >>> span_lengths(128, 0.15, 3.0)
    SpanLengths(hidden=19, spans=6, inputs=115, targets=27)
    """

    hidden: int
    spans: int
    inputs: int
    targets: int


def span_lengths(window: int, share: float, mean_span: float) -> SpanLengths:
    """The same for every window of that length, so that all batches have one shape."""
    hidden = min(max(round(window * share), 1), window)
    # Two pieces need a token between them that stays, and each piece a token that goes.
    spans = max(1, min(round(hidden / mean_span), hidden, window - hidden + 1))
    return SpanLengths(hidden, spans, window - hidden + spans, hidden + spans + 2)


def sentinels_needed(spec: PretrainSpec) -> int:
    """How many sentinels the tokenizer of a t5 needs: one a span, and the one that ends the last."""
    contexts = (spec.context_length, *(stage.context for stage in spec.plan.stages))
    return max(span_lengths(c, spec.mask_share, spec.mean_span).spans for c in contexts) + 1


def masked_count(window: int, share: float) -> int:
    """Positions of a window that a masked model has to guess."""
    return min(max(round(window * share), 1), window)


def bert_parameters(spec: PretrainSpec, vocab: int) -> int:
    """Parameters of ``BertForMaskedLM`` without a pooler, its output matrix tied to the embedding."""
    width = spec.hidden_size
    embeddings = (vocab + spec.context_length + _SEGMENTS) * width + 2 * width
    head = width * width + width + 2 * width + vocab
    return embeddings + spec.num_layers * (_bert_matrices(spec) + _bert_vectors(spec)) + head


def t5_parameters(spec: PretrainSpec, vocab: int) -> int:
    """Parameters of ``T5ForConditionalGeneration`` with ``num_layers`` blocks on either side, one embedding
    for encoder, decoder and output."""
    width, layers = spec.hidden_size, spec.num_layers
    encoder = layers * (_t5_attention(spec) + _t5_mlp(spec) + 2 * width)
    decoder = layers * (2 * _t5_attention(spec) + _t5_mlp(spec) + 3 * width)
    return vocab * width + encoder + decoder + 2 * (_BUCKETS * spec.num_heads + width)


def bert_flops_per_token(spec: PretrainSpec, vocab: int) -> float:
    """Forward and backward for a token of text: 6 a weight that multiplies, 12 · width · context a layer for
    attention. The head runs at the masked positions alone."""
    width, context = spec.hidden_size, spec.context_length
    asked = masked_count(context, spec.mask_share) / context
    layers = spec.num_layers * (6.0 * _bert_matrices(spec) + 12.0 * width * context)
    return layers + 6.0 * asked * (width * width + vocab * width)


def t5_flops_per_token(spec: PretrainSpec, vocab: int) -> float:
    """Forward and backward for a token of text. The encoder reads what is left of a window, the decoder says
    what was hidden: together little more than one stack over the whole window."""
    width, context = spec.hidden_size, spec.context_length
    lengths = span_lengths(context, spec.mask_share, spec.mean_span)
    read, said = lengths.inputs, lengths.targets
    attention, mlp = _t5_attention(spec), _t5_mlp(spec)
    encoder = 6.0 * read * (attention + mlp) + 12.0 * width * read * read
    # In cross-attention the queries and the output belong to the decoder, keys and values to the encoder.
    across = 6.0 * (said + read) * attention / 2 + 12.0 * width * said * read
    decoder = 6.0 * said * (attention + mlp) + 12.0 * width * said * said + across
    return (spec.num_layers * (encoder + decoder) + 6.0 * said * vocab * width) / context


def _bert_matrices(spec: PretrainSpec) -> int:
    return 4 * spec.hidden_size**2 + 2 * spec.hidden_size * spec.intermediate_size


def _bert_vectors(spec: PretrainSpec) -> int:
    """Biases of the four projections and of the MLP, and two LayerNorms."""
    return 4 * spec.hidden_size + spec.intermediate_size + spec.hidden_size + 4 * spec.hidden_size


def _t5_attention(spec: PretrainSpec) -> int:
    return 4 * spec.hidden_size**2


def _t5_mlp(spec: PretrainSpec) -> int:
    """Gated: two matrices in, one out."""
    return 3 * spec.hidden_size * spec.intermediate_size
