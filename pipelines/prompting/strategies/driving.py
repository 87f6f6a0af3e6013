"""Drives strategies: puts the calls of many programs into one batch, hands back the replies, and tells what
came of each with all that was asked. Knows no strategy and no model.

A round is one batch: every program asks what it wants to know now. What a program says depends on its replies
alone, so a run that begins again asks the same calls; who keeps replies need not ask them of the model.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.prompting.calls import Call, Outcome, Program, Reply

Batch = Callable[[tuple[Call, ...]], Sequence[Reply]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exchange:
    """A call and its reply. ``round`` counts from 0 what the program asked at once; ``parsed`` is what the
    strategy took the reply for (JSON values), None where it came to no end."""

    call: Call
    reply: Reply
    round: int
    parsed: Any = None


@dataclass(frozen=True)
class Finished:
    """What came of one program. With an ``error`` the outcome is empty, and the trace ends with the cause."""

    key: Any
    outcome: Outcome
    trace: tuple[Exchange, ...]
    error: str = ""

    @property
    def tokens(self) -> int:
        return sum(one.reply.tokens for one in self.trace)

    @property
    def seconds(self) -> float:
        return sum(one.reply.seconds for one in self.trace)


def drive(program: Program, answer: Callable[[Call], Reply]) -> Finished:
    """One program to its end, a call at a time."""
    (finished,) = drive_all([(None, program)], lambda calls: [answer(call) for call in calls])
    return finished


def drive_all(
    programs: Iterable[tuple[Any, Program]], answer_batch: Batch, at_once: int | None = None
) -> Iterator[Finished]:
    """Each program's end, as it comes to it. ``programs`` are (key, program), begun in their order; at most
    ``at_once`` are on their way, and the next begin as others end: first results come sooner. An error in a
    reply, or in a program, ends that one alone; what ``answer_batch`` raises ends all. It gets the calls of a
    round and returns as many replies, in the same order."""
    if at_once is not None and at_once < 1:
        raise ValueError(f"at_once must be at least 1, not {at_once}")
    waiting, live = iter(programs), []
    try:
        while True:
            begun = islice(waiting, None if at_once is None else at_once - len(live))
            live += [_Run(key, program).began() for key, program in begun]
            if not live:
                return
            yield from (run.finished for run in live if run.finished)
            live = [run for run in live if not run.finished]
            _round(live, answer_batch)
            yield from (run.finished for run in live if run.finished)
            live = [run for run in live if not run.finished]
    finally:
        for run in live:
            run.program.close()


def _round(live: Sequence["_Run"], answer_batch: Batch) -> None:
    calls = tuple(call for run in live for call in run.asked)
    replies = tuple(answer_batch(calls)) if calls else ()
    if len(replies) != len(calls):
        raise ValueError(f"{len(calls)} calls got {len(replies)} replies")
    at = 0
    for run in live:
        mine = replies[at : at + len(run.asked)]
        at += len(mine)
        run.heard(mine)


@dataclass
class _Run:
    """A program on its way: ``asked`` are the calls that it waits for."""

    key: Any
    program: Program
    asked: tuple[Call, ...] = ()
    trace: list[Exchange] = field(default_factory=list)
    rounds: int = 0
    finished: Finished | None = None

    def began(self) -> "_Run":
        self._go_on(lambda: next(self.program))
        return self

    def heard(self, replies: tuple[Reply, ...]) -> None:
        self.trace += [Exchange(*pair, self.rounds) for pair in zip(self.asked, replies, strict=True)]
        self.rounds += 1
        if error := next((reply.error for reply in replies if reply.error), ""):
            self.program.close()
            self._end(Outcome(""), error)
        else:
            self._go_on(lambda: self.program.send(replies))

    def _go_on(self, advance: Callable[[], tuple[Call, ...]]) -> None:
        try:
            self.asked = advance()
        except StopIteration as end:
            self._end(end.value)
        except GlassworksError as error:
            self._end(Outcome(""), str(error))
        except Exception as error:
            _log.exception("A strategy failed on %r", self.key)
            self._end(Outcome(""), f"The strategy failed on this item ({type(error).__name__}).")

    def _end(self, outcome: Outcome, error: str = "") -> None:
        parsed = outcome.details.get("parsed", ())
        trace = tuple(
            Exchange(one.call, one.reply, one.round, parsed[i] if i < len(parsed) else None)
            for i, one in enumerate(self.trace)
        )
        self.finished = Finished(self.key, outcome, trace, error)
