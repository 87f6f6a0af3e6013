"""Answers a GenerateRequest inside the worker: one step a token, in events."""

import time
from collections.abc import Iterator
from typing import Any

from pipelines.generation.decoder import Decoder
from pipelines.generation.detokenizer import Detokenizer
from pipelines.generation.prompt import encode_prompt
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.generation.sampler import Sampler
from pipelines.generation.specs import DecodingSpec
from pipelines.models.ends import end_tokens
from pipelines.models.loader import LoadedModel


def generate(request: GenerateRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, Started, Token …, Finished."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        loaded.need("causal-lm")
        yield from continue_text(loaded, request.prompt, request.decoding)


def continue_text(loaded: LoadedModel, text: str, spec: DecodingSpec) -> Iterator[Any]:
    """Continue ``text``; None is yielded between the parts of a long prompt."""
    prompt = encode_prompt(loaded, text, spec.max_new_tokens)
    yield Started(len(prompt.ids), prompt.truncated)
    decoder = Decoder(loaded.model, prompt.ids, Sampler(spec, loaded.device))
    started = time.perf_counter()
    while not decoder.prefill():
        yield None
    detokenizer = Detokenizer(loaded.tokenizer, prompt.ids)
    ends, room = end_tokens(loaded), _room(loaded, prompt.ids, spec)
    for index in range(room):
        token_id, log_prob = decoder.next_token()
        over = token_id in ends or index + 1 == room
        piece = detokenizer.add(token_id) + (detokenizer.finish() if over else "")
        yield Token(index, token_id, piece, log_prob)
        if over:
            break
    reason = "eos" if token_id in ends else "length" if room == spec.max_new_tokens else "context"
    yield Finished(reason, detokenizer.text, index + 1, time.perf_counter() - started)


def _room(loaded: LoadedModel, prompt_ids: list[int], spec: DecodingSpec) -> int:
    """How many tokens can be made: the last one need not be fed, so it may stand just past the context."""
    if loaded.context_length is None:
        return spec.max_new_tokens
    return min(spec.max_new_tokens, loaded.context_length - len(prompt_ids) + 1)
