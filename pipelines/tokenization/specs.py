"""What the training of a tokenizer is told: one frozen dataclass, checked where it is made. Stdlib only."""

from dataclasses import dataclass
from typing import Any

from pipelines.core.corpus_names import check_corpus_name
from pipelines.core.errors import SpecError
from pipelines.core.fields import check, from_dict, knob, to_dict
from pipelines.tokenization.special_lines import FORM, SpecialLine, read_lines

ALGORITHMS = ("bpe", "wordpiece", "unigram")
NORMALIZERS = ("none", "nfc", "nfd", "nfkc", "nfkd")
TEMPLATES = ("none", "bos", "eos", "bos+eos", "cls+sep")
_SIDES = (("bos", "cls"), ("eos", "sep"))  # roles that stand before a text, and after it
MAX_CURVE = 16
UNKNOWN = "<|unk|>"
DEFAULT_TOKENS = (
    *("bos+eos=<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|tool|>"),
    *("mask+lstrip=<|mask|>", "pad=<|pad|>"),
)


@dataclass(frozen=True)
class TokenizerSpec:
    """A tokenizer learnt on a corpus, and how well it would do at smaller sizes."""

    corpus: str = knob("sample", label="Corpus", help="Where the text comes from.", max_chars=500)
    name: str = knob("", label="Name", help="How the tokenizer is called in lists.", max_chars=80)
    algorithm: str = knob(
        "bpe",
        label="Algorithm",
        choices=ALGORITHMS,
        help="bpe merges the most frequent pair again and again. wordpiece learns likewise and marks what "
        "goes on inside a word by ##. unigram begins with many pieces and drops those that explain least.",
    )
    byte_level: bool = knob(
        True,
        label="Byte level",
        help="Begin from the 256 bytes: any text can be written. Else from the characters of the corpus, and "
        "all others become the unknown token.",
    )
    vocab_size: int = knob(
        8192, label="Vocabulary", help="Tokens, special ones included.", low=1, high=262_144, step=1
    )
    min_frequency: int = knob(
        2,
        label="Least frequency",
        help="How often a pair must occur to be merged; unigram merges none.",
        low=1,
        high=10_000,
        step=1,
    )
    normalizer: str = knob(
        "none",
        label="Normaliser",
        choices=NORMALIZERS,
        help="Unicode's normal forms: nfc composes accents, nfd takes them apart; nfkc and nfkd also replace "
        "ligatures, widths and the like.",
    )
    lowercase: bool = knob(False, label="Lowercase", help="Write all in small letters.")
    strip_accents: bool = knob(False, label="Strip accents", help="é becomes e.")
    split_digits: bool = knob(True, label="Split digits", help="Each digit is a token of its own.")
    byte_fallback: bool = knob(
        False,
        label="Byte fallback",
        help="For bpe without byte level: 256 more tokens stand for the bytes, so that a character that the "
        "corpus lacks can still be written.",
        advanced=True,
    )
    template: str = knob(
        "none",
        label="Around a text",
        choices=TEMPLATES,
        help="Special tokens that encoding puts around a text, by their roles: cls+sep is BERT's, eos is "
        "T5's. Pretraining here adds none.",
        advanced=True,
    )
    special_tokens: tuple[str, ...] = knob(
        DEFAULT_TOKENS,
        label="Special tokens",
        help="One a line; roles stand before an equals sign: `bos+eos=<|endoftext|>`. Their ids come first.",
        high=600,
        max_chars=200,
        advanced=True,
    )
    held_out: float = knob(
        0.05,
        label="Held out",
        help="Share of the documents that only the curve is measured on. 0: no curve.",
        low=0,
        high=0.5,
        step=0.01,
        advanced=True,
    )
    curve_sizes: str = knob(
        "",
        label="Curve",
        help="Vocabulary sizes at which to measure compression, with commas. Empty: doubling from the "
        "alphabet on.",
        max_chars=200,
        advanced=True,
    )
    max_characters: int = knob(
        50_000_000,
        label="Read at most",
        help="Characters of the corpus; they are held in memory.",
        low=1_000,
        high=500_000_000,
        step=1,
        advanced=True,
    )

    def __post_init__(self) -> None:
        check(self)
        check_corpus_name(self.corpus)
        if any("\ud800" <= character <= "\udfff" for line in self.special_tokens for character in line):
            raise SpecError("special_tokens", "half a surrogate pair", FORM)
        if self.byte_fallback and (self.byte_level or self.algorithm != "bpe"):
            raise SpecError("byte_fallback", True, "true only for bpe with byte_level false")
        self._check_template()
        if self.vocab_size < self.smallest:
            raise SpecError("vocab_size", self.vocab_size, below_alphabet(self, self.smallest))
        _ = self.sizes

    @property
    def tokens(self) -> tuple[SpecialLine, ...]:
        """The special tokens in the order of their ids; an unknown token is added where one is needed."""
        given = read_lines(self.special_tokens)
        needed = not self.byte_level and not any("unk" in line.roles for line in given)
        return (*given, SpecialLine(UNKNOWN, ("unk",))) if needed else given

    @property
    def smallest(self) -> int:
        """Special tokens and the bytes; without byte level, what the corpus adds is not known here."""
        # wordpiece needs each byte twice: beginning a word, and going on inside one
        times = 2 if self.algorithm == "wordpiece" else 1
        return len(self.tokens) + (256 * times if self.byte_level or self.byte_fallback else 0)

    def filling(self, role: str) -> str | None:
        """The token that fills a role."""
        return next((line.text for line in self.tokens if role in line.roles), None)

    @property
    def around(self) -> tuple[list[str], list[str]]:
        """The template's pieces for one text (``$A``) and for two, of which the second has type 1."""
        roles = self.template.split("+")
        before, after = ([self.filling(r) for r in side if r in roles] for side in _SIDES)
        single = [*before, "$A", *after]
        again = [] if "cls" in roles else before
        return single, [*single, *(f"{piece}:1" for piece in (*again, "$B", *after))]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the curve that were asked for, in order; empty: to be chosen."""
        words = [word.strip() for word in self.curve_sizes.split(",") if word.strip()]
        accepted = f"at most {MAX_CURVE} whole numbers up to vocab_size ({self.vocab_size}) with commas"
        if not all(word.isascii() and word.isdigit() for word in words) or len(words) > MAX_CURVE:
            raise SpecError("curve_sizes", self.curve_sizes, accepted)
        found = sorted({int(word) for word in words})
        if found and found[-1] > self.vocab_size:
            raise SpecError("curve_sizes", self.curve_sizes, accepted)
        if found and found[0] < self.smallest:
            raise SpecError("curve_sizes", self.curve_sizes, below_alphabet(self, self.smallest))
        return tuple(found)

    def _check_template(self) -> None:
        roles = self.template.split("+") if self.template != "none" else []
        missing = [role for role in roles if self.filling(role) is None]
        if missing:
            words = f"'none' as long as no special token is {' or '.join(missing)}, such as {missing[0]}=<s>"
            raise SpecError("template", self.template, words)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TokenizerSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)


def below_alphabet(spec: TokenizerSpec, least: int) -> str:
    """What a vocabulary size below the alphabet's gets to read."""
    special = len(spec.tokens)
    words = f"at least {least:,} here: {special} special tokens and an alphabet of {least - special:,}"
    return words if spec.byte_level else f"{words} (byte_level true needs 256)"
