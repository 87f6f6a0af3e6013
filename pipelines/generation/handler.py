"""Answers a GenerateRequest inside the worker: a comparison of one strategy, in events of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.generation.loop.run import Run
from pipelines.generation.loop.search import Search
from pipelines.generation.prompt import encode_prompt
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.generation.setting import setting
from pipelines.generation.specs import DecodingSpec
from pipelines.generation.strategy import Strategy, strategy
from pipelines.models.loader import LoadedModel

_COOLEST = 0.01  # what is colder takes the likeliest token in any case


def generate(request: GenerateRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, Started, Token …, Finished."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        loaded.need("causal-lm")
        yield from continue_text(loaded, request.prompt, request.decoding, request.ids)


def continue_text(
    loaded: LoadedModel, text: str, spec: DecodingSpec, ids: Sequence[int] = ()
) -> Iterator[Any]:
    """Continue ``text``, or the tokens ``ids``; None is yielded between the parts of a long prompt."""
    prompt = encode_prompt(loaded, text, spec.max_new_tokens, ids)
    yield Started(len(prompt.ids), prompt.truncated)
    column = Search(0, strategy_of(spec), 1)
    run = Run(setting(loaded, prompt.ids, spec.max_new_tokens, spec.seed), [column])
    index = 0
    for step in run.steps():
        if step is None:
            yield None
            continue
        for one in step.wrote:
            yield Token(index, one.ids[0], one.texts[0], one.log_probs[0])
            index += 1
    (line,) = column.lines
    yield Finished(line.reason, line.detokenizer.text, index, line.last_at - run.began)


def strategy_of(spec: DecodingSpec) -> Strategy:
    """Temperature 0 is greedy."""
    penalty = {"repetition_penalty": spec.repetition_penalty}
    if spec.temperature == 0:
        return strategy("greedy", penalty)
    shape = {"temperature": max(_COOLEST, spec.temperature), "top_k": spec.top_k, "top_p": spec.top_p}
    return strategy("sample", {**shape, **penalty})
