"""Greedy longest match: from each place the longest piece that the vocabulary has, every candidate listed."""

from dataclasses import dataclass

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.loaded import LoadedTokenizer

MAX_CHARS = 500  # all candidates together have up to a sixth of its cube characters


@dataclass(frozen=True)
class Match:
    """From character ``start`` the ``candidates`` were looked up in this order; ``token`` is the last of
    them, None when none of them is in the vocabulary."""

    start: int
    candidates: tuple[str, ...]
    token: str | None


@dataclass(frozen=True)
class WordPieceReplay:
    """``why`` says why the whole word became unknown, empty where it did not."""

    word: str
    matches: tuple[Match, ...]
    tokens: tuple[str, ...]
    why: str = ""


def replay_wordpiece(tokenizer: LoadedTokenizer, word: str) -> WordPieceReplay:
    """``word`` is one piece of the pre-tokenizer's. Raises GlassworksError for another kind of tokenizer."""
    if tokenizer.kind != "wordpiece":
        raise GlassworksError(
            f"{tokenizer.name} is a {tokenizer.kind} tokenizer; longest match is WordPiece's."
        )
    model, vocab = tokenizer.definition["model"], tokenizer.model_vocab
    unknown, longest = model["unk_token"], model.get("max_input_chars_per_word", 100)
    if len(word) > longest:
        return WordPieceReplay(
            word, (), (unknown,), f"words of more than {longest} characters are not looked up"
        )
    if len(word) > MAX_CHARS:
        raise SpecError("word", f"{len(word):,} characters", f"at most {MAX_CHARS:,} characters")
    matches, start = [], 0
    while start < len(word):
        match, end = _match(word, start, tokenizer.continuing_prefix, vocab)
        matches.append(match)
        if match.token is None:
            return WordPieceReplay(word, tuple(matches), (unknown,), f"no piece begins at {word[start]!r}")
        start = end
    return WordPieceReplay(word, tuple(matches), tuple(match.token for match in matches))


def _match(word: str, start: int, prefix: str, vocab: dict[str, int]) -> tuple[Match, int]:
    tried = []
    for end in range(len(word), start, -1):
        tried.append((prefix if start else "") + word[start:end])
        if tried[-1] in vocab:
            return Match(start, tuple(tried), tried[-1]), end
    return Match(start, tuple(tried), None), start
