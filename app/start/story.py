"""A story that a model writes on the *Start* tab: the request, and what the page is told of its answer.

The page is told a log of JSON lines that only grows, as the board of the Decoding tab is: a head, a list for
each token, an object with the end. A log that was kept reads as one that grows now. Knows nothing of Gradio.
"""

import json
from typing import Any

import numpy as np

from app.decoding.moment import Growing, Moment
from app.decoding.plain import plain
from app.decoding.step_answer import well_formed
from pipelines.core.errors import SpecError
from pipelines.core.fields import check_text, check_whole
from pipelines.core.settings import REPOSITORY
from pipelines.generation.comparing import DecodeRequest, Stages
from pipelines.generation.strategy import strategy

MODEL = "house/story-base"
TEMPERATURE = 0.7
TOKENS = 96  # of a story, those that were there before it went on counted too
CANDIDATES = 8  # that are shown of every step
MAX_CHARS = 300  # of the beginning
KEPT = REPOSITORY / "assets" / "samples" / "start_story.jsonl"  # by assets/recipes/start_story.py

_ACCEPTED = "an object with prompt, seed, after and mark"
_DIGITS = 4  # significant ones of a probability


def kept_story() -> str:
    """The log of a story that was written before, by the same request as any that is written now."""
    return KEPT.read_text(encoding="utf-8").strip()


def story_request(asked: Any) -> tuple[DecodeRequest, str]:
    """What the browser asks for, checked, and the mark by which it knows the answer. Raises SpecError.

    ``after`` are ids of the tokens that stay before the story goes on. They take the noise of their places
    with them, so that a word of one's own is all that differs between two stories of one seed.
    """
    if not isinstance(asked, dict) or not isinstance(asked.get("after"), list):
        raise SpecError("story", asked, _ACCEPTED)
    prompt, after, seed, mark = asked.get("prompt"), asked["after"], asked.get("seed"), asked.get("mark")
    check_text("prompt", prompt, MAX_CHARS)
    if not isinstance(mark, str) or len(mark) > 64:
        raise SpecError("mark", mark, "a word of at most 64 characters")
    check_whole("after", len(after), 0, TOKENS - 1)
    for one in after:
        check_whole("after", one, 0)
    chosen = strategy("temperature", {"temperature": TEMPERATURE})
    request = DecodeRequest(
        MODEL, prompt, (chosen,), TOKENS - len(after), seed, trace=CANDIDATES, after=tuple(after)
    )
    return request, mark


class StoryLog:
    """:meth:`after` each moment of one story; :meth:`failed` where it cannot go on."""

    def __init__(self, request: DecodeRequest, mark: str):
        told = {"mark": mark, "model": request.model, "prompt": request.prompt, "seed": request.seed}
        self._lines = [_dumped({**told, "temperature": TEMPERATURE, "kept": len(request.after)})]
        self._first, self._told, self._state = len(request.after), 0, ""

    def after(self, moment: Moment) -> str:
        """The whole log."""
        text = moment.texts.get((0, 0), Growing())
        for place in range(self._told, len(text.ids)):
            self._lines.append(_dumped(_token(self._first + place, place, text)))
        self._told = len(text.ids)
        if moment.state != self._state and moment.state != "writing":
            self._state = moment.state
            self._lines.append(_dumped(_state(moment)))
        return "\n".join(self._lines)

    def failed(self, words: str) -> str:
        """The whole log, its end being why there is no more."""
        self._lines.append(_dumped({"state": "failed", "words": words}))
        return "\n".join(self._lines)


def _token(number: int, place: int, text: Growing) -> list[Any]:
    """Its number in the story, id, text and probability, then the candidates as [id, text, probability]."""
    chance = plain(float(np.exp(text.log_probs[place])), _DIGITS)
    return [number, text.ids[place], well_formed(text.texts[place]), chance, _candidates(text.stages[place])]


def _candidates(stages: Stages) -> list[list[Any]]:
    """What the model itself said, before the temperature: the likeliest first, the chosen one among them."""
    order = np.lexsort((stages.ids, -stages.probs[0]))[:CANDIDATES]
    return [
        [int(stages.ids[one]), well_formed(stages.texts[one]), plain(stages.probs[0, one], _DIGITS)]
        for one in order
    ]


def _state(moment: Moment) -> dict[str, Any]:
    """``reason`` is why the text ends, as in :class:`~pipelines.generation.comparing.Outcome`."""
    outcomes = moment.decoded.outcomes if moment.decoded else ()
    faults = [one for one in moment.decoded.faults if one] if moment.decoded else []
    if faults:
        return {"state": "failed", "words": faults[0]}
    told = {"state": moment.state, "seconds": round(moment.seconds, 3)}
    return {**told, "reason": outcomes[0].reason} if outcomes else told


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
