"""Checks of what encoders are taught: labels, tags and answers."""

import re
from collections import Counter
from collections.abc import Iterable

from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Item, Subject, cut_words, findings
from pipelines.training.rows.examples import Answered, Labelled, Tagged

_BIO = re.compile(r"O|[BI]-.+", re.DOTALL)
_OUTSIDE = "O"
_MOST = 0.8  # share of one label from which on the labels are out of balance
_SHOWN = 6


def labels(subject: Subject) -> list[Finding]:
    """Labels that cannot be told apart, that hardly occur, or that training never sees."""
    items = [item for item in subject.items if isinstance(item.example, Labelled)]
    if not items:
        return []
    counts = Counter(item.example.label for item in items if not item.held_out)
    if len(counts) < 2:
        only = f" has the label {cut_words(next(iter(counts)))!r}" if counts else " has a label"
        words = f"Every training row{only}: there is nothing to tell apart. Is the right column chosen?"
        return [Finding("labels", BLOCKS, words)]
    found = []
    if len(counts) > 10 and len(counts) > len(items) / 2:
        words = f"{len(items):,} rows have {len(counts):,} different labels. Is the right column chosen?"
        found.append(Finding("labels", BLOCKS, words))
        return found
    nothing = [item for item in items if not item.example.label.strip()]
    found += findings("labels", BLOCKS, "{count} have an empty label.", nothing)
    blank = [item for item in items if not item.example.text.strip()]
    found += findings("empty texts", BLOCKS, "{count} have a label and no text.", blank)
    return [*found, *_balance(counts), *_rare(items, counts)]


def _balance(counts: Counter[str]) -> list[Finding]:
    total = sum(counts.values())
    (name, most), *_, (rarest, least) = counts.most_common()
    if most / total < _MOST:
        return []
    words = (
        f"{most / total:.0%} of the training rows have the label {cut_words(name)!r} and {least:,} "
        f"{cut_words(rarest)!r}: always saying the first would be right as often. Judge by macro F1."
    )
    return [Finding("label balance", WARNS, words)]


def _rare(items: list[Item], counts: Counter[str]) -> list[Finding]:
    once = [i for i in items if not i.held_out and counts[i.example.label] == 1]
    words = f"{{count}} have a label that occurs once: {_names(i.example.label for i in once)}."
    found = findings("label balance", WARNS, words, once)
    unseen = [i for i in items if i.held_out and not counts[i.example.label]]
    names = _names(item.example.label for item in unseen)
    words = f"{{count}} held out have a label that training never sees: {names}."
    return found + findings("labels", BLOCKS, words, unseen)


def tags(subject: Subject) -> list[Finding]:
    """Tags that are no BIO, rows whose words and tags do not match, types that training never sees."""
    items = [item for item in subject.items if isinstance(item.example, Tagged)]
    if not items:
        return []
    wrong = [item for item in items if not _is_bio(item.example)]
    odd = (tag for item in wrong for tag in item.example.tags if not _BIO.fullmatch(tag))
    words = f"{{count}} have tags that are not O, B-<type> or I-<type>: {_names(odd)}."
    found = findings("tags", BLOCKS, words, wrong)
    uneven = [item for item in items if len(item.example.words) != len(item.example.tags)]
    found += findings("tags", BLOCKS, "{count} have not as many tags as words.", uneven)
    sound = [item for item in items if _is_bio(item.example)]
    astray = [item for item in sound if _starts_inside(item.example.tags)]
    words = "{count} have an I- tag that continues nothing of its type; it is read as a beginning."
    found += findings("tags", WARNS, words, astray)
    return found + _types(sound)


def _types(items: list[Item]) -> list[Finding]:
    """Of entities: none at all, types that occur once, types that only held-out rows have."""
    learnt = [item for item in items if not item.held_out]
    counts = Counter(tag[2:] for item in learnt for tag in item.example.tags if tag[0] == "B")
    known = {name for item in learnt for name in _named(item)}
    if not known:
        return [Finding("tags", BLOCKS, "No training row has a tag other than O: there is nothing to find.")]
    rare = {name for name, count in counts.items() if count == 1}
    words = f"{{count}} have a type that occurs once: {_names(sorted(rare))}."
    found = findings("label balance", WARNS, words, (i for i in learnt if rare & set(_named(i))))
    unseen = [item for item in items if item.held_out and not known.issuperset(_named(item))]
    names = _names(name for item in unseen for name in _named(item) if name not in known)
    words = f"{{count}} held out have a type that training never sees: {names}."
    return found + findings("tags", BLOCKS, words, unseen)


def _named(item: Item) -> list[str]:
    """The types of the tags of a row."""
    return [tag[2:] for tag in item.example.tags if tag != _OUTSIDE]


def answers(subject: Subject) -> list[Finding]:
    """Answers that do not stand where the row says, and those that no window holds whole."""
    items = [item for item in subject.items if isinstance(item.example, Answered)]
    lost = [item for item in items if not _stands(item.example)]
    words = "{count} have an answer that does not stand in the context where the row says."
    found = findings("answers", BLOCKS, words, lost)
    blank = [item for item in items if not item.example.question.strip() or not item.example.context.strip()]
    found += findings("empty texts", BLOCKS, "{count} have no question or no context.", blank)
    torn = [
        item
        for item, facts in subject.measured()
        if isinstance(item.example, Answered)
        and item.example.answers
        and not facts.learnt
        and not facts.fault
        and _stands(item.example)
    ]
    words = "{count} have an answer too long for one window: it counts as not there."
    found += findings("answers", WARNS, words, torn)
    asked = [item for item in items if not item.held_out]
    if asked and not any(item.example.answers for item in asked):
        found.append(Finding("answers", BLOCKS, "No training row has an answer: there is nothing to find."))
    return found


def _is_bio(example: Tagged) -> bool:
    return all(map(_BIO.fullmatch, example.tags))


def _stands(example: Answered) -> bool:
    spans = zip(example.answers, example.starts, strict=False)
    whole = all(start >= 0 and example.context[start : start + len(said)] == said for said, start in spans)
    return whole and len(example.answers) == len(example.starts) and all(example.answers)


def _starts_inside(tags: Iterable[str]) -> bool:
    before = _OUTSIDE
    for tag in tags:
        if tag[0] == "I" and before[2:] != tag[2:]:
            return True
        before = tag
    return False


def _names(names: Iterable[str]) -> str:
    """The first few different ones, ready for a format of its own."""
    found = list(dict.fromkeys(names))
    said = ", ".join(repr(cut_words(name, 40)) for name in found[:_SHOWN])
    said += f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return said.replace("{", "{{").replace("}", "}}")
