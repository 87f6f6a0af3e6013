"""Rows about a given passage: questions whose answer stands in it, and things to take out of it.

FairytaleQA's questions were written by people; those about stories are made by rules from sentences whose
form says the answer. A question about another passage is answered by saying so. Standard library only.
"""

import random
import re
from collections.abc import Iterator

from assets.recipes.instruct.rows import Row, sentences

NOT_TOLD = "The text does not say."
WIDEST = 420  # characters of a passage
ASK = (
    "{text}\nQuestion: {question}",
    "Text: {text}\nQuestion: {question}",
    "{question}\n{text}",
    "Read the text and answer the question.\nText: {text}\nQuestion: {question}",
    "Answer from the text. {question}\nText: {text}",
)
NAMES = ("Which names are in the text?\n{}", "List the names in the text.\nText: {}", "Find the names: {}")
SPEECH = ("What does {name} say?\n{text}", "Copy what {name} says.\nText: {text}")
ANIMALS = (
    "Which animals are in the text?\n{}",
    "List the animals in the text.\nText: {}",
    "Find the animals: {}",
)
_ANIMALS = """cat dog bird fish bear rabbit fox lion frog duck mouse horse cow pig sheep monkey elephant
    owl bee ant butterfly squirrel turtle snake wolf tiger hen goat spider bunny puppy kitten"""
# Capitals that begin no name.
_STARTS = """The They Then She He It His Her We I And But One When What You Yes No Oh Let Mom Dad Mommy
    Daddy Mum Wow Thank Hello Don That This There Everyone Once Hi Can"""
_KINDS, _NOT_NAMES = frozenset(_ANIMALS.split()), frozenset(_STARTS.split())
_PROPER = re.compile(r"(?<=[a-z,] )([A-Z][a-z]{2,})\b")
_SAID = re.compile(
    r'"([^"]{4,120})"[,]? (?:said|asked|says) ([A-Z][a-z]+)|([A-Z][a-z]+) (?:said|asked), "([^"]{4,120})"'
)

_HEROES = "girl|boy|cat|dog|bird|rabbit|bear|fish|fox|lion|mouse|frog|bunny|man|woman"
_FEELINGS = "happy|sad|scared|angry|tired|hungry|excited|proud|sorry"
_WHO, _THING, _DOING = "([A-Z][a-z]+)", "(an? [a-z]+(?: [a-z]+)?)", "([a-z]+(?: [a-z]+){0,3})(?=[.,])"
# A sentence's form, the question that it answers, the answer.
_FORMS = (
    (rf"an? (?:[a-z]+ )?({_HEROES}) (?:named|called) {_WHO}", "What is the name of the {0}?",
     "The {0} is called {1}."),
    (rf"{_WHO} (?:found|saw) {_THING}(?=[ .,])(?! [a-z]+ing)", "What did {0} find or see?", "{1}"),
    (rf"{_WHO} went to (the [a-z]+)\b", "Where did {0} go?", "{0} went to {1}."),
    (rf"{_WHO} (?:felt|was) (?:very )?({_FEELINGS})\b", "How did {0} feel?", "{0} was {1}."),
    (rf"{_WHO} wanted to {_DOING}", "What did {0} want to do?", "{0} wanted to {1}."),
    (rf"{_WHO} (?:loved|liked) to {_DOING}", "What did {0} like to do?", "{0} liked to {1}."),
    (rf"{_WHO} had {_THING}(?=[.,])", "What did {0} have?", "{0} had {1}."),
)  # fmt: skip
_RULES = tuple((re.compile(rf"\b{form}"), question, answer) for form, question, answer in _FORMS)


class Passages:
    """Makes rows from passages, always the same for one seed."""

    def __init__(self, seed: int):
        self._rng = random.Random(f"passages {seed}")

    def written(self, question: str, answer: str, section: str) -> Row | None:
        """A person's question, with the sentences around the answer; None where these would not fit."""
        passage = _around(answer, section)
        return self._asked(passage, question, _as_sentence(answer)) if passage else None

    def unanswered(self, question: str, section: str) -> Row | None:
        """A question about another passage."""
        passage = _window(sentences(section), 0)
        return self._asked(passage, question, NOT_TOLD) if passage else None

    def _asked(self, passage: str, question: str, answer: str) -> Row:
        return Row("answer", (self._rng.choice(ASK).format(text=passage, question=question), answer))

    def rows(self, story: str) -> Iterator[Row]:
        """Up to one row of each kind from a story."""
        parts = sentences(story)
        if row := self._by_rule(parts):
            yield row
        place = self._rng.randrange(len(parts))
        passage = _window(parts, place)
        names = sorted({n for n in _PROPER.findall(passage) if n not in _NOT_NAMES}, key=passage.find)
        if names:
            yield Row("extract", (self._rng.choice(NAMES).format(passage), ", ".join(names)))
        animals = [
            w for w in dict.fromkeys(re.findall(r"\b[a-z]+\b", passage)) if {w, w.removesuffix("s")} & _KINDS
        ]
        if animals:
            yield Row("extract", (self._rng.choice(ANIMALS).format(passage), ", ".join(animals)))
        if said := _SAID.search(passage):
            name, words = (said[2], said[1]) if said[1] else (said[3], said[4])
            if (
                name not in _NOT_NAMES
                and len(re.findall(rf"{name} (?:said|asked)|(?:said|asked) {name}", passage)) == 1
            ):
                yield Row("extract", (self._rng.choice(SPEECH).format(name=name, text=passage), f'"{words}"'))

    def _by_rule(self, parts: list[str]) -> Row | None:
        """One question whose answer only one sentence gives."""
        found = [
            (i, rule, match) for rule in _RULES for i, s in enumerate(parts) if (match := rule[0].search(s))
        ]
        found = [f for f in found if sum(g[1] is f[1] for g in found) == 1 and f[2][1] not in _NOT_NAMES]
        if not found:
            return None
        place, (_, question, answer), match = self._rng.choice(found)
        passage = _window(parts, place)
        if match[0] not in passage:
            return None
        return self._asked(
            passage, question.format(*match.groups()), _as_sentence(answer.format(*match.groups()))
        )


def _window(parts: list[str], place: int) -> str:
    """The sentence at ``place`` with those after and before it, as many as fit."""
    first = last = place
    while True:
        grown = False
        for step in ((first, last + 1), (first - 1, last)):
            if (
                step[0] >= 0
                and step[1] < len(parts)
                and len(" ".join(parts[step[0] : step[1] + 1])) <= WIDEST
            ):
                (first, last), grown = step, True
        if not grown:
            return " ".join(parts[first : last + 1])[: 2 * WIDEST]


def _around(answer: str, section: str) -> str:
    """The sentences around the one that has most of the answer's words; empty where none has half of them."""
    parts, wanted = sentences(section), set(re.findall(r"[a-z']{3,}", answer.lower()))
    if not wanted:
        return ""
    shares = [len(wanted & set(re.findall(r"[a-z']{3,}", part.lower()))) / len(wanted) for part in parts]
    best = max(range(len(parts)), key=shares.__getitem__)
    passage = _window(parts, best) if shares[best] >= 0.6 else ""
    return passage if len(passage) <= 1.5 * WIDEST else ""


def _as_sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", '"')) else ".")
