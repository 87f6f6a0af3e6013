"""The Unigram lattice: every piece over every span with its score, the best score at each place, the best
path.

The best way to a place is the best way to an earlier one plus the piece between (Viterbi). A character that
no piece spells alone has an unknown node, 10 below the lowest score of the vocabulary.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.loaded import LoadedTokenizer

MAX_CHARS = 20_000
_PENALTY = 10.0


@dataclass(frozen=True, eq=False)
class Lattice:
    """Node ``n`` is the piece ``ids[n]`` over characters ``start[n]`` to ``end[n]`` with ``score[n]``; where
    ``unknown[n]``, no piece spells that character and the node has the unknown id. ``best[position]`` is the
    best path's score up to there; ``path`` are the nodes of the best path, ``tokens`` what the library makes
    of it."""

    word: str
    start: np.ndarray
    end: np.ndarray
    ids: np.ndarray
    score: np.ndarray
    unknown: np.ndarray
    best: np.ndarray
    path: np.ndarray
    tokens: tuple[str, ...]


def lattice(tokenizer: LoadedTokenizer, word: str) -> Lattice:
    """``word`` is one piece of the pre-tokenizer's, for SentencePiece the normalised text.

    Raises GlassworksError for another kind of tokenizer, SpecError for a word that is too long.
    """
    if tokenizer.kind != "unigram":
        raise GlassworksError(f"{tokenizer.name} is a {tokenizer.kind} tokenizer; a lattice is Unigram's.")
    if len(word) > MAX_CHARS:
        raise SpecError("word", f"{len(word):,} characters", f"at most {MAX_CHARS:,} characters")
    pieces = tokenizer.unigram_pieces
    nodes: list[tuple[int, int, int, float, bool]] = []
    best, back = [0.0] + [None] * len(word), [-1] * (len(word) + 1)
    rounded = (lambda x: float(np.float32(x))) if pieces.single else float
    unknown = rounded(pieces.lowest - _PENALTY)
    for start in range(len(word)):
        found = pieces.from_place(word, start)
        alone = not any(end == start + 1 for end, _, _ in found)
        if alone:
            found.append((start + 1, pieces.unknown, unknown))
        for end, id_, score in found:
            total = best[start] + score
            if best[end] is None or total > best[end]:
                best[end], back[end] = rounded(total), len(nodes)
            nodes.append((start, end, id_, score, end == start + 1 and alone))
    path = _path(nodes, back, len(word))
    spelt = [word[nodes[n][0] : nodes[n][1]] for n in path]
    columns = list(zip(*nodes, strict=True)) or [()] * 5
    types = (np.int32, np.int32, np.int32, np.float64, bool)
    arrays = (np.array(column, dtype=type_) for column, type_ in zip(columns, types, strict=True))
    tokens = tuple(spell_unknown(tokenizer, spelt))
    return Lattice(word, *arrays, np.array(best), np.array(path, np.int32), tokens)


def _path(nodes: list[tuple[int, int, int, float, bool]], back: list[int], end: int) -> list[int]:
    path = []
    while end > 0:
        path.append(back[end])
        end = nodes[back[end]][0]
    return path[::-1]


def spell_unknown(tokenizer: LoadedTokenizer, parts: list[str]) -> list[str]:
    """Neighbouring unknown parts become one unknown token, or all their bytes where bytes are tokens."""
    vocab, unknown = tokenizer.model_vocab, tokenizer.special.get("unk_token", "<unk>")
    found, open_ = [], False
    for part in parts:
        if part in vocab and part != unknown:
            found.append(part)
            open_ = False
            continue
        spelt = [f"<0x{byte:02X}>" for byte in part.encode("utf-8")]
        if tokenizer.byte_fallback and all(byte in vocab for byte in spelt):
            found += spelt
        elif not open_:
            found.append(unknown)
        open_ = True
    return found


class UnigramPieces:
    """The vocabulary in order of spelling, so that the pieces that begin at a place are found by
    narrowing."""

    def __init__(self, tokenizer: LoadedTokenizer):
        proto = getattr(tokenizer.backend, "proto", None)
        self.single = proto is not None
        self.unknown = tokenizer.unk_id if tokenizer.unk_id is not None else -1
        rows = _from_proto(proto, tokenizer.scores) if proto else _from_vocab(tokenizer)
        self.lowest = rows[1]
        self._ordered = sorted(rows[0])
        self._known = {piece: (id_, score) for piece, id_, score in self._ordered}
        self._names = [piece for piece, _, _ in self._ordered]

    def from_place(self, word: str, start: int) -> list[tuple[int, int, float]]:
        """(end, id, score), the shortest first."""
        found, low = [], 0
        for end in range(start + 1, len(word) + 1):
            part = word[start:end]
            low = bisect_left(self._names, part, low)
            if low == len(self._names) or not self._names[low].startswith(part):
                break
            if part in self._known:
                found.append((end, *self._known[part]))
        return found


def _from_vocab(tokenizer: LoadedTokenizer):
    scores = tokenizer.scores
    rows = [(t, i, float(scores[i])) for t, i in tokenizer.model_vocab.items() if i < len(scores)]
    return rows, float(scores.min())


def _from_proto(proto, scores: np.ndarray):
    """User-defined pieces always win; control, unknown, byte and unused ones are never found in a text."""
    from pipelines.tokenization.sources.sentencepiece_proto import PieceType

    normal = [i for i, kind in enumerate(proto.types) if kind is PieceType.NORMAL]
    lowest, highest = (float(f(scores[normal])) if normal else 0.0 for f in (np.min, np.max))
    rows = [(proto.pieces[i], i, float(scores[i])) for i in normal]
    for id_ in proto.of_type(PieceType.USER_DEFINED):
        size = len(proto.pieces[id_].encode("utf-8"))
        rows.append((proto.pieces[id_], id_, float(np.float32(size) * np.float32(highest)) - 0.1))
    return rows, lowest
