"""The inference worker's client as visitors have it: every request is counted against the limits of whoever
asks, before it reaches the worker. What the app asks for itself (warming up, say) is not counted.

Who asks is known from the event that is being handled, not from an argument: so no tab and no endpoint can
forget it. Threads that go on with a visitor's work take the context along (:class:`app.stoppable.Stoppable`).
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from app.costs import is_counted, most_written, reading, written
from app.identity import Identity, Visitor
from app.limits import Limits

Who = tuple[Visitor, gr.Request]


class Asker:
    """Tells who has sent the event that this thread works on."""

    def __init__(self, identity: Identity):
        self._identity = identity

    def __call__(self) -> Who | None:
        """None where nobody has: in the app's own threads."""
        sent = LocalContext.request.get(None)
        if sent is None:
            return None
        request = sent if isinstance(sent, gr.Request) else gr.Request(sent)
        return self._identity.visitor(request), request


class LimitedRuntime:
    """All else is that of ``runtime``, a :class:`~pipelines.runtime.client.RuntimeClient`."""

    def __init__(self, runtime: Any, limits: Limits, who: Callable[[], Who | None]):
        self._runtime, self._limits, self._who = runtime, limits, who

    def stream(self, request: Any) -> Iterator[Any]:
        """As the runtime's own; raises TooMuchError before its first event."""
        who = self._who()
        if who is None:
            yield from self._runtime.stream(request)
            return
        with self._counted(who, request) as count, closing(self._runtime.stream(request)) as events:
            for event in events:
                count(event)
                yield event

    def call(self, request: Any) -> list[Any]:
        """All events of a request that is over soon."""
        return list(self.stream(request))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    @contextmanager
    def _counted(self, who: Who, request: Any) -> Iterator[Callable[[Any], None]]:
        """The block's events are told to what is given; when it ends, what was not written is given back."""
        read, told = 1 + reading(request), 0

        def count(event: Any) -> None:
            nonlocal told
            told += written(event)

        with self._limits.at_once(*who):
            use = self._limits.tokens(*who, read + most_written(request))
            try:
                yield count
            finally:
                if is_counted(request):
                    use.amount = read + told
