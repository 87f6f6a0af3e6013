"""A server elsewhere as who answers the asks of an evaluation.

It writes by its completions of text, or by chats where it has those alone. It scores where it says how likely
the tokens of a prompt are: by ``echo`` with ``logprobs`` as OpenAI had it, or by vLLM's ``prompt_logprobs``.
That is tried once.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.answering.conversation import Conversation
from pipelines.evaluation.answering.told import WAYS, Told, said_of
from pipelines.evaluation.records import Ask, Progress, Said, Write
from pipelines.generation.together.stops import cut_at
from pipelines.models.endpoints import Endpoint
from pipelines.models.patience import Patience
from pipelines.models.served import Refused, Served, several

_NO_PATH = (404, 405, 501)  # what a server says that has chats alone
_NOT_SO = (*_NO_PATH, 400, 422)  # or has completions without log-probabilities
_STOPS = 4  # strings that such servers take; the others are looked for here
_SEED = 0x7FFFFFFF
_TRIAL = Ask("The quick brown fox", " jumps")


class EndpointAnswerer:
    """An :class:`~pipelines.evaluation.records.Answerer`. ``advance`` hears of asks that are answered as soon
    as they are, and of none now and then; it may raise to stop. Raises :class:`GlassworksError` where the key
    is not in the environment or nothing may be sent, and later for what the server refuses."""

    def __init__(
        self,
        endpoint: Endpoint,
        advance: Progress = lambda count: None,
        patience: Patience | None = None,
    ):
        self.name, self._endpoint, self._advance = endpoint.full_name, endpoint, advance
        self._served = Served(endpoint, patience or Patience())
        self._way: str | None = None  # by which it scores; empty where it does not
        self._completes = True

    def scores(self) -> bool:
        """Asks the server, the first time."""
        if self._way is None:
            self._way = next((way for way in WAYS if self._bears(way)), "")
        return bool(self._way)

    def score(self, asks: Sequence[Ask]) -> list[Said]:
        """Raises :class:`GlassworksError` where the server does not score, or not from a text's beginning."""
        if not self.scores():
            raise GlassworksError(
                f"{self.name} does not say how likely the tokens of a prompt are: it can be asked to write "
                "alone."
            )
        if any(isinstance(ask.context, Conversation) for ask in asks):
            raise GlassworksError(
                f"The chat template of {self.name} is the server's own: it can be scored without one alone."
            )
        return self._all(lambda number, leaving: self._said(asks[number], self._way, leaving), len(asks))

    def write(self, writes: Sequence[Write]) -> list[tuple[str, ...]]:
        return self._all(lambda number, leaving: self._texts(writes[number], leaving), len(writes))

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        """What :meth:`write` puts to the server as these messages; to be passed on as it is, or with the
        answer's beginning added to it."""
        return Conversation.of(messages)

    def _all(self, ask: Callable[[int, threading.Event], Any], count: int) -> list[Any]:
        found: dict[int, Any] = {}
        for number, one in several(ask, count, self._endpoint.parallel, lambda: self._advance(0)):
            found[number] = one
            self._advance(1)
        return [found[number] for number in range(count)]

    def _bears(self, way: str) -> bool:
        try:
            return self._said(_TRIAL, way, threading.Event()).tokens > 0
        except Refused as error:
            if error.status in _NOT_SO:
                return False
            raise
        except GlassworksError:  # an answer without the log-probabilities
            return False

    def _said(self, ask: Ask, way: str, leaving: threading.Event) -> Said:
        prompt = ask.context + ask.continuation
        body = {"model": self._endpoint.model, "prompt": prompt, "max_tokens": 1, "temperature": 0.0}
        choice, _ = self._served.complete(body | WAYS[way].asked, leaving)
        told: Sequence[Told] = WAYS[way].read(choice)
        return said_of(told, ask, self.name)

    def _texts(self, write: Write, leaving: threading.Event) -> tuple[str, ...]:
        """Of a greedy text as many as are asked for, written once."""
        many = write.samples if write.temperature > 0 else 1
        texts = tuple(self._text(write, sample, leaving) for sample in range(many))
        return texts + texts[:1] * (write.samples - many)

    def _text(self, write: Write, sample: int, leaving: threading.Event) -> str:
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "max_tokens": write.max_new_tokens,
            "temperature": write.temperature,
            "stop": [stop for stop in write.until if stop][:_STOPS] or None,
        }
        if write.temperature > 0:
            body |= {"seed": (write.seed + sample) & _SEED, "top_p": write.top_p}
        text = self._written(write.context, body, leaving)
        cut = cut_at(text, write.until)
        return text if cut < 0 else text[:cut]

    def _written(self, context: str, body: dict[str, Any], leaving: threading.Event) -> str:
        if not isinstance(context, Conversation):
            if self._completes:
                try:
                    return self._served.complete(body | {"prompt": context}, leaving)[0]["text"]
                except Refused as error:
                    if error.status not in _NO_PATH:
                        raise
            context = Conversation.of([{"role": "user", "content": context}])
            self._completes = False
        output, _ = self._served.chat(body | context.body(self._endpoint.begun), leaving)
        return context.rest(output.choices[0].message.content or "")
