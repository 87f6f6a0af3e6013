"""A base and what was tuned from it on one prompt: the two requests, which draw with the same noise, and how
both texts grow. Each text is judged by the other model. Knows nothing of Gradio.
"""

import json
import math
from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.decoding.asking import decode_request, stream
from app.decoding.moment import Moment, follow
from app.identity import Visitor
from app.services import Services
from app.tokenizer.asking import ask
from pipelines.core.errors import SpecError
from pipelines.generation.comparing import DecodeRequest, Outcome
from pipelines.tokenization.requests import ChatRequest, TokensRequest

MAX_NEW_TOKENS = 512
_ONE = (0, 0)  # column and sample of the only text


@dataclass(frozen=True)
class Asked:
    """What is asked of both; ``temperature`` 0 takes the likeliest token. ``chat``: the prompt is what a user
    says, and both read it as the tuned model's chat template writes it. ``judged``: each text is also read
    by the other model."""

    base: str
    tuned: str
    prompt: str
    chat: bool = False
    seed: int = 0
    temperature: float = 0.8
    new_tokens: int = 100
    judged: bool = True


@dataclass(frozen=True)
class Sides:
    """Both moments. ``notes`` are what keeps the comparison from being exact, or is to be known of it."""

    base: Moment
    tuned: Moment
    notes: tuple[str, ...] = ()

    @property
    def both(self) -> tuple[Moment, Moment]:
        return self.base, self.tuned

    @property
    def state(self) -> str:
        """Of the one that has come less far."""
        order = ("loading", "waiting", "writing", "stopped", "done")
        return min((one.state for one in self.both), key=order.index)

    @property
    def seconds(self) -> float:
        return max(one.seconds for one in self.both)


def requests_of(services: Services, visitor: Visitor, asked: Asked) -> tuple[DecodeRequest, DecodeRequest]:
    """The base's and the tuned model's, of the same prompt, strategy and seed. Raises a GlassworksError for
    what does not fit or is not this visitor's."""
    text = _rendered(services, visitor, asked) if asked.chat else asked.prompt
    return tuple(
        decode_request(
            services,
            visitor,
            model,
            text,
            [_strategy(asked.temperature)],
            max_new_tokens=asked.new_tokens,
            seed=asked.seed,
            judge=other if asked.judged else "",
        )
        for model, other in ((asked.base, asked.tuned), (asked.tuned, asked.base))
    )


def sides(
    services: Services,
    visitor: Visitor,
    requests: tuple[DecodeRequest, DecodeRequest],
    notes: tuple[str, ...],
) -> Generator[Sides, None, None]:
    """Both texts as they grow, one step of the one after one of the other; closing it cancels both."""
    moments = [Moment(request) for request in requests]
    yield Sides(*moments, notes)
    with ExitStack() as stack:
        open_ = {
            place: stack.enter_context(closing(follow(request, stream(services, visitor, request), gap=0.0)))
            for place, request in enumerate(requests)
        }
        while open_:
            for place, steps in list(open_.items()):
                moment = next(steps, None)
                if moment is None:
                    del open_[place]
                    continue
                moments[place] = moment
                yield Sides(*moments, (*notes, *_read_otherwise(*moments)))


def stopped(now: Sides) -> Sides:
    """After the visitor's Stop."""
    base, tuned = (one if one.state == "done" else replace(one, state="stopped") for one in now.both)
    return Sides(base, tuned, now.notes)


def notes_of(services: Services, asked: Asked) -> tuple[str, ...]:
    """What is known before the first token."""
    base, tuned = (services.models.get(name) for name in (asked.base, asked.tuned))
    notes = []
    if asked.chat and "chat" not in base.capabilities:
        notes.append(
            f"{asked.base} has no chat template of its own: it reads the same text, marks and all, as the "
            "tuned model, which has learnt them."
        )
    if base.vocab_size != tuned.vocab_size:
        notes.append(
            f"The vocabularies differ ({base.vocab_size:,} and {tuned.vocab_size:,} tokens), so the noise is "
            "not the same."
        )
    return tuple(notes)


def ids_of(moment: Moment) -> list[int]:
    """Of its text so far."""
    grown = moment.texts.get(_ONE)
    return list(grown.ids) if grown else []


def pieces_of(moment: Moment) -> list[str]:
    """Its text so far, a piece a token."""
    grown = moment.texts.get(_ONE)
    return list(grown.texts) if grown else []


def parting(now: Sides) -> int | None:
    """The first token at which the texts differ; None while they do not.

    A text that has ended parts from one that goes on after it.
    """
    base, tuned = map(ids_of, now.both)
    for place, (one, other) in enumerate(zip(base, tuned, strict=False)):
        if one != other:
            return place
    ended = now.state in ("done", "stopped")
    return min(len(base), len(tuned)) if ended and len(base) != len(tuned) else None


def outcome_of(moment: Moment) -> Outcome | None:
    """Of a finished one; None where it could not go on, too."""
    return next(iter(moment.decoded.outcomes), None) if moment.decoded else None


def fault_of(moment: Moment) -> str:
    return next(iter(moment.decoded.faults), "") if moment.decoded else ""


def perplexities(moment: Moment) -> tuple[float, float]:
    """Of its text under the model that wrote it and under the other: e to the mean negative log-likelihood of
    a token. The token that ends the text is left out of the first, as the other does not read it. NaN where
    there is none."""
    outcome = outcome_of(moment)
    if outcome is None:
        return math.nan, math.nan
    told = outcome.log_probs[:-1] if outcome.reason == "eos" else outcome.log_probs
    surprise = -float(told.mean()) if len(told) else math.nan
    own = surprise if math.isnan(surprise) else math.exp(min(surprise, 700.0))
    return own, float(outcome.measures.judge_perplexity)


def decoding_link(request: DecodeRequest) -> str:
    """The same comparison's side in the Decoding tab: the same text by the same strategy and seed."""
    (one,) = request.strategies
    values = {
        "tab": "decoding",
        "model": request.model,
        "prompt": request.prompt,
        "strategies": json.dumps([_strategy(one.temperature if one.draws else 0)]),
        "max_new_tokens": request.max_new_tokens,
        "seed": request.seed,
        "same_noise": "true",
        "judge": request.judge,
    }
    return f"./?{urlencode(values)}"


def _strategy(temperature: float) -> dict[str, Any]:
    if not temperature and temperature is not None and not isinstance(temperature, bool):
        return {"name": "greedy"}
    return {"name": "temperature", "parameters": {"temperature": temperature}}


def _rendered(services: Services, visitor: Visitor, asked: Asked) -> str:
    """The prompt as the tuned model's template writes it, up to where the answer begins. A start token that
    the tokenizer would put before it once more is left to the tokenizer."""
    if not asked.prompt.strip():
        raise SpecError("prompt", asked.prompt, "a text for the user to say")
    said = [{"role": "user", "content": asked.prompt}]
    chat = ask(services, visitor, ChatRequest(asked.tuned, said, add_generation_prompt=True))
    first = TokensRequest(chat.text, asked.tuned, add_special_tokens=True, count=2)
    ids = [int(one) for one in ask(services, visitor, first).ids]
    doubled = len(ids) == 2 and ids[0] == ids[1] == int(chat.ids[0])
    return chat.text[int(chat.offsets[0][1]) :] if doubled else chat.text


def _read_otherwise(base: Moment, tuned: Moment) -> tuple[str, ...]:
    """Where the tokenizers differ, the prompts' tokens do."""
    if base.started is None or tuned.started is None:
        return ()
    one, other = base.started.ids.tolist(), tuned.started.ids.tolist()
    if one == other:
        return ()
    return (
        f"The base reads the prompt as other tokens ({len(one):,}, the tuned model {len(other):,}): their "
        "tokenizers differ.",
    )
