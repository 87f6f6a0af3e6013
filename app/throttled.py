"""From a stream of events to moments that a page can keep up with. Knows nothing of Gradio or of models."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any


def throttled(
    stream: Iterator[Any],
    moment: Any,
    advance: Callable[[Any, Any, float], Any],
    can_wait: Callable[[Any, Any, Any], bool],
    gap: float,
    now: Callable[[], float],
) -> Generator[Any, None, None]:
    """What ``moment`` becomes by ``advance(moment, event, seconds since the start)``.

    Those that ``can_wait(event, moment before, moment after)`` come at most every ``gap`` seconds, all others
    at once. A stream that ends before the state is ``done`` was stopped.

    Closing this generator closes ``stream``, which cancels the request in the worker.
    """
    began, shown = now(), float("-inf")
    with closing(stream):
        for event in stream:
            before, moment = moment, advance(moment, event, now() - began)
            if can_wait(event, before, moment) and now() - shown < gap:
                continue
            shown = now()
            yield moment
    if moment.state != "done":
        yield replace(moment, state="stopped")
