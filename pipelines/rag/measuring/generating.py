"""Questions made from the chunks of a collection by rules, offline: the place of the answer is known, since
the question comes from there. Pure.

First those that a sentence's form gives; then, if more are wanted, clozes: a sentence with a word left out.
A cloze repeats the words of its passage, which favours retrieval by words: its origin says that it is one.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.common.sentences import sentences_of
from pipelines.rag.measuring.faithful import words
from pipelines.rag.measuring.forms import made_of
from pipelines.rag.measuring.questions import Gold, Question, without_copies

GAP = "____"
_READ = 3_000  # chunks at most, drawn by the seed
_SHORTEST, _LONGEST = 30, 320  # characters of a sentence that is asked about
_AROUND = 14  # words of a cloze before and after the gap
_WORDS = re.compile(r"[^\W_][\w’'-]*")
_PROPER = re.compile(r"(?<=[a-z,] )[A-Z][\w-]{2,}(?: [A-Z][\w-]+)*")
_FIGURE = re.compile(r"(?<![\w.,])\d[\d,.]*\d(?![\w%])")
_MARKUP = re.compile(r"[*_`#|<>\[\]{}]")


@dataclass(frozen=True)
class Source:
    """A chunk's ``text``, which begins at character ``start`` of the document of that name."""

    document: str
    start: int
    text: str


@dataclass(frozen=True)
class _Sentence:
    """``text`` has single spaces; ``gold`` is where it stands."""

    text: str
    gold: Gold


def generated(sources: Sequence[Source], n: int, seed: int = 0) -> tuple[Question, ...]:
    """At most ``n`` questions, taken from the documents in turn; the same for the same sources and seed.
    Fewer where the text gives no more."""
    rng = random.Random(f"questions {seed}")
    drawn = rng.sample(list(sources), min(_READ, len(sources)))
    sentences = list({(one.gold.document, one.gold.start): one for one in _sentences(drawn)}.values())
    rng.shuffle(sentences)
    asked = _in_turn(_certain(_by_form(sentences, rng)))[:n]
    if len(asked) < n:
        used = {(gold.document, gold.start) for one in asked for gold in one.gold}
        left = [one for one in sentences if (one.gold.document, one.gold.start) not in used]
        asked += _in_turn(_certain(_clozes(left, rng)))[: n - len(asked)]
    return without_copies(asked)


def _sentences(sources: Sequence[Source]) -> Iterator[_Sentence]:
    """Whole ones that say something on their own: no headings, no tables, none that a cut has divided."""
    for source in sources:
        spans = sentences_of(source.text)
        for number, (start, end) in enumerate(spans):
            text = " ".join(source.text[start:end].split())
            begins = number > 0 or source.start == 0 or text[:1].isupper()
            whole = begins and text.endswith((".", "!", "?", "”", '"')) and not text.endswith("?")
            if whole and _SHORTEST <= len(text) <= _LONGEST and not _MARKUP.search(text):
                place = source.start + start
                yield _Sentence(
                    text, Gold(source.document, place, source.start + end, source.text[start:end])
                )


def _by_form(sentences: Sequence[_Sentence], rng: random.Random) -> Iterator[Question]:
    common = {word for one in sentences for word in _WORDS.findall(one.text) if word.islower()}
    for one in sentences:
        found = list(made_of(one.text, common))
        if found:
            made = rng.choice(found)
            yield Question(made.question, (made.answer,), (one.gold,), "rules")


def _clozes(sentences: Sequence[_Sentence], rng: random.Random) -> Iterator[Question]:
    """A name, a number or else the rarest word is left out."""
    counts = Counter(word for one in sentences for word in words(one.text))
    for one in sentences:
        spans = [found.span() for pattern in (_PROPER, _FIGURE) for found in pattern.finditer(one.text)]
        if not spans:
            spans = _rare(one.text, counts)
        if spans:
            start, end = rng.choice(spans)
            if one.text.count(one.text[start:end]) == 1:
                yield Question(_gapped(one.text, start, end), (one.text[start:end],), (one.gold,), "cloze")


def _rare(text: str, counts: Counter[str]) -> list[tuple[int, int]]:
    """The rarest of the longer words, first and last of the sentence left out."""
    inner = [found for found in _WORDS.finditer(text) if len(found[0]) > 4][1:-1]
    inner = [found for found in inner if counts[found[0].lower()]]
    least = min((counts[found[0].lower()] for found in inner), default=0)
    return [found.span() for found in inner if counts[found[0].lower()] == least]


def _gapped(text: str, start: int, end: int) -> str:
    before, after = text[:start].split(" ")[-_AROUND - 1 :], text[end:].split(" ")[: _AROUND + 1]
    what = "number" if text[start:end][0].isdigit() else "words are" if " " in text[start:end] else "word"
    verb = "" if what.endswith("are") else " is"
    return f"Which {what}{verb} missing: “{' '.join(before)}{GAP}{' '.join(after)}”?"


def _certain(questions: Iterator[Question]) -> list[Question]:
    """Without those that two sentences answer in different ways."""
    found = list(questions)
    answers: dict[str, set[tuple[str, ...]]] = {}
    for one in found:
        answers.setdefault(one.text.lower(), set()).add(one.answers)
    firsts = {one.text.lower(): one for one in reversed(found) if len(answers[one.text.lower()]) == 1}
    return [one for one in found if firsts.get(one.text.lower()) is one]


def _in_turn(questions: Sequence[Question]) -> list[Question]:
    """One of each document, then the second of each, and so on."""
    by_document: dict[str, list[Question]] = {}
    for one in questions:
        by_document.setdefault(one.gold[0].document, []).append(one)
    longest = max(map(len, by_document.values()), default=0)
    return [several[i] for i in range(longest) for several in by_document.values() if i < len(several)]
