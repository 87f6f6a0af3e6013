"""The merges of one word, step by step: of all neighbours that may be merged, the pair of lowest rank first.

>>> [(step.left, step.right, step.rank) for step in replay_bpe(tokenizer, "low").steps]   # doctest: +SKIP
[('l', 'o', 0), ('lo', 'w', 4)]
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.loaded import LoadedTokenizer

MAX_CHARS = 20_000
Merge = Callable[[str, str], tuple[float, str] | None]


@dataclass(frozen=True)
class Step:
    """The pieces number ``at`` and ``at + 1`` become one; ``rank`` is the merge's place in its list, for
    SentencePiece minus the piece's score."""

    at: int
    left: str
    right: str
    merged: str
    rank: float


@dataclass(frozen=True)
class BpeReplay:
    """``symbols`` are what merging begins with, ``tokens`` what it ends with. ``whole`` says that the word is
    a token itself and was taken without merging."""

    word: str
    symbols: tuple[str, ...]
    steps: tuple[Step, ...]
    tokens: tuple[str, ...]
    whole: bool = False

    def pieces(self, step: int) -> list[str]:
        """The pieces after the first ``step`` merges."""
        found = list(self.symbols)
        for one in self.steps[:step]:
            found[one.at : one.at + 2] = [one.merged]
        return found


def replay_bpe(tokenizer: LoadedTokenizer, word: str) -> BpeReplay:
    """``word`` is one piece of the pre-tokenizer's (``Ġlow``), for SentencePiece the normalised text.

    Raises GlassworksError for another kind of tokenizer, SpecError for a word that is too long.
    """
    if tokenizer.kind != "bpe":
        raise GlassworksError(f"{tokenizer.name} is a {tokenizer.kind} tokenizer; merges are BPE's.")
    if len(word) > MAX_CHARS:
        raise SpecError("word", f"{len(word):,} characters", f"at most {MAX_CHARS:,} characters")
    if tokenizer.source == "sentencepiece":
        from pipelines.tokenization.replay.bpe_sentencepiece import replay_sentencepiece

        return replay_sentencepiece(tokenizer, word)
    vocab = tokenizer.model_vocab
    if tokenizer.definition["model"].get("ignore_merges") and word in vocab:
        return BpeReplay(word, (word,), (), (word,), whole=True)
    symbols = _symbols(tokenizer, word)
    steps, tokens = merge_all(symbols, _listed(tokenizer))
    return BpeReplay(word, tuple(symbols), tuple(steps), tuple(tokens))


def merge_all(
    symbols: Sequence[str], merge: Merge, frozen: frozenset[int] = frozenset()
) -> tuple[list[Step], list[str]]:
    """Merge until nothing can be; ``merge`` gives a pair's (rank, result), the leftmost of equals goes first.
    The symbols numbered in ``frozen`` are never merged."""
    parts: list[str | None] = list(symbols)
    before, after = list(range(-1, len(parts) - 1)), [*range(1, len(parts)), -1]
    places = _Places(len(parts))
    heap: list[tuple[float, int, int, str, str, str]] = []

    def offer(left: int, right: int) -> None:
        if left < 0 or right < 0 or left in frozen or right in frozen:
            return
        if found := merge(parts[left], parts[right]):
            heapq.heappush(heap, (found[0], left, right, parts[left], parts[right], found[1]))

    for left in range(len(parts) - 1):
        offer(left, left + 1)
    steps = []
    while heap:
        rank, left, right, one, two, merged = heapq.heappop(heap)
        if parts[left] != one or parts[right] != two or after[left] != right:
            continue
        steps.append(Step(places.before(left), one, two, merged, rank))
        parts[left], parts[right], after[left] = merged, None, after[right]
        places.remove(right)
        if after[left] >= 0:
            before[after[left]] = left
        offer(before[left], left)
        offer(left, after[left])
    return steps, [part for part in parts if part is not None]


class _Places:
    """How many symbols still stand before one: a Fenwick tree, so that a long word stays fast."""

    def __init__(self, size: int):
        self._tree = [0, *(at & -at for at in range(1, size + 1))]

    def before(self, index: int) -> int:
        total = 0
        while index > 0:
            total += self._tree[index]
            index &= index - 1
        return total

    def remove(self, index: int) -> None:
        index += 1
        while index < len(self._tree):
            self._tree[index] -= 1
            index += index & -index


def _listed(tokenizer: LoadedTokenizer) -> Merge:
    ranks, prefix = tokenizer.merge_ranks, len(tokenizer.continuing_prefix)

    def merge(left: str, right: str) -> tuple[float, str] | None:
        rank = ranks.get((left, right))
        return None if rank is None else (rank, left + right[prefix:])

    return merge


def _symbols(tokenizer: LoadedTokenizer, word: str) -> list[str]:
    """One symbol a character, with what marks the word's inside and end; unknown ones as the model says."""
    model, vocab = tokenizer.definition["model"], tokenizer.model_vocab
    unknown, found, fused = model.get("unk_token"), [], False
    for at, char in enumerate(word):
        symbol = char if at == 0 else tokenizer.continuing_prefix + char
        symbol += tokenizer.end_of_word_suffix if at == len(word) - 1 else ""
        as_bytes = [f"<0x{byte:02X}>" for byte in char.encode("utf-8")]
        if symbol in vocab:
            found.append(symbol)
            fused = False
        elif tokenizer.byte_fallback and all(byte in vocab for byte in as_bytes):
            found += as_bytes
            fused = False
        elif unknown is not None and not (fused and model.get("fuse_unk")):
            found.append(unknown)
            fused = True
    return found
