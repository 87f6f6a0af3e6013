"""Rows about single sentences: classify by example, and rewrite. Standard library only."""

import random
import re
from collections.abc import Iterator, Sequence

from assets.recipes.instruct.rows import Row

SENTIMENT = (("positive", "negative"), ("good", "bad"), ("happy", "sad"))
_LAYOUTS = (
    ("Text: {}\nLabel: {}", "Text: {}\nLabel:"),
    ("{} -> {}", "{} ->"),
    ("Review: {}\nAnswer: {}", "Review: {}\nAnswer:"),
)
_CALLS = ("Label the last text like the others.\n", "Classify by the examples.\n", "", "")
_PARTNERS = dict(
    pair
    for a, b in (
        ("big", "small"),
        ("happy", "sad"),
        ("old", "young"),
        ("good", "bad"),
        ("hot", "cold"),
        ("loud", "quiet"),
        ("fast", "slow"),
        ("clean", "dirty"),
        ("up", "down"),
        ("day", "night"),
        ("open", "closed"),
        ("kind", "mean"),
        ("wet", "dry"),
        ("full", "empty"),
        ("long", "short"),
        ("dark", "bright"),
        ("brave", "scared"),
        ("always", "never"),
        ("easy", "hard"),
        ("new", "old"),
    )
    for pair in ((a, b), (b, a))
)
_PAST = {
    "was": "is",
    "were": "are",
    "had": "has",
    "went": "goes",
    "saw": "sees",
    "said": "says",
    "found": "finds",
    "ran": "runs",
    "felt": "feels",
    "made": "makes",
    "took": "takes",
    "came": "comes",
    "gave": "gives",
    "wanted": "wants",
    "played": "plays",
    "liked": "likes",
    "loved": "loves",
    "looked": "looks",
    "smiled": "smiles",
    "laughed": "laughs",
    "asked": "asks",
    "jumped": "jumps",
    "walked": "walks",
    "started": "starts",
    "helped": "helps",
    "opened": "opens",
    "thought": "thinks",
    "knew": "knows",
}
_NAME = re.compile(r"\b(Lily|Tim|Tom|Ben|Sue|Max|Mia|Anna|Sam|Jack|Lucy|Sara|Amy|Bob|Spot|Emma|Billy|Jane)\b")
_GIVEN = "Lily Tim Tom Ben Sue Max Mia Anna Sam Jack Lucy Sara Amy Bob Emma Billy Jane Leo Rose Peter"
NAMES = tuple(_GIVEN.split())

RENAME = (
    "Rewrite the sentence with {new} in place of {old}: {text}",
    "Change {old} to {new}: {text}",
    "Replace {old} with {new}.\n{text}",
)
OPPOSITE = (
    'Rewrite the sentence with the opposite of "{word}": {text}',
    "Use the opposite of {word}: {text}",
)
PRESENT = ("Rewrite the sentence in the present tense: {text}", "Write this in the present: {text}")
MEND = (
    "Correct the capital letters and marks: {text}",
    "Mend the sentence: {text}",
    "Rewrite the sentence correctly: {text}",
)
QUESTION = ("Turn the sentence into a question: {text}", "Rewrite as a question: {text}")


class Sentences:
    """Makes rows from sentences, always the same for one seed."""

    def __init__(self, seed: int):
        self._rng = random.Random(f"sentences {seed}")

    def classified(self, reviews: Sequence[tuple[str, str]]) -> Row:
        """The last of (text, ``positive`` or ``negative``) pairs is asked for, the others are examples."""
        rng = self._rng
        told, asked = rng.choice(_LAYOUTS)
        names = dict(zip(("positive", "negative"), rng.choice(SENTIMENT), strict=True))
        *examples, (text, label) = reviews
        lines = [told.format(t, names[known]) for t, known in examples]
        return Row("classify", (rng.choice(_CALLS) + "\n".join((*lines, asked.format(text))), names[label]))

    def rewritten(self, text: str) -> Iterator[Row]:
        """Up to one row of each kind from a sentence."""
        rng, ask = self._rng, lambda forms, **told: self._rng.choice(forms).format(**told)
        if old := _NAME.search(text):
            new = rng.choice([n for n in NAMES if n not in text])
            changed = re.sub(rf"\b{old[1]}\b", new, text)
            yield Row("rewrite", (ask(RENAME, old=old[1], new=new, text=text), changed))
        words = [w for w in re.findall(r"\b[a-z]+\b", text) if w in _PARTNERS]
        if len(words) == 1:
            changed = re.sub(rf"\b{words[0]}\b", _PARTNERS[words[0]], text)
            yield Row("rewrite", (ask(OPPOSITE, word=words[0], text=text), changed))
        if '"' not in text and rng.random() < 0.4:
            yield Row("rewrite", (ask(MEND, text=re.sub(r"[.,!?]", "", text).lower()), text))
        if present := _in_present(text):
            yield Row("rewrite", (ask(PRESENT, text=text), present))
        if question := _as_question(text):
            yield Row("rewrite", (ask(QUESTION, text=text), question))


def _in_present(text: str) -> str:
    """Empty unless the sentence has one verb that we know, about one person, and no other past form.

    >>> _in_present("Tom went to the park."), _in_present("They went home.")
    ('Tom goes to the park.', '')
    """
    words = re.findall(r"[A-Za-z]+", text)
    known = [w for w in words if w in _PAST]
    past = [w for w in words if w.endswith("ed") and w not in _PAST]
    plural = {"They", "they", "We", "we", "I", "You", "you", "and"} & set(words)
    if len(known) != 1 or past or plural or '"' in text or known[0] == "were" or words[0] in known:
        return ""
    return re.sub(rf"\b{known[0]}\b", _PAST[known[0]], text)


def _as_question(text: str) -> str:
    """``The cat was big.`` → ``Was the cat big?``; empty for sentences of another form."""
    form = re.fullmatch(r"(The [a-z]+|[A-Z][a-z]+) (was|is|were|are|can|could) ([^\",.!?]+)\.", text)
    if not form or form[1] in ("There", "Inside", "Then", "One") or re.search(r"\b(and|but|so)\b", text):
        return ""
    subject = form[1].replace("The ", "the ") if form[1].startswith("The ") else form[1]
    subject = subject.lower() if subject in ("He", "She", "It", "They", "We") else subject
    return f"{form[2].title()} {subject} {form[3]}?"
