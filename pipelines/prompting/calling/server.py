"""One call put to an OpenAI-compatible server: as many requests as it takes, and a reply or a reason."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.generation.together.stops import cut_at
from pipelines.models.endpoints import Endpoint
from pipelines.models.patience import Patience
from pipelines.models.served import Refused, Served
from pipelines.prompting.calls import Call, Reply, Text

_NOT_SO = (400, 422)  # perhaps for something that another server would have taken
_STOPS = 4  # markers that such servers take; the others are looked for here
_SEED = 0x7FFFFFFF
_CHARACTERS = 4  # a token, where nobody counts
_VLLM = {"continue_final_message": True, "add_generation_prompt": False}


class Server:
    """May be asked by several threads. Raises :class:`GlassworksError` where there is no key, or nothing may
    be sent."""

    def __init__(self, endpoint: Endpoint, patience: Patience):
        self._endpoint, self._served = endpoint, Served(endpoint, patience)
        self._begun, self._several = endpoint.begun, True

    def ask(self, call: Call, leaving: threading.Event) -> Reply:
        """``leaving`` ends all waiting: then raises ``Left``, else nothing. The time is that of the
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
                output = self._served.chat(body, leaving)
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


def _number(usage: Any, name: str) -> int | None:
    found = getattr(usage, name, None)
    return found if isinstance(found, int) and found >= 0 else None
