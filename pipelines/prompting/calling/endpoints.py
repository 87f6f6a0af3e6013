"""Calls answered by a server, several under way at once. How one is put to it stands in
:mod:`pipelines.prompting.calling.server`.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.models.endpoints import Endpoint
from pipelines.models.patience import Patience
from pipelines.models.served import Left, several
from pipelines.prompting.calling.caller import Check, Done, settings_of, unchecked, unheard
from pipelines.prompting.calling.server import Server, tokens_about
from pipelines.prompting.calls import Call, Reply

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
        replies: dict[int, Reply] = {}

        def ask(number: int, leaving: threading.Event) -> Reply:
            return self._asked(calls[number], leaving)

        for number, reply in several(ask, len(calls), self._endpoint.parallel, check):
            replies[number] = reply
            done(number, reply)
        return tuple(replies[number] for number in range(len(calls)))

    def count(self, call: Call) -> int:
        """About: four characters a token."""
        return tokens_about(call)

    def told(self, call: Call) -> Mapping[str, Any]:
        where = {"url": self._endpoint.url, "served": self._endpoint.model, "goes_on": self._endpoint.begun}
        said = [[message.role, message.content] for message in call.messages]
        return {"model": self.name, **where, "read": said, "begun": call.begun, **settings_of(call)}

    def _asked(self, call: Call, leaving: threading.Event) -> Reply:
        try:
            return self._server.ask(call, leaving)
        except Left:
            raise
        except Exception as error:  # not its text: what a client's fault quotes is not known
            _log.error("%s: a request failed with %s", self.name, type(error).__name__)
            return Reply((), 0, 0.0, f"The request to {self.name} failed ({type(error).__name__}).")
