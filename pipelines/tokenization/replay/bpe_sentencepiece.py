"""SentencePiece's BPE: any neighbours that together spell a piece may merge, the piece of highest score
first."""

from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.replay.bpe import BpeReplay, Merge, merge_all
from pipelines.tokenization.replay.unigram import spell_unknown
from pipelines.tokenization.sources.sentencepiece_proto import PieceType


def replay_sentencepiece(tokenizer: LoadedTokenizer, text: str) -> BpeReplay:
    """``text`` is normalised. Pieces that the user defined stand whole and never merge; an unused piece comes
    apart into what it was merged from."""
    proto, ids = tokenizer.backend.proto, tokenizer.backend.get_vocab()
    symbols, frozen = _symbols(text, {proto.pieces[i] for i in proto.of_type(PieceType.USER_DEFINED)})
    halves: dict[str, tuple[str, str]] = {}
    steps, parts = merge_all(symbols, _scored(tokenizer, ids, halves), frozen)
    tokens = [token for part in parts for token in _used(part, proto, ids, halves)]
    return BpeReplay(text, tuple(symbols), tuple(steps), tuple(spell_unknown(tokenizer, tokens)))


def _scored(tokenizer: LoadedTokenizer, ids: dict[str, int], halves: dict[str, tuple[str, str]]) -> Merge:
    proto = tokenizer.backend.proto
    mergeable = (PieceType.NORMAL, PieceType.USER_DEFINED, PieceType.UNUSED)

    def merge(left: str, right: str) -> tuple[float, str] | None:
        id_ = ids.get(left + right)
        if id_ is None or proto.types[id_] not in mergeable:
            return None
        if proto.types[id_] is PieceType.UNUSED:
            halves[left + right] = left, right
        return -float(tokenizer.scores[id_]), left + right

    return merge


def _symbols(text: str, defined: set[str]) -> tuple[list[str], frozenset[int]]:
    by_length = sorted(defined, key=len, reverse=True)
    symbols, frozen, at = [], set(), 0
    while at < len(text):
        whole = next((piece for piece in by_length if text.startswith(piece, at)), None)
        if whole:
            frozen.add(len(symbols))
        symbols.append(whole or text[at])
        at += len(symbols[-1])
    return symbols, frozenset(frozen)


def _used(part: str, proto, ids: dict[str, int], halves: dict[str, tuple[str, str]]) -> list[str]:
    waiting, found = [part], []
    while waiting:
        piece = waiting.pop()
        id_ = ids.get(piece)
        if id_ is not None and proto.types[id_] is PieceType.UNUSED and piece in halves:
            waiting += reversed(halves[piece])
        else:
            found.append(piece)
    return found
