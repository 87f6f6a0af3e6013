"""Hidden spans, restored in order: what T5 models learn by (Raffel et al. 2020).

Some spans of a window are cut out, each replaced by a sentinel; the decoder says each sentinel and what stood
there. With ``<n>`` for sentinel n:

    window    Tom opened the box and found a red kite
    inputs    Tom <0> box and <1> red kite
    targets   <0> opened the <1> found a <2> <end of text>
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModelForSeq2SeqLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from pipelines.core.errors import GlassworksError
from pipelines.models.marks import MASKS, sentinel, sentinel_ids
from pipelines.training.objectives.base import Batch
from pipelines.training.objectives.quiet import quietly
from pipelines.training.objectives.seeded import generators
from pipelines.training.objectives.sizes import SpanLengths, sentinels_needed, span_lengths
from pipelines.training.specs import PretrainSpec

_SAMPLED = 24  # tokens that a sample may say for its gap: some spans' worth


class HiddenSpans:
    next_token = False
    auto_class = AutoModelForSeq2SeqLM

    def build(self, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
        """T5 with gated SiLU and ``num_layers`` blocks in the encoder and as many in the decoder; raises
        GlassworksError when the tokenizer has too few sentinels."""
        _enough(len(sentinel_ids(tokenizer)), sentinels_needed(spec))
        torch.manual_seed(spec.seed)
        return T5ForConditionalGeneration(_config(spec, tokenizer))

    def batch(self, ids: torch.Tensor, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> Batch:
        """``input_ids``[item, inputs], ``targets``[item, targets] and ``decoder_input_ids``, the targets one
        later. Both lengths are those of :func:`span_lengths`; the last of the ids is not used.
        """
        rows, marks = ids[:, :-1].numpy(), np.array(sentinel_ids(tokenizer), np.int64)
        lengths = span_lengths(rows.shape[1], spec.mask_share, spec.mean_span)
        _enough(len(marks), lengths.spans + 1)
        end = tokenizer.eos_token_id
        parts = [_spoilt(row, _hidden(rng, lengths), marks, end) for row, rng in generators(rows, spec.seed)]
        inputs, targets = (torch.from_numpy(np.stack(part)) for part in zip(*parts, strict=True))
        start = torch.full((len(targets), 1), tokenizer.pad_token_id)
        said = torch.cat([start, targets[:, :-1]], dim=1)
        return {"input_ids": inputs, "decoder_input_ids": said, "targets": targets}

    def loss(self, model: PreTrainedModel, batch: Batch, plain: bool = False) -> torch.Tensor:
        read, said = batch["input_ids"], batch["decoder_input_ids"]
        logits = model(input_ids=read, decoder_input_ids=said, use_cache=False).logits
        return cross_entropy(logits.flatten(0, 1).float(), batch["targets"].flatten())

    def samples(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, spec: PretrainSpec
    ) -> Iterator[tuple[str, str]]:
        """A prompt without a gap has its last word hidden; the likeliest filling of each gap is said."""
        marks = tokenizer.convert_ids_to_tokens(sentinel_ids(tokenizer))
        for prompt in spec.sample_prompts:
            text = with_sentinels(prompt, marks)
            with quietly(model):
                yield text, _restored(model, tokenizer, text, spec.context_length)

    def card_code(self, spec: PretrainSpec) -> str:
        return (
            "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n"
            'tokenizer = AutoTokenizer.from_pretrained(".")\n'
            'model = AutoModelForSeq2SeqLM.from_pretrained(".")\n'
            f'text = tokenizer("The little {sentinel(0)} barked.", return_tensors="pt").input_ids\n'
            "print(tokenizer.decode(model.generate(text, max_new_tokens=20)[0]))"
        )


def with_sentinels(prompt: str, marks: list[str]) -> str:
    """The prompt with its gaps as sentinels in their order; without any, its last word is hidden.

    >>> with_sentinels("The [MASK] dog [MASK]", ["<0>", "<1>"]), with_sentinels("The little dog", ["<0>"])
    ('The <0> dog <1>', 'The little <0>')
    """
    if any(mark in prompt for mark in marks):
        return prompt
    left = iter(marks)
    if MASKS.search(prompt):
        return MASKS.sub(lambda found: next(left, found.group()), prompt)
    return " ".join([*prompt.split()[:-1], marks[0]])


def _hidden(rng: np.random.Generator, lengths: SpanLengths) -> np.ndarray:
    """hidden[position]: exactly ``lengths.spans`` runs of True, ``lengths.hidden`` in all.

    Between two runs stands a token at least; before the first and after the last there may be none.
    """
    window = lengths.inputs - lengths.spans + lengths.hidden
    gone = _parts(rng, lengths.hidden, lengths.spans)
    stays = _parts(rng, window - lengths.hidden + 2, lengths.spans + 1)
    stays[[0, -1]] -= 1
    turns = np.zeros(2 * lengths.spans + 1, np.int64)
    turns[0::2], turns[1::2] = stays, gone
    return np.repeat(np.arange(len(turns)) % 2 == 1, turns)


def _parts(rng: np.random.Generator, total: int, count: int) -> np.ndarray:
    """``count`` whole numbers of at least 1 that add up to ``total``, every such row equally likely."""
    cuts = np.sort(rng.choice(total - 1, count - 1, replace=False)) + 1
    return np.diff(np.concatenate([[0], cuts, [total]]))


def _spoilt(
    row: np.ndarray, hidden: np.ndarray, marks: np.ndarray, end: int
) -> tuple[np.ndarray, np.ndarray]:
    """What the encoder reads and what the decoder says of one window."""
    begins = hidden & ~np.concatenate([[False], hidden[:-1]])
    number = np.cumsum(begins) - 1  # of the span that a position is in or after
    inputs = np.where(begins, marks[number], row)[~hidden | begins]
    spans = int(begins.sum())
    starts = np.flatnonzero(begins[hidden])  # where, among the hidden tokens, each span begins
    targets = np.insert(row[hidden], starts, marks[:spans])
    return inputs, np.concatenate([targets, [marks[spans], end]])


def _config(spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> T5Config:
    return T5Config(
        vocab_size=len(tokenizer),
        d_model=spec.hidden_size,
        d_kv=spec.hidden_size // spec.num_heads,
        d_ff=spec.intermediate_size,
        num_layers=spec.num_layers,
        num_decoder_layers=spec.num_layers,
        num_heads=spec.num_heads,
        dropout_rate=spec.dropout,
        feed_forward_proj="gated-silu",
        n_positions=spec.context_length,  # what it was trained on; relative positions set no limit
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )


def _enough(there: int, needed: int) -> None:
    if there < needed:
        raise GlassworksError(
            f"These settings hide up to {needed - 1} spans of a window, for which the tokenizer of a t5 "
            f"needs {needed} reserved tokens <|extra_0|>, <|extra_1|> …; this one has {there}. Learn a "
            "tokenizer here (tokenizer='train'), or raise mean_span, or lower mask_share or context_length."
        )


def _restored(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, text: str, context: int) -> str:
    """The decoder's likeliest words for each gap, as ``first · second``."""
    marks = sentinel_ids(tokenizer)
    ids = tokenizer(text, add_special_tokens=False).input_ids[:context]
    gaps = [mark for mark in marks if mark in ids]
    given = torch.tensor([ids or marks[:1]], device=model.device)
    made = model.generate(
        given,
        attention_mask=torch.ones_like(given),
        decoder_start_token_id=tokenizer.pad_token_id,
        do_sample=False,
        max_new_tokens=_SAMPLED * max(1, len(gaps)),
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )[0].tolist()
    return " · ".join(_said(made, mark, marks, tokenizer) for mark in gaps)


def _said(made: list[int], mark: int, marks: list[int], tokenizer: PreTrainedTokenizerFast) -> str:
    """What follows this sentinel, up to the next one; … where the decoder never came to it."""
    if mark not in made:
        return "…"
    after = made[made.index(mark) + 1 :]
    end = next((i for i, id_ in enumerate(after) if id_ in marks), len(after))
    return tokenizer.decode(after[:end], skip_special_tokens=True).strip() or "(nothing)"
