"""Requests to an OpenAI-compatible server: what it answers, or a reason why it does not. Knows no topic.

The key stands in the request's header and nowhere else: no message of this module quotes a header, or what a
server says of a key that it refuses.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from huggingface_hub import InferenceClient, constants, errors
from huggingface_hub.utils import get_session, hf_raise_for_status

from pipelines.core.errors import GlassworksError
from pipelines.models.endpoints import Endpoint
from pipelines.models.patience import Patience, retry_after

_AGAIN = (408, 425, 429)  # and 5xx
_KEY_REFUSED = (401, 403)
_SAID = 200  # characters of a server's own words that are passed on
_LOOK = 0.2  # seconds between two looks at whether to leave
_T = TypeVar("_T")


class Refused(GlassworksError):
    """The server will not answer this, however often it is asked."""

    def __init__(self, message: str, status: int = 0):
        super().__init__(message)
        self.status = status


class Left(Exception):
    """Nobody waits for the answer any more."""


class Served:
    """May be asked by several threads. Raises :class:`GlassworksError` where there is no key, or nothing may
    be sent. Both ways of asking return what the server says and how many seconds that took; they raise
    :class:`Refused`, and once ``leaving`` is set :class:`Left`."""

    def __init__(self, endpoint: Endpoint, patience: Patience):
        if constants.is_offline_mode():
            raise GlassworksError(
                f"HF_HUB_OFFLINE is set where Glassworks runs, so nothing is sent to {endpoint.full_name}."
            )
        self._endpoint, self._patience = endpoint, patience
        self._key = endpoint.key()
        # Set even where there is none: the client would else send the owner's Hub token to any server.
        header = {"authorization": f"Bearer {self._key}" if self._key else None}
        self._headers = {name: value for name, value in header.items() if value}
        self._client = InferenceClient(base_url=endpoint.url, timeout=endpoint.timeout, headers=header)
        self._not_before = 0.0  # by the monotonic clock: a server that asks for patience asks it of all

    def chat(self, body: dict[str, Any], leaving: threading.Event) -> tuple[Any, float]:
        """A chat completion, at least one choice in it, as the client has it."""
        return self._tried(lambda: _chat(self._client.chat_completion(**body)), "chat completion", leaving)

    def complete(self, body: dict[str, Any], leaving: threading.Event) -> tuple[dict[str, Any], float]:
        """The first choice of a completion of text, as the server has it."""
        return self._tried(lambda: self._completed(body), "completion", leaving)

    def _completed(self, body: dict[str, Any]) -> dict[str, Any]:
        url = self._endpoint.url.rstrip("/")
        url = f"{url if url.endswith('/v1') else url + '/v1'}/completions"  # as the client does for chats
        given = {"headers": self._headers, "timeout": self._endpoint.timeout}
        response = get_session().post(url, json=body, **given)
        hf_raise_for_status(response)
        choice = response.json()["choices"][0]
        if not isinstance(choice, dict) or not isinstance(choice.get("text"), str):
            raise ValueError("no text")
        return choice

    def _tried(self, ask: Callable[[], Any], what: str, leaving: threading.Event) -> tuple[Any, float]:
        for failed in range(1, self._patience.tries + 1):
            _wait(self._not_before - time.monotonic(), leaving)
            began = time.perf_counter()
            try:
                return ask(), time.perf_counter() - began
            except errors.HfHubHTTPError as error:
                why, told = self._explained(error.response), retry_after(error.response.headers)
            except (errors.HTTPError, OSError) as error:
                why, told = self._unreached(error), None
            except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
                # The client stumbles over faults whose body is a list, as some providers send them.
                response = getattr(error.__context__, "response", None)
                if response is None:
                    raise Refused(f"{self._endpoint.full_name} did not answer with a {what}.") from None
                why, told = self._explained(response), retry_after(response.headers)
            wait = self._patience.wait(failed, told)
            if told:
                self._not_before = max(self._not_before, time.monotonic() + wait)
            if failed < self._patience.tries:
                _wait(wait, leaving)
        times = "once" if self._patience.tries == 1 else f"{self._patience.tries} times"
        raise Refused(f"{self._endpoint.full_name} {why}; it was asked {times}.")

    def _unreached(self, error: Exception) -> str:
        if isinstance(error, errors.InferenceTimeoutError) or "Timeout" in type(error).__name__:
            return f"did not answer within {self._endpoint.timeout:g} seconds"
        return f"cannot be reached ({type(error).__name__})"

    def _explained(self, response: Any) -> str:
        """Why another request may do better; raises :class:`Refused` where none will."""
        status, name = response.status_code, self._endpoint.full_name
        if status == 429:
            return "has too many requests (HTTP 429)"
        if status in _AGAIN or status >= 500:
            return f"fails (HTTP {status})"
        if status in _KEY_REFUSED:
            where = f"in {self._endpoint.key_env}" if self._key else "that is missing: name its key_env"
            raise Refused(f"{name} refuses the key {where} (HTTP {status}).", status)
        said = self._said(response)
        raise Refused(f"{name} refuses the request (HTTP {status}){said}.", status)

    def _said(self, response: Any) -> str:
        """The server's own words, in which a key is no longer one."""
        try:
            told = response.json()
            told = told.get("error", told.get("message", told.get("detail")))
            told = told.get("message") if isinstance(told, dict) else told
        except (ValueError, AttributeError, RuntimeError):
            return ""
        words = " ".join(str(told or "").split())
        if self._key:
            words = words.replace(self._key, "…")
        return f": {words[:_SAID].rstrip('.')}" if words else ""


def several(
    ask: Callable[[int, threading.Event], _T], count: int, parallel: int, check: Callable[[], object]
) -> Iterator[tuple[int, _T]]:
    """``ask(number, leaving)`` for each number below ``count``, so many at a time, as they are answered. What
    ``check`` raises in between, or the first failure, ends all; nobody then waits for requests that are under
    way: their threads end with them."""
    leaving = threading.Event()
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    answered: queue.SimpleQueue[tuple[int, Any, Exception | None]] = queue.SimpleQueue()
    for number in range(count):
        waiting.put(number)

    def work() -> None:
        while not leaving.is_set():
            try:
                number = waiting.get_nowait()
                answered.put((number, ask(number, leaving), None))
            except (queue.Empty, Left):
                return
            except Exception as error:
                answered.put((number, None, error))

    for _ in range(min(parallel, count)):
        threading.Thread(target=work, name="endpoint", daemon=True).start()
    try:
        for _ in range(count):
            number, found, failed = _next(answered, check)
            if failed:
                raise failed
            yield number, found
    finally:
        leaving.set()


def _next(answered: "queue.SimpleQueue[Any]", check: Callable[[], object]) -> Any:
    while True:
        check()
        try:
            return answered.get(timeout=_LOOK)
        except queue.Empty:
            continue


def _wait(seconds: float, leaving: threading.Event) -> None:
    if leaving.wait(max(0.0, seconds)):
        raise Left


def _chat(output: Any) -> Any:
    """As it is; raises ValueError for what is none: the client takes any JSON object for one."""
    choices = output.choices
    if not isinstance(choices, list) or not choices:
        raise ValueError("no choices")
    if not all(isinstance(choice.message.content, (str, type(None))) for choice in choices):
        raise ValueError("no text")
    return output
