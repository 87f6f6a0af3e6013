"""Masked tokens, guessed from both sides: what BERT models learn by (Devlin et al. 2019).

Of the tokens that are to be guessed, 80 % are hidden behind the mask, 10 % are replaced by a random token and
10 % are left as they are, so that the model may trust no token blindly. The head with its row a vocabulary
word runs at those positions alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModelForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from pipelines.core.errors import GlassworksError
from pipelines.models.marks import MASKS, mask_id
from pipelines.training.objectives.base import Batch
from pipelines.training.objectives.quiet import quietly
from pipelines.training.objectives.seeded import generators
from pipelines.training.objectives.sizes import masked_count
from pipelines.training.specs import PretrainSpec

IGNORED = -100  # a target that does not count, as everywhere in torch
_HIDDEN, _RANDOM = 0.8, 0.1  # the rest is left as it is
_SHOWN = 5  # guesses of a sample


class MaskedTokens:
    next_token = False
    auto_class = AutoModelForMaskedLM

    def build(self, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
        """BERT with learned positions; raises GlassworksError for a tokenizer that has no mask."""
        vocabulary_of(tokenizer)
        torch.manual_seed(spec.seed)
        return BertForMaskedLM(_config(spec, tokenizer))

    def batch(self, ids: torch.Tensor, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> Batch:
        """``input_ids``[item, context], ``positions``[item, asked] and, there, ``targets``[item, asked].

        Every row asks for the same number of positions. A row with too few ordinary tokens for that asks for
        special ones too, whose targets do not count. The last of the ``context + 1`` ids is not used.
        """
        rows = ids[:, :-1].numpy()
        words = vocabulary_of(tokenizer)
        asked = masked_count(rows.shape[1], spec.mask_share)
        hidden = [drawn(row, rng, asked, words) for row, rng in generators(rows, spec.seed)]
        inputs, positions, targets = (torch.from_numpy(np.stack(part)) for part in zip(*hidden, strict=True))
        if bool((targets == IGNORED).all()):  # nothing but special tokens: let the loss be a number
            targets[0, 0] = ids[0, positions[0, 0]]
        return {"input_ids": inputs, "positions": positions, "targets": targets}

    def loss(self, model: PreTrainedModel, batch: Batch, plain: bool = False) -> torch.Tensor:
        logits = logits_at(model, batch["positions"], input_ids=batch["input_ids"])
        return cross_entropy(logits.flatten(0, 1).float(), batch["targets"].flatten(), ignore_index=IGNORED)

    def samples(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, spec: PretrainSpec
    ) -> Iterator[tuple[str, str]]:
        """A prompt without a mask has its last word hidden; what is guessed stands with its probability."""
        for prompt in spec.sample_prompts:
            text = with_a_gap(prompt, tokenizer.convert_ids_to_tokens(mask_id(tokenizer)))
            ids = tokenizer(text, add_special_tokens=False).input_ids[: spec.context_length]
            with quietly(model):
                yield text, _guesses(model, tokenizer, ids)

    def card_code(self, spec: PretrainSpec) -> str:
        return (
            "from transformers import pipeline\n"
            'fill = pipeline("fill-mask", model=".")\n'
            'for guess in fill(f"The little {fill.tokenizer.mask_token} barked."):\n'
            '    print(guess["token_str"], guess["score"])'
        )


def with_a_gap(prompt: str, mask: str) -> str:
    """The prompt with its marks as this tokenizer's mask; without any, its last word is hidden.

    >>> with_a_gap("The little dog", "<|mask|>"), with_a_gap("The [MASK] dog", "<|mask|>")
    ('The little <|mask|>', 'The <|mask|> dog')
    """
    if MASKS.search(prompt):
        return MASKS.sub(lambda _: mask, prompt)
    return " ".join([*prompt.split()[:-1], mask])


@dataclass(frozen=True)
class Vocabulary:
    """``special``[id] says which tokens are never asked for; ``ordinary`` are the ids of the others."""

    mask: int
    special: np.ndarray
    ordinary: np.ndarray


@lru_cache(maxsize=2)
def vocabulary_of(tokenizer: PreTrainedTokenizerFast) -> Vocabulary:
    mask = mask_id(tokenizer)
    if mask is None:
        raise GlassworksError(
            "A bert model needs a tokenizer with a mask token, and this one has none. Learn a tokenizer here "
            "(tokenizer='train'), or take one over from a model that has a mask, such as a masked one."
        )
    special = np.zeros(len(tokenizer), bool)
    special[[*tokenizer.all_special_ids, mask]] = True
    return Vocabulary(mask, special, np.flatnonzero(~special))


def drawn(
    row: np.ndarray, rng: np.random.Generator, asked: int, words: Vocabulary
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One row: what the model sees, which positions it is asked for, and what stood there."""
    special = words.special[row]
    positions = np.sort(np.argsort(rng.random(len(row)) + special)[:asked])  # special ones come last
    targets = np.where(special[positions], IGNORED, row[positions])
    fate, inputs = rng.random(asked), row.copy()
    other = words.ordinary[rng.integers(len(words.ordinary), size=asked)]
    seen = np.where(fate < _HIDDEN, words.mask, np.where(fate < _HIDDEN + _RANDOM, other, row[positions]))
    inputs[positions] = np.where(special[positions], row[positions], seen)
    return inputs, positions, targets


def logits_at(model: torch.nn.Module, positions: torch.Tensor, **given: torch.Tensor) -> torch.Tensor:
    """logits[item, asked, token] of what the model is ``given``. A model inside a wrapper (of several
    processes) or of another kind is called as a whole, and what was not asked for is dropped: the same
    numbers, more memory."""
    if isinstance(model, BertForMaskedLM):
        return model.cls(_rows_at(model.bert(**given).last_hidden_state, positions))
    return _rows_at(model(**given).logits, positions)


def _rows_at(values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """values[item, position, unit] → values[item, asked, unit]."""
    return values.gather(1, positions[..., None].expand(-1, -1, values.shape[-1]))


def _config(spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> BertConfig:
    ends_pad = (
        tokenizer.pad_token_id == tokenizer.eos_token_id
    )  # then padding has no row of its own to freeze
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=spec.hidden_size,
        num_hidden_layers=spec.num_layers,
        num_attention_heads=spec.num_heads,
        intermediate_size=spec.intermediate_size,
        max_position_embeddings=spec.context_length,
        hidden_dropout_prob=spec.dropout,
        attention_probs_dropout_prob=spec.dropout,
        tie_word_embeddings=True,
        pad_token_id=None if ends_pad else tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def _guesses(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, ids: list[int]) -> str:
    """``dog 41 % · cat 9 %`` for each mask, one a line."""
    logits = model(input_ids=torch.tensor([ids], device=model.device)).logits[0]
    lines = []
    for place in (i for i, id_ in enumerate(ids) if id_ == mask_id(tokenizer)):
        best = logits[place].float().softmax(-1).topk(_SHOWN)
        named = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        lines.append(" · ".join(f"{_name(tokenizer, id_)} {100 * p:.0f} %" for id_, p in named))
    return "\n".join(lines)


def _name(tokenizer: PreTrainedTokenizerFast, id_: int) -> str:
    return tokenizer.decode([id_]).strip() or tokenizer.convert_ids_to_tokens(id_)
