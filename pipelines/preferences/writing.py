"""Two or more answers to one prompt, written at the same time by the inference worker. Knows no database.

Their seeds are made of the round's seed, the prompt and how often it was answered before, and stand in
the settings of what is kept: with them the same texts can be made again.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from pipelines.generation.requests import Finished, GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.preferences.records import Message
from pipelines.preferences.rows import as_json
from pipelines.preferences.specs import RoundSpec
from pipelines.runtime.messages import PreloadRequest

_SEEDS = 2**31 - 1
Encode = Callable[[str, list[dict[str, str]]], tuple[int, ...]]
"""(model, messages) → ids of the conversation as the model's chat template writes it, up to where the answer
begins; none for a model that has no template and reads the plain text."""


@dataclass(frozen=True)
class Written:
    """The texts as far as they are; ``loading`` while a model is read, ``whole`` when all are finished."""

    texts: tuple[str, ...]
    loading: bool = False
    whole: bool = False


def seed_of(spec: RoundSpec, prompt: tuple[Message, ...], times: int) -> int:
    """The same for the same round's seed, prompt and number of earlier answers to it."""
    told = as_json([spec.seed, [(one.role, one.content) for one in prompt], times])
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4]) % _SEEDS


def models_of(spec: RoundSpec, count: int = 2) -> tuple[str, ...]:
    """Who writes each of the answers: a and b by turns."""
    return tuple((spec.model_a, spec.model_b)[place % 2] for place in range(count))


def decodings(spec: RoundSpec, seed: int, count: int = 2) -> tuple[DecodingSpec, ...]:
    """Of each of the answers, all drawn with different noise."""
    shared = {"max_new_tokens": spec.max_new_tokens, "top_p": spec.top_p}
    warmth = (spec.temperature_a, spec.temperature_b)
    return tuple(
        DecodingSpec(temperature=warmth[place % 2], seed=(seed + place) % _SEEDS, **shared)
        for place in range(count)
    )


def written(
    runtime: Any, encode: Encode, spec: RoundSpec, prompt: tuple[Message, ...], seed: int, count: int = 2
) -> Iterator[Written]:
    """All texts as they grow, a step of each in turn; closing it ends them all. Raises the GlassworksError
    of the model that cannot answer."""
    models = models_of(spec, count)
    yield Written(("",) * count, loading=any(one not in runtime.loaded() for one in models))
    for model in dict.fromkeys(models):
        runtime.call(PreloadRequest(model))
    requests = [
        _request(encode, model, prompt, decoding)
        for model, decoding in zip(models, decodings(spec, seed, count), strict=True)
    ]
    yield from _streamed(runtime, requests)


def _streamed(runtime: Any, requests: list[GenerateRequest]) -> Iterator[Written]:
    texts, finished = [""] * len(requests), set()
    with ExitStack() as stack:
        streams = {
            place: stack.enter_context(closing(runtime.stream(request)))
            for place, request in enumerate(requests)
        }
        while streams:
            for place, events in list(streams.items()):
                event = next(events, None)
                if event is None:
                    del streams[place]
                elif isinstance(event, Token):
                    texts[place] += event.text
                elif isinstance(event, Finished):
                    texts[place] = event.text
                    finished.add(place)
            yield Written(tuple(texts))
    yield Written(tuple(one.strip() for one in texts), whole=len(finished) == len(requests))


def _request(
    encode: Encode, model: str, prompt: tuple[Message, ...], decoding: DecodingSpec
) -> GenerateRequest:
    messages = [{"role": one.role, "content": one.content} for one in prompt]
    ids = encode(model, messages)
    plain = "" if ids else "\n\n".join(one.content for one in prompt)
    return GenerateRequest(model, plain, decoding, ids)
