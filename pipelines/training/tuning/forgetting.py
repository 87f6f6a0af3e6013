"""What a model has forgotten: measured before and after tuning on text that has nothing to do with the rows.

Two measures: the perplexity on held-out documents of the bundled sample, and how often the model finds the
right one of two sentences likelier, which differ in one word or in their order (as in BLiMP, Warstadt et al.
2020; the sentences are our own).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerFast

from pipelines.core.settings import REPOSITORY, Settings
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents
from pipelines.training.data import split_rule
from pipelines.training.measure import bits_per_byte, perplexity
from pipelines.training.tuning.rows import Rows, gathered

PAIRS_FILE = REPOSITORY / "assets" / "samples" / "minimal_pairs.json"
_SHARE, _SEED = 0.05, 0  # of the sample's documents, those that a pretraining with default settings holds out
_TOKENS, _CONTEXT = 4_096, 512

Score = Callable[[Rows], tuple[np.ndarray, np.ndarray]]  # (summed nats, learnt tokens) by row


@dataclass(frozen=True)
class General:
    """``loss`` in nats a token; ``accuracy`` is the share of ``pairs`` whose right sentence was likelier."""

    loss: float
    perplexity: float
    bits_per_byte: float
    accuracy: float
    pairs: int


class GeneralText:
    """The texts of the check, encoded for one model. ``measure`` gives its :class:`General`."""

    def __init__(self, settings: Settings, tokenizer: PreTrainedTokenizerFast, context: int):
        self._tokenizer, self._window = tokenizer, min(_CONTEXT, context)
        start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._start = [] if start is None else [start]
        self._text = self._rows(_held_out(settings), _TOKENS)
        self._bytes = sum(
            len(tokenizer.decode(self._text.learnt(place), skip_special_tokens=True).encode())
            for place in range(len(self._text))
        )
        pairs = json.loads(PAIRS_FILE.read_text(encoding="utf-8"))["pairs"]
        self._good = self._rows((pair["good"] for pair in pairs), None)
        self._bad = self._rows((pair["bad"] for pair in pairs), None)

    def measure(self, score: Score) -> General:
        nats, counts = score(self._text)
        loss = float(nats.sum() / counts.sum())
        per_byte = bits_per_byte(loss, self._bytes / counts.sum())
        right = score(self._good)[0] < score(self._bad)[0]
        return General(loss, perplexity(loss), float(per_byte), float(right.mean()), len(right))

    def _rows(self, texts: Iterator[str], tokens: int | None) -> Rows:
        return gathered(self._encoded(texts, tokens))

    def _encoded(self, texts: Iterator[str], tokens: int | None) -> Iterator[tuple[int, Any, Any]]:
        read = 0
        for number, text in enumerate(texts):
            ids = [*self._start, *self._tokenizer(text, add_special_tokens=False).input_ids][: self._window]
            yield number, ids, [True] * len(ids)
            read += len(ids)
            if tokens is not None and read >= tokens:
                return


def _held_out(settings: Settings) -> Iterator[str]:
    file = CorpusStore(settings).path("sample")
    rule = split_rule(documents(file), _SHARE, _SEED)
    return (text for text in documents(file) if rule.holds_out(text))
