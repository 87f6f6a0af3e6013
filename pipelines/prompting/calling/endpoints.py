"""Calls answered by a server, several under way at once. How one is put to it stands in
:mod:`pipelines.prompting.calling.server`.
"""

import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.models.endpoints import Endpoint
from pipelines.prompting.calling.caller import Check, Done, settings_of, unchecked, unheard
from pipelines.prompting.calling.patience import Patience
from pipelines.prompting.calling.server import Left, Server, tokens_about
from pipelines.prompting.calls import Call, Reply

_LOOK = 0.2  # seconds between two looks at whether to leave
_log = logging.getLogger(__name__)


class EndpointCaller:
    """A :class:`~pipelines.prompting.calling.caller.Caller`. Raises :class:`GlassworksError` where the key is
    not in the environment, or nothing may be sent."""

    exact = False  # the server counts, and tells afterwards

    def __init__(self, endpoint: Endpoint, patience: Patience | None = None):
        self.name, self._endpoint = endpoint.full_name, endpoint
        self._server = Server(endpoint, patience or Patience())

    def answer(
        self, calls: Sequence[Call], check: Check = unchecked, done: Done = unheard
    ) -> tuple[Reply, ...]:
        """Who leaves early does not wait for requests that are under way: their threads end with them."""
        leaving = threading.Event()
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        answered: queue.SimpleQueue[tuple[int, Reply]] = queue.SimpleQueue()
        for number in range(len(calls)):
            waiting.put(number)
        for _ in range(min(self._endpoint.parallel, len(calls))):
            given = (calls, waiting, answered, leaving)
            threading.Thread(target=self._work, args=given, name="endpoint", daemon=True).start()
        replies: dict[int, Reply] = {}
        try:
            while len(replies) < len(calls):
                check()
                try:
                    number, reply = answered.get(timeout=_LOOK)
                except queue.Empty:
                    continue
                replies[number] = reply
                done(number, reply)
        except BaseException:
            leaving.set()
            raise
        return tuple(replies[number] for number in range(len(calls)))

    def count(self, call: Call) -> int:
        """About: four characters a token."""
        return tokens_about(call)

    def told(self, call: Call) -> Mapping[str, Any]:
        where = {"url": self._endpoint.url, "served": self._endpoint.model, "goes_on": self._endpoint.begun}
        said = [[message.role, message.content] for message in call.messages]
        return {"model": self.name, **where, "read": said, "begun": call.begun, **settings_of(call)}

    def _work(
        self,
        calls: Sequence[Call],
        waiting: "queue.SimpleQueue[int]",
        answered: "queue.SimpleQueue[tuple[int, Reply]]",
        leaving: threading.Event,
    ) -> None:
        while not leaving.is_set():
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                reply = self._server.ask(calls[number], leaving)
            except Left:
                return
            except Exception as error:  # not its text: what a client's fault quotes is not known
                _log.error("%s: a request failed with %s", self.name, type(error).__name__)
                reply = Reply((), 0, 0.0, f"The request to {self.name} failed ({type(error).__name__}).")
            answered.put((number, reply))
