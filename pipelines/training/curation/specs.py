"""What a cleaning of a corpus is told: one frozen dataclass, checked where it is made. Stdlib only."""

import re
from dataclasses import dataclass
from typing import Any

from pipelines.core.corpus_names import check_corpus_name
from pipelines.core.errors import SpecError
from pipelines.core.fields import check, from_dict, knob, to_dict

_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class CurateSpec:
    """A corpus read, measured and cleaned: corpus → filters → duplicates → a new corpus, ``run:<job id>``.

    The filters follow the rules of Gopher and C4 in a form that fits every alphabet; 0 switches one off.
    """

    corpus: str = knob(
        "sample",
        label="Corpus",
        max_chars=500,
        help="sample, upload:<id>, run:<job id>, path:<file or folder> or hub:<owner>/<name>.",
    )
    name: str = knob("", label="Name", help="How the cleaned corpus is called in lists.", max_chars=80)
    min_characters: int = knob(
        50,
        label="Shortest",
        help="Characters a document needs at least; shorter ones are headings, menus, stray lines. 0 is off.",
        low=0,
        high=1_000_000,
        step=1,
    )
    max_characters: int = knob(
        200_000,
        label="Longest",
        help="Characters a document may have; longer ones are often dumps and lists. 0 is off.",
        low=0,
        high=16_000_000,
        step=1,
    )
    max_symbol_share: float = knob(
        0.15,
        label="Symbols",
        help="Largest share of characters that are no letter, digit, space or usual punctuation: markup, "
        "tables, broken encodings. 0 is off.",
        low=0,
        high=1,
        step=0.01,
    )
    max_digit_share: float = knob(
        0.2,
        label="Digits",
        help="Largest share of digits; above it a text is mostly tables and codes. 0 is off.",
        low=0,
        high=1,
        step=0.01,
    )
    max_repeated_lines: float = knob(
        0.3,
        label="Repeated lines",
        help="Largest share of lines that occurred earlier in the same document (Gopher: 0.3). 0 is off.",
        low=0,
        high=1,
        step=0.01,
    )
    max_repeated_grams: float = knob(
        0.4,
        label="Repeated 4-grams",
        help="Largest share of four-word sequences that occurred earlier in the same document: texts that "
        "turn in circles. 0 is off.",
        low=0,
        high=1,
        step=0.01,
    )
    min_word_length: float = knob(
        2.0,
        label="Mean word, least",
        help="Mean letters a word at least (Gopher: 3); less is spelling and noise. Chinese, Japanese "
        "and Korean are let through. 0 is off.",
        low=0,
        high=20,
        step=0.1,
        advanced=True,
    )
    max_word_length: float = knob(
        12.0,
        label="Mean word, most",
        help="Mean letters a word at most (Gopher: 10); more is addresses, keys, code. 0 is off.",
        low=0,
        high=100,
        step=0.1,
        advanced=True,
    )
    min_sentence_words: float = knob(
        3.0,
        label="Words a sentence",
        help="Mean words a sentence at least, as in C4: less is a menu or a list. 0 is off.",
        low=0,
        high=100,
        step=0.1,
        advanced=True,
    )
    languages: str = knob(
        "",
        label="Languages",
        help="Keep only these, as ISO 639 codes with commas: en, de. Empty keeps all. What is too short to "
        "tell is und.",
        max_chars=200,
    )
    exact_duplicates: bool = knob(
        True,
        label="Remove exact copies",
        help="Texts that are equal but for case and white space; the first stays.",
    )
    near_duplicates: bool = knob(
        True,
        label="Remove near copies",
        help="Texts that share most of their word sequences, found by MinHash; the first stays.",
    )
    near_threshold: float = knob(
        0.7,
        label="Near copies from",
        help="Jaccard similarity of the two sets of word sequences from which on a text counts as a copy.",
        low=0.4,
        high=0.95,
        step=0.05,
    )
    shingle_words: int = knob(
        5,
        label="Words a sequence",
        help="Length of the word sequences that are compared: fewer find rewordings, more only close copies.",
        low=1,
        high=20,
        step=1,
        advanced=True,
    )
    limit: int = knob(
        50_000,
        label="Documents",
        help="Read at most so many documents; searching near copies takes about 8 kB of memory for each.",
        low=1,
        high=200_000,
        step=1,
    )

    def __post_init__(self) -> None:
        check(self)
        check_corpus_name(self.corpus)
        _ = self.language_codes
        if self.max_characters and self.max_characters < self.min_characters:
            raise SpecError("max_characters", self.max_characters, f"at least {self.min_characters:,}, or 0")
        if self.max_word_length and self.max_word_length < self.min_word_length:
            raise SpecError(
                "max_word_length", self.max_word_length, f"at least {self.min_word_length:g}, or 0"
            )

    @property
    def language_codes(self) -> frozenset[str]:
        """The languages to keep; empty for all. Raises :class:`SpecError` for what is no code."""
        codes = [code.strip().lower() for code in self.languages.split(",") if code.strip()]
        if not all(_LANGUAGE.fullmatch(code) for code in codes):
            raise SpecError("languages", self.languages, "ISO 639 codes separated by commas, such as en, de")
        return frozenset(codes)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CurateSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
