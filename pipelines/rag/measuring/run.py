"""A set of questions by several configurations, one after another, each judged as soon as it is there.

What searches, answers and keeps is handed in: nothing here knows a model, a database or a page. Imports no
torch.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.rag.answers import Found
from pipelines.rag.measuring.judging import Answered, Known, Support, judged
from pipelines.rag.measuring.questions import Gold, Question
from pipelines.rag.measuring.relevance import Pieces
from pipelines.rag.measuring.scores import Score, errored
from pipelines.rag.specs import AnswerSpec, SearchSpec

MOST_CONFIGURATIONS = 12
_FORM = 1  # of a score: grows when the same settings are judged in another way


@dataclass(frozen=True)
class Configuration:
    """A way to search, and to answer where ``answer`` is given. Names differ within one run."""

    name: str
    search: SearchSpec
    answer: AnswerSpec | None = None


@dataclass(frozen=True)
class Tools:
    """``search(question, spec)``; ``answer(question, search, answer)``, which searches itself;
    ``support(answer, passages, question)`` for answers whose claims were not judged, else words are counted.
    Whatever goes wrong is a GlassworksError of that question alone."""

    search: Callable[[str, SearchSpec], Found]
    answer: Callable[[str, SearchSpec, AnswerSpec], Answered] | None = None
    support: Support | None = None


class Kept(Protocol):
    """Scores that were computed before, by key."""

    def known(self, keys: Sequence[str]) -> Mapping[str, Score]: ...

    def keep(self, key: str, score: Score) -> None: ...


@dataclass(frozen=True)
class Measured:
    """One question by one configuration, by their places; ``kept``: it was known from an earlier run."""

    configuration: int
    question: int
    score: Score
    kept: bool


@dataclass(frozen=True)
class Task:
    """``golds[question]`` are the places as the documents are now. ``subject`` names what is searched and by
    whom, the version of the collection with it: what was kept for another subject does not count."""

    questions: tuple[Question, ...]
    golds: tuple[tuple[Gold, ...], ...]
    configurations: tuple[Configuration, ...]
    pieces: Pieces
    subject: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.questions:
            raise SpecError("questions", "none", "at least one question")
        names = [one.name for one in self.configurations]
        if not 0 < len(names) <= MOST_CONFIGURATIONS or len(set(names)) < len(names):
            accepted = f"1 to {MOST_CONFIGURATIONS} configurations with different names"
            raise SpecError("configurations", names, accepted)

    @property
    def total(self) -> int:
        return len(self.questions) * len(self.configurations)


def measured(task: Task, tools: Tools, kept: Kept) -> Iterator[Measured]:
    """All scores: first those that are known, then question by question, so that a run that is stopped has
    the same questions for every configuration. Closing the generator stops it; what was computed is kept."""
    keys = {
        (c, q): key_of(task.subject, question, configuration)
        for c, configuration in enumerate(task.configurations)
        for q, question in enumerate(task.questions)
    }
    known = kept.known(list(keys.values()))
    for (c, q), key in keys.items():
        if key in known:
            yield Measured(c, q, known[key], True)
    for q, question in enumerate(task.questions):
        missing = [c for c in range(len(task.configurations)) if keys[c, q] not in known]
        facts = Known.of(question, task.golds[q], task.pieces) if missing else None
        for c in missing:
            score = _score(facts, task.configurations[c], tools)
            if not score.note:
                kept.keep(keys[c, q], score)
            yield Measured(c, q, score, False)


def key_of(subject: Sequence[str], question: Question, configuration: Configuration) -> str:
    """Of the collection at its version, the question with its answers and places, and every setting that
    counts; the configuration's name does not."""
    answer = configuration.answer.to_dict() if configuration.answer else None
    told = [_FORM, list(subject), question.key, configuration.search.to_dict(), answer]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _score(known: Known, configuration: Configuration, tools: Tools) -> Score:
    question, search, answer = known.question, configuration.search, configuration.answer
    try:
        if answer is None or tools.answer is None:
            return judged(known, tools.search(question.text, search), search)
        answered = _supported(tools.answer(question.text, search, answer), question, tools)
        return judged(known, answered.found, search, answered, answer.support)
    except GlassworksError as fault:
        return errored(question.key, str(fault))


def _supported(answered: Answered, question: Question, tools: Tools) -> Answered:
    """With its claims judged, where that can be done and has not been."""
    if answered.supports is not None or tools.support is None or not answered.text.strip():
        return answered
    used = tuple(one for one in answered.found.passages if one.id in answered.used)
    return replace(answered, supports=tuple(tools.support(answered.text, used, question.text)))
