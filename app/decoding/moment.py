"""From a stream of decoding events to what a visitor sees: every column's tokens so far, and the end.

Knows nothing of Gradio or of models; the page and the API both read a stream through :func:`follow`.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.decoding.compared import Compared
from app.throttled import throttled
from pipelines.generation.comparing import (
    Beams,
    Decoded,
    DecodeRequest,
    DecodeStarted,
    DecodeStep,
    Stages,
    Wrote,
)
from pipelines.runtime.messages import Loading

GAP = 0.2  # seconds between two updates: a busy page draws twelve long columns no faster, and must hear Stop

State = Literal["waiting", "loading", "writing", "done", "stopped", "failed"]


@dataclass
class Growing:
    """One text so far; as in :class:`~pipelines.generation.comparing.Wrote`. ``rejected`` holds, by the place
    of the token that came instead, the text of a draft's token that was refused."""

    ids: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    log_probs: list[float] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    stages: list[Stages] = field(default_factory=list)

    def add(self, wrote: Wrote) -> None:
        if wrote.rejected >= 0:
            self.rejected[len(self.ids) + len(wrote.ids) - 1] = wrote.rejected_text
        self.ids += wrote.ids
        self.texts += wrote.texts
        self.log_probs += wrote.log_probs
        self.ranks += wrote.ranks
        self.entropies += wrote.entropies
        self.origins += wrote.origins or ["own"] * len(wrote.ids)
        self.stages += wrote.stages


@dataclass(frozen=True)
class Moment:
    """``texts`` by (column, sample) and ``beams`` grow in place from moment to moment. Times are in seconds:
    ``first`` is from the request to the first token, ``seconds`` from the request on."""

    request: DecodeRequest
    state: State = "waiting"
    note: str = ""
    started: DecodeStarted | None = None
    texts: dict[tuple[int, int], Growing] = field(default_factory=dict)
    beams: list[Beams] = field(default_factory=list)
    decoded: Decoded | None = None
    first: float | None = None
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Of all columns together."""
        return sum(len(one.ids) for one in self.texts.values())

    @property
    def compared(self) -> Compared | None:
        """Once all is done."""
        if self.decoded is None or self.started is None:
            return None
        return Compared(self.request, self.started, self.decoded, tuple(self.beams))


def follow(
    request: DecodeRequest,
    stream: Iterator[Any],
    gap: float = GAP,
    now: Callable[[], float] = time.monotonic,
) -> Generator[Moment, None, None]:
    """Moments at most every ``gap`` seconds; the first tokens and the end come at once.

    Closing this generator closes ``stream``, which cancels the request in the worker.
    """
    return throttled(stream, Moment(request), advance, _can_wait, gap, now)


def _can_wait(event: Any, before: Moment, after: Moment) -> bool:
    """A step that did not bring the first tokens."""
    return isinstance(event, DecodeStep) and not (before.first is None and after.first)


def advance(moment: Moment, event: Any, elapsed: float) -> Moment:
    """The moment after ``event``, which came ``elapsed`` seconds after the request."""
    if isinstance(event, Loading):
        return replace(moment, state="loading", note=event.model)
    if isinstance(event, DecodeStarted):
        return replace(moment, state="waiting", note="", started=event, seconds=elapsed)
    if isinstance(event, DecodeStep):
        for wrote in event.wrote:
            moment.texts.setdefault((wrote.column, wrote.sample), Growing()).add(wrote)
        moment.beams.extend(event.beams)
        first = elapsed if moment.first is None and (event.wrote or event.beams) else moment.first
        return replace(moment, state="writing", first=first, seconds=elapsed)
    if isinstance(event, Decoded):
        return replace(moment, state="done", decoded=event, seconds=elapsed)
    return moment
