"""Documents → one long row of token ids on disk → fixed windows for training and validation.

Documents are joined with the end-of-text token. The split is by document and by content: a text that
occurs twice falls on the same side twice, so that validation measures text that was never trained on.
Knows nothing about models.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json, write_json
from pipelines.training.measure import EVAL_TOKENS
from pipelines.training.stages import Plan, Stage

_ENCODE_AT_ONCE = 512


@dataclass(frozen=True)
class SplitRule:
    """A document is held out when the fraction that its hash stands for is at most ``threshold``."""

    seed: int
    threshold: float

    def holds_out(self, text: str) -> bool:
        return _fraction(self.seed, text) <= self.threshold


@dataclass(frozen=True)
class DataInfo:
    """What was encoded. Bytes are those of the UTF-8 text; tokens count the end-of-text tokens too."""

    dtype: str
    train_documents: int
    validation_documents: int
    train_tokens: int
    validation_tokens: int
    validation_bytes: int

    @property
    def bytes_per_token(self) -> float:
        return self.validation_bytes / self.validation_tokens


def split_rule(texts: Iterable[str], share: float, seed: int) -> SplitRule:
    """The rule that holds out about ``share`` of the documents, and never none or all of them."""
    low, high = 2.0, -1.0
    for text in texts:
        fraction = _fraction(seed, text)
        low, high = min(low, fraction), max(high, fraction)
    if low >= high:
        raise GlassworksError(
            "The corpus holds a single document; validation needs at least two different ones. "
            "Separate texts by blank lines or by <|endoftext|>, or add more text."
        )
    return SplitRule(seed, share if low <= share < high else low)


def encode(
    texts: Iterable[str],
    tokenizer: PreTrainedTokenizerFast,
    rule: SplitRule,
    folder: Path,
    tick: Callable[[int], None] = lambda done: None,
) -> DataInfo:
    """Write ``train.bin`` and ``validation.bin``; ``data.json``, written last, says that they are whole."""
    folder.mkdir(parents=True, exist_ok=True)
    dtype = np.uint16 if len(tokenizer) <= 2**16 else np.uint32
    counts = {False: [0, 0, 0], True: [0, 0, 0]}  # held out? → documents, tokens, bytes
    with (folder / "train.bin").open("wb") as train, (folder / "validation.bin").open("wb") as held:
        for group in _groups(texts, _ENCODE_AT_ONCE):
            for text, ids in zip(group, _encoded(group, tokenizer), strict=True):
                side = rule.holds_out(text)
                np.asarray(ids, dtype).tofile(held if side else train)
                for i, amount in enumerate((1, len(ids), len(text.encode()) + 1)):
                    counts[side][i] += amount
            tick(counts[False][0] + counts[True][0])
    info = DataInfo(
        np.dtype(dtype).name,
        counts[False][0],
        counts[True][0],
        counts[False][1],
        counts[True][1],
        counts[True][2],
    )
    write_json(folder / "data.json", asdict(info))
    return info


def encoded_before(folder: Path) -> DataInfo | None:
    """What :func:`encode` left in the folder, or None if it did not finish."""
    values = read_json(folder / "data.json")
    return DataInfo(**values) if values else None


def _encoded(texts: list[str], tokenizer: PreTrainedTokenizerFast) -> Iterator[list[int]]:
    for row in tokenizer.backend_tokenizer.encode_batch_fast(texts, add_special_tokens=False):
        yield [*row.ids, tokenizer.eos_token_id]


def _groups(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    source = iter(texts)
    while group := list(islice(source, size)):
        yield group


def _fraction(seed: int, text: str) -> float:
    digest = hashlib.blake2b(f"{seed}:{text}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


class Windows(torch.utils.data.Dataset):
    """Every window of one row of tokens once, in order: item → ``context + 1`` ids, the inputs and, one
    later, the targets. Thinned evenly to about ``EVAL_TOKENS``: what validation reads."""

    def __init__(self, row: np.ndarray, context: int):
        self._row = row
        self.context = min(context, len(row) - 1)
        self._count = (len(row) - 1) // self.context
        self._items = min(self._count, max(8, EVAL_TOKENS // context))

    def __len__(self) -> int:
        return self._items

    def __getitems__(self, items: list[int]) -> torch.Tensor:
        """ids[item, position], int64: the whole batch in one piece."""
        starts = [item * self._count // self._items * self.context for item in items]
        rows = [self._row[s : s + self.context + 1] for s in starts]
        return torch.from_numpy(np.stack(rows).astype(np.int64))


class Shuffled:
    """An endless deck of the windows of one row, shuffled anew for each pass by ``seed`` alone, so that draw
    1,000 is the same window whether or not the run was interrupted before."""

    def __init__(self, row: np.ndarray, context: int, seed: tuple[int, ...]):
        self._row, self._context, self._seed = row, min(context, len(row) - 1), seed
        self._count = (len(row) - 1) // self._context
        self._pass = lru_cache(maxsize=2)(self._shuffle)

    def __getitem__(self, draw: int) -> np.ndarray:
        """ids[context + 1] of draw number ``draw``."""
        number, place = divmod(draw, self._count)
        offset, order = self._pass(number)
        start = offset + int(order[place]) * self._context
        return self._row[start : start + self._context + 1]

    def _shuffle(self, number: int) -> tuple[int, np.ndarray]:
        """Where the windows of pass ``number`` begin, and their order."""
        rng = np.random.default_rng((*self._seed, number))
        spare = len(self._row) - 1 - self._count * self._context
        return int(rng.integers(spare + 1)), rng.permutation(self._count)


class Deck(torch.utils.data.Dataset):
    """What a run reads, batch after batch: item ``m`` is the whole batch of the ``m``-th forward pass, over
    all ``processes``, so that a stage may have a context and a batch of its own.

    ``second`` is the row that a stage's ``second_share`` is drawn from; the two are interleaved evenly.
    """

    def __init__(
        self,
        plan: Plan,
        first: np.ndarray,
        second: np.ndarray | None,
        seed: tuple[int, ...] = (0,),
        processes: int = 1,
    ):
        self._plan, self._rows, self._seed, self._processes = plan, (first, second), seed, processes
        self._shuffled = lru_cache(maxsize=None)(self._deck)

    def __len__(self) -> int:
        return self._plan.steps * self._plan.passes * self._processes

    def __getitem__(self, item: int) -> torch.Tensor:
        """ids[sequence, context + 1], int64."""
        each = self._plan.passes * self._processes
        step, part = divmod(item, each)
        stage = self._plan.stage_at(step)
        size = stage.batch_size // self._processes
        before = (step - stage.first) * each * size + part * size
        ids = [self._draw(stage, before + k) for k in range(size)]
        return torch.from_numpy(np.stack(ids).astype(np.int64))

    def _draw(self, stage: Stage, number: int) -> np.ndarray:
        """Sequence ``number`` of the stage: of the first ``n``, floor(n · share) are from the second row."""
        taken = math.floor(number * stage.second_share)
        is_second = math.floor((number + 1) * stage.second_share) > taken
        draw = taken if is_second else number - taken
        return self._shuffled(int(is_second), stage)[draw]

    def _deck(self, which: int, stage: Stage) -> Shuffled:
        return Shuffled(self._rows[which], stage.context, (*self._seed, stage.first))
