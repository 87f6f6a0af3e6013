"""Two answers to one prompt, written at the same time by the inference worker. Knows no database.

The seeds of both are made of the round's seed, the prompt and how often it was answered before, and stand in
the pair's settings: with them the same texts can be made again.
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

Encode = Callable[[str, list[dict[str, str]]], tuple[int, ...]]
"""(model, messages) → ids of the conversation as the model's chat template writes it, up to where the answer
begins; none for a model that has no template and reads the plain text."""


@dataclass(frozen=True)
class Written:
    """Both texts as far as they are; ``loading`` while a model is read, ``whole`` when both are finished."""

    a: str = ""
    b: str = ""
    loading: bool = False
    whole: bool = False


def seed_of(spec: RoundSpec, prompt: tuple[Message, ...], times: int) -> int:
    """The same for the same round's seed, prompt and number of earlier answers to it."""
    told = as_json([spec.seed, [(one.role, one.content) for one in prompt], times])
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4]) % (2**31 - 1)


def decodings(spec: RoundSpec, seed: int) -> tuple[DecodingSpec, DecodingSpec]:
    """Of a and of b, which draw with different noise."""
    shared = {"max_new_tokens": spec.max_new_tokens, "top_p": spec.top_p}
    return (
        DecodingSpec(temperature=spec.temperature_a, seed=seed, **shared),
        DecodingSpec(temperature=spec.temperature_b, seed=seed + 1, **shared),
    )


def written(
    runtime: Any, encode: Encode, spec: RoundSpec, prompt: tuple[Message, ...], seed: int
) -> Iterator[Written]:
    """Both texts as they grow, a step of the one after a step of the other; closing it ends both. Raises the
    GlassworksError of the model that cannot answer."""
    models = (spec.model_a, spec.model_b)
    yield Written(loading=any(one not in runtime.loaded() for one in models))
    for model in dict.fromkeys(models):
        runtime.call(PreloadRequest(model))
    requests = [
        _request(encode, model, prompt, decoding)
        for model, decoding in zip(models, decodings(spec, seed), strict=True)
    ]
    yield from _streamed(runtime, requests)


def _streamed(runtime: Any, requests: list[GenerateRequest]) -> Iterator[Written]:
    texts, finished = ["", ""], set()
    with ExitStack() as stack:
        streams = {
            side: stack.enter_context(closing(runtime.stream(request)))
            for side, request in enumerate(requests)
        }
        while streams:
            for side, events in list(streams.items()):
                event = next(events, None)
                if event is None:
                    del streams[side]
                elif isinstance(event, Token):
                    texts[side] += event.text
                elif isinstance(event, Finished):
                    texts[side] = event.text
                    finished.add(side)
            yield Written(*texts)
    yield Written(*(one.strip() for one in texts), whole=len(finished) == 2)


def _request(
    encode: Encode, model: str, prompt: tuple[Message, ...], decoding: DecodingSpec
) -> GenerateRequest:
    messages = [{"role": one.role, "content": one.content} for one in prompt]
    ids = encode(model, messages)
    plain = "" if ids else "\n\n".join(one.content for one in prompt)
    return GenerateRequest(model, plain, decoding, ids)
