"""What a tokenization costs: counts and ratios, languages against each other, and a price. Pure."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipelines.common.words import word_pattern
from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.tokenization.encode import Encoded, encode
from pipelines.tokenization.loaded import LoadedTokenizer

SAMPLE = REPOSITORY / "assets" / "samples" / "languages.json"
WORD = (
    "A word is a run of letters, digits and their marks, with apostrophes within; in scripts without spaces"
    " (Han, kana, Thai, Lao, Khmer, Burmese) each letter counts as one."
)
_WORDS = word_pattern()


@dataclass(frozen=True)
class Measures:
    """Ratios are 0 where there is nothing to divide by. Tokens that were put around the text do not count.

    ``fertility`` is tokens per word (:data:`WORD`), ``unknown_rate`` the share of unknown tokens,
    ``coverage`` the share of the vocabulary that the text uses.
    """

    tokens: int
    characters: int
    bytes: int
    words: int
    characters_per_token: float
    bytes_per_token: float
    fertility: float
    unknown_rate: float
    distinct: int
    coverage: float


@dataclass(frozen=True)
class LanguageRow:
    """``premium`` is tokens relative to English, whose paragraph says the same."""

    code: str
    name: str
    script: str
    measures: Measures
    premium: float


def measure(tokenizer: LoadedTokenizer, encoded: Encoded) -> Measures:
    mine = ~encoded.added
    ids = encoded.ids[mine]
    tokens, characters = len(ids), len(encoded.text)
    size, words = len(encoded.text.encode("utf-8")), count_words(encoded.text)
    distinct = len(np.unique(ids))
    return Measures(
        tokens=tokens,
        characters=characters,
        bytes=size,
        words=words,
        characters_per_token=_ratio(characters, tokens),
        bytes_per_token=_ratio(size, tokens),
        fertility=_ratio(tokens, words),
        unknown_rate=_ratio(int(encoded.unknown[mine].sum()), tokens),
        distinct=distinct,
        coverage=_ratio(distinct, tokenizer.backend.get_vocab_size(with_added_tokens=True)),
    )


@lru_cache(maxsize=1)  # several tokenizers are measured on the same text
def count_words(text: str) -> int:
    """Words as :data:`WORD` says.

    >>> count_words("Don't stop, 3 times! 犬が")
    6
    """
    return sum(1 for _ in _WORDS.finditer(text))


def price(tokens: int, per_million: float) -> float:
    """The cost of so many tokens, in the currency of ``per_million``; raises SpecError for no price."""
    ok = isinstance(per_million, (int, float)) and not isinstance(per_million, bool)
    if not ok or not math.isfinite(per_million) or not 0 <= per_million <= 1e6:
        raise SpecError("price per million tokens", per_million, "a number from 0 to 1,000,000")
    return tokens * per_million / 1e6


def compression_by_language(tokenizer: LoadedTokenizer) -> tuple[LanguageRow, ...]:
    """The same paragraph in each language of the bundled sample, English first."""
    rows = [(entry, measure(tokenizer, encode(tokenizer, entry["text"]))) for entry in _sample()]
    english = next(found.tokens for entry, found in rows if entry["code"] == "en")
    return tuple(
        LanguageRow(entry["code"], entry["name"], entry["script"], found, _ratio(found.tokens, english))
        for entry, found in rows
    )


@lru_cache(maxsize=1)
def _sample() -> list[dict[str, str]]:
    return json.loads(SAMPLE.read_text(encoding="utf-8"))["languages"]


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
