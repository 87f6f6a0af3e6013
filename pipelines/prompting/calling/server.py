"""One call put to an OpenAI-compatible server: as many requests as it takes, and a reply or a reason.

The key stands in the request's header and nowhere else: no message of this module quotes a header, or what a
server says of a key that it refuses.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from huggingface_hub import InferenceClient, constants, errors

from pipelines.core.errors import GlassworksError
from pipelines.models.endpoints import Endpoint
from pipelines.prompting.calling.caller import cut_at
from pipelines.prompting.calling.patience import Patience, retry_after
from pipelines.prompting.calls import Call, Reply, Text

_AGAIN = (408, 425, 429)  # and 5xx
_NOT_SO = (400, 422)  # perhaps for something that another server would have taken
_KEY_REFUSED = (401, 403)
_STOPS = 4  # markers that such servers take; the others are looked for here
_SEED = 0x7FFFFFFF
_SAID = 200  # characters of a server's own words that are passed on
_CHARACTERS = 4  # a token, where nobody counts
_VLLM = {"continue_final_message": True, "add_generation_prompt": False}


class Refused(GlassworksError):
    """The server will not answer this, however often it is asked."""

    def __init__(self, message: str, status: int = 0):
        super().__init__(message)
        self.status = status


class Left(Exception):
    """Nobody waits for the answer any more."""


class Server:
    """May be asked by several threads. Raises :class:`GlassworksError` where there is no key, or nothing may
    be sent."""

    def __init__(self, endpoint: Endpoint, patience: Patience):
        if constants.is_offline_mode():
            raise GlassworksError(
                f"HF_HUB_OFFLINE is set where Glassworks runs, so nothing is sent to {endpoint.full_name}."
            )
        self._endpoint, self._patience = endpoint, patience
        self._key = endpoint.key()
        # Set even where there is none: the client would else send the owner's Hub token to any server.
        header = {"authorization": f"Bearer {self._key}" if self._key else None}
        self._client = InferenceClient(base_url=endpoint.url, timeout=endpoint.timeout, headers=header)
        self._begun, self._several = endpoint.begun, True
        self._not_before = 0.0  # by the monotonic clock: a server that asks for patience asks it of all

    def ask(self, call: Call, leaving: threading.Event) -> Reply:
        """``leaving`` ends all waiting: then raises :class:`Left`, else nothing. The time is that of the
        requests that were answered."""
        texts: list[Text] = []
        prompt_tokens, seconds = 0, 0.0
        wanted = max(1, call.samples) if call.temperature > 0 else 1
        try:
            while len(texts) < wanted:
                output, spent = self._answered(call, wanted - len(texts), len(texts), leaving)
                seconds += spent
                prompt_tokens += _number(output.usage, "prompt_tokens") or tokens_about(call)
                texts += texts_of(output, call, wanted - len(texts))
        except GlassworksError as error:
            return Reply((), prompt_tokens, seconds, str(error))
        greedy = texts[:1] * (max(1, call.samples) - len(texts))
        return Reply(tuple(texts + greedy), prompt_tokens, seconds)

    def _answered(self, call: Call, count: int, sample: int, leaving: threading.Event) -> tuple[Any, float]:
        """What the server says, and how long that took; put another way where it does not take one."""
        first: Refused | None = None
        for several, begun in self._ways(call, count):
            body = self._body(call, count if several else 1, sample, begun)
            try:
                output = self._tried(body, leaving)
            except Refused as error:
                first = first or error
                if error.status not in _NOT_SO:
                    break
                continue
            self._several, self._begun = several, begun
            return output
        raise first

    def _ways(self, call: Call, count: int) -> Iterator[tuple[bool, str]]:
        yield self._several, self._begun
        if count > 1 and self._several:
            yield False, self._begun
        if call.begun and self._begun != "instruction":
            yield False, "instruction"

    def _body(self, call: Call, count: int, sample: int, begun: str) -> dict[str, Any]:
        stops = [stop for stop in call.stop if stop]
        if begun == "instruction":
            stops = [stop for stop in stops if stop not in call.begun]
        body: dict[str, Any] = {
            "messages": messages_of(call, begun),
            "model": self._endpoint.model,
            "max_tokens": call.max_new_tokens,
            "temperature": call.temperature,
            "stop": stops[:_STOPS] or None,
        }
        if call.temperature > 0:
            body |= {"seed": (call.seed + sample) & _SEED, "top_p": call.top_p if call.top_p < 1 else None}
        if count > 1:
            body["n"] = count
        if call.begun and begun == "vllm":
            body["extra_body"] = _VLLM
        return body

    def _tried(self, body: dict[str, Any], leaving: threading.Event) -> tuple[Any, float]:
        for failed in range(1, self._patience.tries + 1):
            _wait(self._not_before - time.monotonic(), leaving)
            began = time.perf_counter()
            try:
                return _completion(self._client.chat_completion(**body)), time.perf_counter() - began
            except errors.InferenceTimeoutError:
                why, told = f"did not answer within {self._endpoint.timeout:g} seconds", None
            except errors.HfHubHTTPError as error:
                why, told = self._explained(error.response), retry_after(error.response.headers)
            except (errors.HTTPError, OSError) as error:
                why, told = f"cannot be reached ({type(error).__name__})", None
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                # The client stumbles over faults whose body is a list, as some providers send them.
                response = getattr(error.__context__, "response", None)
                if response is None:
                    raise Refused(
                        f"{self._endpoint.full_name} did not answer with a chat completion."
                    ) from None
                why, told = self._explained(response), retry_after(response.headers)
            wait = self._patience.wait(failed, told)
            if told:
                self._not_before = max(self._not_before, time.monotonic() + wait)
            if failed < self._patience.tries:
                _wait(wait, leaving)
        times = "once" if self._patience.tries == 1 else f"{self._patience.tries} times"
        raise Refused(f"{self._endpoint.full_name} {why}; it was asked {times}.")

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


def _wait(seconds: float, leaving: threading.Event) -> None:
    if leaving.wait(max(0.0, seconds)):
        raise Left


def messages_of(call: Call, begun: str) -> list[dict[str, str]]:
    """``begun`` as in :class:`~pipelines.models.endpoints.Endpoint`."""
    said = [{"role": message.role, "content": message.content} for message in call.messages]
    if not call.begun:
        return said
    if begun != "instruction":
        return [*said, {"role": "assistant", "content": call.begun}]
    order = f"Begin your answer with exactly these words, and go on from there:\n{call.begun}"
    if said and said[-1]["role"] == "user":
        return [*said[:-1], {**said[-1], "content": f"{said[-1]['content']}\n\n{order}"}]
    return [*said, {"role": "user", "content": order}]


def texts_of(output: Any, call: Call, most: int) -> list[Text]:
    """Without what it was to begin with, where a server says it again, and up to the first marker."""
    said = [(choice.message.content or "", choice.finish_reason) for choice in output.choices[:most]]
    written = _number(output.usage, "completion_tokens")
    if written is None:
        written = sum(len(text) for text, _ in said) // _CHARACTERS + len(said)
    shares = shared(written, [len(text) for text, _ in said])
    return [_text(text, tokens, reason, call) for (text, reason), tokens in zip(said, shares, strict=True)]


def shared(total: int, lengths: Sequence[int]) -> list[int]:
    """``total`` in parts as the lengths are, which add up to it: servers count the answers of a request
    together.

    >>> shared(10, [30, 10, 0])
    [7, 2, 1]
    """
    sizes, parts = [length + 1 for length in lengths], []
    for at, size in enumerate(sizes):
        parts.append(round((total - sum(parts)) * size / sum(sizes[at:])))
    return parts


def tokens_about(call: Call) -> int:
    """Of the prompt, where nobody has counted them."""
    said = [*(message.content for message in call.messages), call.begun]
    return sum(len(text) // _CHARACTERS + 4 for text in said if text)


def _text(text: str, tokens: int, reason: str | None, call: Call) -> Text:
    begun = call.begun.strip()
    if begun and text.lstrip().startswith(begun):
        text = text.lstrip()[len(begun) :]
    if (cut := cut_at(text, call.stop)) >= 0:
        return Text(text[:cut], tokens, "stop")
    return Text(text, tokens, "length" if reason == "length" else "end")


def _completion(output: Any) -> Any:
    """As it is; raises ValueError for what is none: the client takes any JSON object for one."""
    choices = output.choices
    if not isinstance(choices, list) or not choices:
        raise ValueError("no choices")
    if not all(isinstance(choice.message.content, (str, type(None))) for choice in choices):
        raise ValueError("no text")
    return output


def _number(usage: Any, name: str) -> int | None:
    found = getattr(usage, name, None)
    return found if isinstance(found, int) and found >= 0 else None
