"""A service of preferences over an empty database, with a worker that writes what it is told."""

import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from pipelines.core.database import Database
from pipelines.generation.requests import Finished, GenerateRequest, Token
from pipelines.keeping.runs import RunFiles
from pipelines.keeping.service import Keeping
from pipelines.preferences.records import Message, Pair, Round
from pipelines.preferences.service import PreferenceService
from pipelines.preferences.specs import RoundSpec
from pipelines.runtime.messages import PreloadRequest


@dataclass
class Writer:
    """Answers every prompt with words that name the request's seed; ``fails`` are models that do not."""

    fails: dict[str, Exception] = field(default_factory=dict)
    breaks: bool = False  # a text ends without being finished
    asked: list[GenerateRequest] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # models whose stream was closed

    def loaded(self) -> tuple[str, ...]:
        return ()

    def call(self, request: PreloadRequest) -> list[Any]:
        if fault := self.fails.get(request.model):
            raise fault
        return []

    def stream(self, request: GenerateRequest) -> Any:
        self.asked.append(request)
        words = [f" {request.model}", f" {request.decoding.seed}", " end"]
        try:
            for place, word in enumerate(words):
                yield Token(place, place, word, -1.0)
            if not self.breaks:
                yield Finished("eos", "".join(words), len(words), 0.1)
        finally:
            self.ended.append(request.model)


def opened(settings: Any, **parts: Any) -> PreferenceService:
    return PreferenceService(settings, Database(settings.url), parts.pop("runtime", Writer()), **parts)


def keeping_of(settings: Any, service: PreferenceService) -> Keeping:
    """What keeps its votes, as the settings say; not started."""
    return Keeping(settings, service.sharing, RunFiles(settings, Database(settings.url)))


def pairs(count: int, **values: Any) -> list[Pair]:
    """Of a file: with ids of its own."""
    return [
        Pair(
            f"p{n}", "", (Message("user", f"Question {n}"),), f"a{n}", f"b{n}", "house/a", "house/b", **values
        )
        for n in range(count)
    ]


def round_with(service: PreferenceService, count: int, owner: str = "ann", **spec: Any) -> Round:
    """A round of so many pairs, of which none is repeated unless ``spec`` says so."""
    made = service.create(RoundSpec(**{"repeat_share": 0.0, **spec}), owner)
    service.add_pairs(made.id, owner, pairs(count))
    return made


def joined(service: PreferenceService, found: Round, *visitors: str) -> None:
    for one in visitors:
        service.join(found.code, one, one.title(), True)


def judged(service: PreferenceService, found: Round, visitor: str, choice: str = "left") -> Any:
    """The visitor's vote on what the queue gives them; None when nothing waits."""
    shown = service.next(found.id, visitor)
    return shown and service.vote(shown.pair, visitor, choice)


class Clock(SimpleNamespace):
    """``time.time`` of a module, which a test moves."""

    def __init__(self) -> None:
        super().__init__(ahead=0.0)

    def time(self) -> float:
        return time.time() + self.ahead
