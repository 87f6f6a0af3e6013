"""Checks of the rows as they are: rows that come twice, that stand on both sides, that contradict each other.
Torch-free; needs no tokenizer."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable

from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Item, Subject, findings
from pipelines.training.rows.examples import (
    Answered,
    Chat,
    Completion,
    Example,
    Labelled,
    Pair,
    Plain,
    Rated,
    Tagged,
)


def duplicates(subject: Subject) -> list[Finding]:
    """Rows that say exactly what an earlier one on their side says."""
    again = [item for held_out in (False, True) for item in _later(subject.side(held_out), whole)]
    words = "{count} say exactly what an earlier row says: what is repeated is learnt by heart."
    return findings("duplicates", WARNS, words, again)


def overlap(subject: Subject) -> list[Finding]:
    """Rows that are measured on though they, or their question, are learnt from. The training row goes, so
    that the measure stays; within one file the other one."""
    held_out = subject.side(True)
    learnt = _digests(subject.side(False), whole)
    same = [item for item in held_out if _digest(whole(item.example)) in learnt]
    copies = _digests(same, whole)
    there = [item for item in subject.side(False) if _digest(whole(item.example)) in copies]
    words = "{count} of the training data are validation rows too: the measure would be of what was learnt."
    found = findings("overlap", BLOCKS, words, there)
    asked_there = _digests(subject.side(False), asked) if _asks(subject) else frozenset()
    known = [
        item
        for item in held_out
        if _digest(asked(item.example)) in asked_there and _digest(whole(item.example)) not in learnt
    ]
    words = "{count} held out ask what a training row asks, with another answer."
    level = BLOCKS if subject.spec.what.compares else WARNS  # a preference is measured on fresh prompts alone
    return found + findings("same question on both sides", level, words, known)


def contradictions(subject: Subject) -> list[Finding]:
    """Texts that have two labels, sentences with two taggings."""
    answers: dict[bytes, set[bytes]] = defaultdict(set)
    items = [item for item in subject.items if isinstance(item.example, (Labelled, Tagged))]
    for item in items:
        answers[_digest(asked(item.example))].add(_digest(whole(item.example)))
    torn = [item for item in items if len(answers[_digest(asked(item.example))]) > 1]
    words = "{count} have the text of another row and a different label."
    return findings("contradictions", WARNS, words, torn)


def few(subject: Subject) -> list[Finding]:
    """Too few rows for a side."""
    found = []
    if not subject.side(False):
        found.append(
            Finding("number of rows", BLOCKS, "No row is left to learn from; at least one is needed.")
        )
    if not subject.side(True):
        words = "No row is held out to measure on: give more rows, or validation data."
        found.append(Finding("number of rows", BLOCKS, words))
    return found


def whole(example: Example) -> str:
    """All that a row says, whatever its number."""
    match example:
        case Chat():
            said = [(m.role, m.content) for m in example.messages]
        case Completion():
            said = [example.prompt, example.completion]
        case Plain():
            said = [example.text]
        case Labelled():
            said = [example.text, example.second, example.label]
        case Tagged():
            said = [example.words, example.tags]
        case Answered():
            said = [example.question, example.context, example.answers, example.starts]
        case Pair():
            said = [example.prompt, example.chosen, example.rejected]
        case Rated():
            said = [example.prompt, example.completion, example.good]
    return f"{type(example).__name__}{said!r}"


def asked(example: Example) -> str:
    """What a row asks: of a conversation all before the last reply."""
    match example:
        case Chat():
            last = max((i for i, m in enumerate(example.messages) if m.role == "assistant"), default=0)
            said = [(m.role, m.content) for m in example.messages[:last]]
        case Completion():
            said = [example.prompt]
        case Plain():
            said = [example.text]
        case Labelled():
            said = [example.text, example.second]
        case Tagged():
            said = [example.words]
        case Answered():
            said = [example.question, example.context]
        case Pair() | Rated():
            said = [example.prompt]
    return f"{type(example).__name__}{said!r}"


def _asks(subject: Subject) -> bool:
    """Whether rows have a question of their own, so that a shared one tells of an overlap."""
    prompts = {asked(item.example) for item in subject.items[:200]}
    return len(prompts) > 1 and not isinstance(subject.items[0].example, Plain)


def _later(items: Iterable[Item], key: Callable[[Example], str]) -> list[Item]:
    seen: set[bytes] = set()
    found = []
    for item in items:
        digest = _digest(key(item.example))
        if digest in seen:
            found.append(item)
        seen.add(digest)
    return found


def _digests(items: Iterable[Item], key: Callable[[Example], str]) -> frozenset[bytes]:
    return frozenset(_digest(key(item.example)) for item in items)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
