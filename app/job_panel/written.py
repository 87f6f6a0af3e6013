"""What a model in training wrote, by the step at which it did: a pure fold over events. Knows no page and no
file. Events are what a worker wrote, so a missing or odd field is passed over, never an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

_MOST = 200  # steps


@dataclass(frozen=True)
class Told:
    """How a fresh problem was answered: ``wanted`` is the right answer, where there is one; ``rewards`` are
    (name, value) by part."""

    prompt: str
    wanted: str
    text: str
    reward: float | None
    rewards: tuple[tuple[str, float], ...]
    right: bool


@dataclass(frozen=True)
class Checkpoint:
    """What the model wrote at ``step``: (prompt, text) pairs, and its answers to fresh problems."""

    step: int
    texts: tuple[tuple[str, str], ...] = ()
    answers: tuple[Told, ...] = ()


def written(before: Sequence[Checkpoint], events: Iterable[dict[str, Any]]) -> tuple[Checkpoint, ...]:
    """After these events (``sample`` and ``answered``) too. Samples and answers of one step stand together; a
    step written again by a resumed run replaces what came after."""
    kept = list(before)
    for event in events:
        if (step := number(event.get("step"))) is None:
            continue
        while kept and kept[-1].step > step:
            kept.pop()
        known = kept.pop() if kept and kept[-1].step == step else Checkpoint(int(step))
        kept.append(_with(known, event))
    if len(kept) > _MOST:  # every second one goes; the first and the newest stay
        kept = [c for i, c in enumerate(kept) if i % 2 == 0 or i == len(kept) - 1]
    return tuple(kept)


def number(value: Any) -> float | None:
    """The value, where it is a number; an event may carry anything."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _with(checkpoint: Checkpoint, event: dict[str, Any]) -> Checkpoint:
    """With what was written to this prompt in place of what was written to it before."""
    if event.get("type") == "answered":
        told = _told(event)
        others = tuple(one for one in checkpoint.answers if one.prompt != told.prompt)
        return replace(checkpoint, answers=(*others, told))
    prompt, text = str(event.get("prompt", "")), str(event.get("text", ""))
    others = tuple(pair for pair in checkpoint.texts if pair[0] != prompt)
    return replace(checkpoint, texts=(*others, (prompt, text)))


def _told(event: dict[str, Any]) -> Told:
    prompt, wanted, text = (str(event.get(name) or "") for name in ("prompt", "wanted", "text"))
    parts = event.get("rewards")
    known = {n: number(v) for n, v in parts.items()} if isinstance(parts, dict) else {}
    rewards = tuple((str(name), value) for name, value in known.items() if value is not None)
    return Told(prompt, wanted, text, number(event.get("reward")), rewards, event.get("right") is True)
