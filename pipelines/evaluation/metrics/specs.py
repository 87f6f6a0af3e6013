"""The text metrics as data: what each is called, what it measures and which settings it has. Standard library
and core only.
"""

from dataclasses import dataclass, fields
from typing import Any

from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.fields import check, check_model, knob

SELF_BLEU = "self_bleu"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
TOKENIZERS = ("13a", "intl", "char", "zh", "none")
SMOOTHINGS = ("exp", "floor", "add-k", "none")
WORDS, CHARACTERS = "words", "characters"
SQUAD, AS_IT_STANDS = "squad", "none"
TREEBANK, SPACES = "treebank", "spaces"
LINES, FOUND = "lines", "found"


@dataclass(frozen=True)
class MetricSettings:
    """All settings of all metrics; each metric reads those that its kind names. The defaults are those of the
    reference implementations."""

    tokenize: str = knob(
        "13a", label="Tokenizer", help="How BLEU tells words apart; 13a is WMT's.", choices=TOKENIZERS
    )
    lowercase: bool = knob(False, label="Ignore case", help="Of BLEU, chrF, distinct-n and edit distance.")
    case_sensitive: bool = knob(False, label="Tell capitals apart", help="Of TER.")
    smoothing: str = knob(
        "exp", label="Smoothing", help="Of BLEU, for orders without a match.", choices=SMOOTHINGS
    )
    max_order: int = knob(4, label="Longest n-gram", help="Of BLEU and self-BLEU.", low=1, high=8, step=1)
    char_order: int = knob(6, label="Character n-grams", help="Longest of chrF.", low=1, high=8, step=1)
    word_order: int = knob(0, label="Word n-grams", help="Of chrF; 2 makes it chrF++.", low=0, high=4, step=1)
    beta: int = knob(2, label="Beta", help="How often recall counts in chrF.", low=1, high=5, step=1)
    punctuation: bool = knob(True, label="Punctuation", help="Counts in TER.")
    normalized: bool = knob(False, label="Split punctuation", help="Of TER: signs are words of their own.")
    stemmer: bool = knob(False, label="Word stems", help="Of ROUGE: compare stems instead of words.")
    sentences: str = knob(
        LINES, label="Sentences", help="Of ROUGE-Lsum: lines, as in the reference, or found by rules.",
        choices=(LINES, FOUND),
    )  # fmt: skip
    meteor_words: str = knob(
        TREEBANK, label="Words of METEOR", help="By the Treebank's rules, or at spaces.",
        choices=(TREEBANK, SPACES),
    )  # fmt: skip
    synonyms: bool = knob(True, label="Synonyms", help="Of METEOR, where WordNet is installed.")
    model: str = knob(MINILM, label="Encoder", help="Of BERTScore.", max_chars=300)
    layer: int = knob(
        0, label="Layer", help="Of BERTScore's encoder; 0 for the library's choice.", low=0, high=200
    )
    idf: bool = knob(False, label="Weigh by rarity", help="Of BERTScore: by the references' idf.")
    normal: str = knob(
        SQUAD,
        label="Normalised",
        help="Of exact match and F1: as SQuAD does (case, punctuation, articles), or not at all.",
        choices=(SQUAD, AS_IT_STANDS),
    )
    distinct_order: int = knob(2, label="n of distinct-n", help="1 counts words.", low=1, high=6, step=1)
    unit: str = knob(WORDS, label="Edited unit", help="What an edit replaces.", choices=(WORDS, CHARACTERS))

    def __post_init__(self) -> None:
        check(self)
        check_model("model", self.model)


@dataclass(frozen=True)
class MetricKind:
    """``scale`` is the most it can be, or usually is: 100 or 1. ``settings`` are the fields of MetricSettings
    that it reads. ``wanted``: it needs references. ``together``: a figure of all texts that is no mean and no
    ratio of sums over pairs, so that two systems cannot be compared by drawing pairs. ``vectors``: an encoder
    computes it."""

    name: str
    title: str
    about: str
    scale: int = 1
    settings: tuple[str, ...] = ()
    higher_is_better: bool = True
    wanted: bool = True
    together: bool = False
    vectors: bool = False


_ROUGE = ("stemmer",)
_ALL = (
    MetricKind(
        "bleu", "BLEU",
        "How many of the prediction's n-grams stand in a reference: the geometric mean of their shares, "
        "lowered where the prediction is shorter.",
        100, ("tokenize", "lowercase", "smoothing", "max_order"),
    ),
    MetricKind(
        "chrf", "chrF",
        "The overlap in runs of characters, recall counting more than precision: kind to endings of words.",
        100, ("char_order", "word_order", "beta", "lowercase"),
    ),
    MetricKind(
        "ter", "TER",
        "Edits that make the prediction the reference, for each of its words; a moved run of words is one.",
        100, ("normalized", "punctuation", "case_sensitive"), higher_is_better=False,
    ),
    MetricKind("rouge1", "ROUGE-1", "The overlap in words, as the F1 of precision and recall.", 1, _ROUGE),
    MetricKind("rouge2", "ROUGE-2", "The overlap in pairs of neighbouring words.", 1, _ROUGE),
    MetricKind(
        "rougeL", "ROUGE-L", "The longest run of words that both have in this order, gaps allowed.", 1, _ROUGE
    ),
    MetricKind(
        "rougeLsum", "ROUGE-Lsum",
        "ROUGE-L sentence by sentence: what any sentence of the prediction has in common with each of the "
        "reference.",
        1, (*_ROUGE, "sentences"),
    ),
    MetricKind(
        "meteor", "METEOR",
        "Words matched as they are, by stem and by synonym; lowered where the matches are scattered.",
        1, ("meteor_words", "synonyms"),
    ),
    MetricKind(
        "bertscore", "BERTScore",
        "Each token beside the most similar one of the other text, by an encoder's vectors in context.",
        1, ("model", "layer", "idf"), vectors=True,
    ),
    MetricKind(
        "exact_match", "Exact match", "1 where the prediction is one of the references.", 1, ("normal",)
    ),
    MetricKind(
        "f1", "Token F1", "The overlap in words with the nearest reference, in any order.", 1, ("normal",)
    ),
    MetricKind(
        "edit_distance", "Edit distance",
        "Insertions, deletions and substitutions on the shortest way to the reference, for each unit of it.",
        1, ("unit", "lowercase"), higher_is_better=False,
    ),
    MetricKind(
        "distinct", "Distinct-n",
        "Which share of all n-grams that were written is different from every other: how varied texts are.",
        1, ("distinct_order", "tokenize", "lowercase"), wanted=False, together=True,
    ),
    MetricKind(
        SELF_BLEU, "Self-BLEU",
        "BLEU of each text with all the others as references: high where texts repeat each other.",
        100, ("tokenize", "lowercase", "smoothing", "max_order"),
        higher_is_better=False, wanted=False, together=True,
    ),
)  # fmt: skip
KINDS = {kind.name: kind for kind in _ALL}


def kind_named(name: object) -> MetricKind:
    """Raises :class:`NotFoundError` with the names that there are."""
    if not isinstance(name, str) or name not in KINDS:
        raise NotFoundError(f"There is no metric {str(name)[:40]!r}; there are {', '.join(KINDS)}.")
    return KINDS[name]


def settings_of(kind: MetricKind, given: dict[str, Any]) -> MetricSettings:
    """The settings that were given; raises :class:`SpecError` for one that this metric has not."""
    if not isinstance(given, dict):
        raise SpecError("settings", given, "a JSON object")
    for name in given:
        if name not in kind.settings:
            known = ", ".join(kind.settings) or "none"
            raise SpecError(str(name), given[name], f"nothing for {kind.title}, whose settings are: {known}")
    return MetricSettings(**given)


def named(settings: MetricSettings, kind: MetricKind) -> dict[str, Any]:
    """The settings that this metric reads, by their names."""
    return {
        field.name: getattr(settings, field.name) for field in fields(settings) if field.name in kind.settings
    }
