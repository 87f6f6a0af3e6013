"""From a stream of generation events to what a visitor reads: the text so far and how fast it came.

Knows nothing of Gradio or of models; the page and the API both read a stream through :func:`follow`.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.throttled import throttled
from pipelines.generation.requests import Finished, Started, Token
from pipelines.runtime.messages import Loading

GAP = 0.05  # seconds between two updates: 20 a second read as fluent and leave the queue free

State = Literal["waiting", "loading", "writing", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Writing:
    """One moment of a generation. Times are in seconds; ``first`` is from the request to the first token,
    ``seconds`` from the first token on."""

    state: State = "waiting"
    text: str = ""
    tokens: int = 0
    prompt_tokens: int = 0
    truncated: int = 0
    first: float | None = None
    seconds: float = 0.0
    note: str = ""

    @property
    def tokens_per_second(self) -> float | None:
        """Of the tokens after the first, so that reading the prompt does not count."""
        return (self.tokens - 1) / self.seconds if self.tokens > 1 and self.seconds > 0 else None


def follow(
    stream: Iterator[Any], gap: float = GAP, now: Callable[[], float] = time.monotonic
) -> Generator[Writing, None, None]:
    """Moments at most every ``gap`` seconds; the first token and the end come at once.

    Closing this generator closes ``stream``, which cancels the request in the worker.
    """
    return throttled(stream, Writing(), advance, _can_wait, gap, now)


def _can_wait(event: Any, _: Writing, after: Writing) -> bool:
    return isinstance(event, Token) and after.tokens > 1


def advance(writing: Writing, event: Any, elapsed: float) -> Writing:
    """The moment after ``event``, which came ``elapsed`` seconds after the request."""
    if isinstance(event, Loading):
        return replace(writing, state="loading", note=event.model)
    if isinstance(event, Started):
        return replace(
            writing, state="waiting", prompt_tokens=event.prompt_tokens, truncated=event.truncated, note=""
        )
    if isinstance(event, Token):
        first = elapsed if writing.first is None else writing.first
        return replace(
            writing,
            state="writing",
            text=writing.text + event.text,
            tokens=writing.tokens + 1,
            first=first,
            seconds=elapsed - first,
        )
    if isinstance(event, Finished):
        return replace(writing, state="done", text=event.text, tokens=event.new_tokens, note=event.reason)
    return writing
