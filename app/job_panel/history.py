"""What a panel remembers of a job's events: curves, samples, notices. A pure fold over events.

Knows no page and no file: :func:`folded` takes the events since a cursor and returns the next history.
Events are what a worker wrote, so a missing or odd field is passed over, never an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from app.figures.compression import Point
from app.figures.series import Series, Smoother
from app.job_panel.charts import names_of
from app.job_panel.written import Checkpoint, number, written
from pipelines.training.tuning.tasks import PREFERENCES

_NO_POINTS, _NO_MEAN = Series(), Smoother()  # frozen, so one of each serves all
_MAX_NOTICES = 12
_SMOOTH_SHARE = 100  # the running mean spans 1/100 of the run
MEASURES = {  # of an encoder's task, as its evaluations tell them, and what they are called
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "entity_f1": "entity F1",
    "f1": "token F1",
    "exact_match": "exact match",
    "top1": "first guess right",
    "top5": "among five",
    "agreement": "as its teacher",  # of a student that writes
    "right": "right answers",  # of a model that learns from rewards
}
_PARTS = {"divergence": "train, from the teacher", "cross_entropy": "train, the rows' own tokens"}
_USUAL = {"unigram_top5": "the commonest five"}  # what guesses without looking reach, beside them
_LABELLING = ("classify", "tag", "answer", "reward")  # tasks whose model writes nothing


@dataclass(frozen=True)
class History:
    """The state after some events. ``train``, ``evaluation`` and ``progress`` are the newest readings as they
    came. ``compression`` is that of a tokenizer, by its vocabulary's size."""

    plan: dict[str, Any] = field(default_factory=dict)
    train: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    loss: Series = _NO_POINTS
    smooth: Series = _NO_POINTS
    rate: Series = _NO_POINTS
    norm: Series = _NO_POINTS
    validation: Series = _NO_POINTS
    perplexity: Series = _NO_POINTS
    bits: Series = _NO_POINTS
    second_validation: Series = _NO_POINTS
    second_perplexity: Series = _NO_POINTS
    second_bits: Series = _NO_POINTS
    measures: tuple[tuple[str, Series], ...] = ()  # of an encoder's task, by what they are called
    parts: tuple[tuple[str, Series], ...] = ()  # of a loss that has several, likewise
    kl: Series = _NO_POINTS  # of a student from its teacher
    charted: tuple[tuple[str, Series], ...] = ()  # of training, by the fields of its charts
    held_out: tuple[tuple[str, Series], ...] = ()  # of what is held out, likewise
    smoother: Smoother = _NO_MEAN
    checkpoints: tuple[Checkpoint, ...] = ()
    compression: tuple[Point, ...] = ()
    notices: tuple[str, ...] = ()
    error: str = ""
    mends: tuple[dict[str, Any], ...] = ()  # of the error: settings with which the run might not meet it

    @property
    def total(self) -> int:
        """Steps that the run plans; 0 before it is known."""
        return int(number(self.plan.get("total_steps")) or 0)

    @property
    def is_begun(self) -> bool:
        """Whether a first step of the work is done; what is measured before it tells of the start alone."""
        return bool(self.train or self.progress or self.compression)

    @property
    def in_bits(self) -> bool:
        """Whether bits per byte are told, or may yet be: a model that guesses hidden tokens has none."""
        return bool(self.bits.steps) or (self.per_token and not (self.validation.steps or self.answers))

    @property
    def per_token(self) -> bool:
        """Whether the loss is one a token, so that there is a perplexity."""
        return self.plan.get("task") not in (*_LABELLING, *PREFERENCES)

    @property
    def unit(self) -> str:
        """Of the loss."""
        task = PREFERENCES.get(str(self.plan.get("task")))
        if task and task.asks:
            return "its gradient counts"
        return "nats a token" if self.per_token else "nats"

    @property
    def answers(self) -> bool:
        """Whether it learns to answer by labels, places or single words: it writes no text."""
        return self.plan.get("task") in (*_LABELLING, "fill")

    @property
    def is_taught(self) -> bool:
        return bool(self.plan.get("teacher"))

    @property
    def second_name(self) -> str:
        """What the second line is to this run: another text, to a model that is trained on one that it may
        forget; to a student its teacher, on the same text."""
        if self.is_taught:
            return "teacher"
        return "old text (second corpus)" if self.plan.get("start_from") else "second corpus"


def folded(history: History, events: Iterable[dict[str, Any]]) -> History:
    """The history after these events too."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        kind = str(event.get("type"))
        by_type.setdefault(_TOGETHER.get(kind, kind), []).append(event)
    for name, fold in _FOLDS.items():
        if name in by_type:
            history = fold(history, by_type[name])
    return history


def _plan(history: History, events: list[dict[str, Any]]) -> History:
    total = number(events[-1].get("total_steps")) or 0
    span = max(5.0, total / _SMOOTH_SHARE)
    return replace(history, plan=events[-1], smoother=replace(history.smoother, span=span))


def _train(history: History, events: list[dict[str, Any]]) -> History:
    events = [e for e in events if number(e.get("step")) is not None]
    if not events:
        return history
    points = _points(events, "loss")
    smoother, smooth = _smoothed(history, points)
    return replace(
        history,
        train=events[-1],
        smoother=smoother,
        loss=history.loss.extended(points),
        smooth=smooth,
        rate=history.rate.extended(_points(events, "lr")),
        norm=history.norm.extended(_points(events, "grad_norm")),
        parts=_named(history.parts, events, _PARTS),
        charted=_named(history.charted, events, _charted(history)),
    )


def _smoothed(history: History, points: list[tuple[int, float | None]]) -> tuple[Smoother, Series]:
    """The running mean of the loss, taken back where a resumed run repeats steps."""
    smoother, smooth, means = history.smoother, history.smooth, []
    for step, loss in points:
        if loss is None:
            continue
        if smoother.weight and step <= smoother.step:
            smooth, means = smooth.extended(means), []
            smoother = smoother.resumed(step, smooth.before(step).last)
        smoother = smoother.fed(step, loss)
        means.append((step, smoother.value))
    return smoother, smooth.extended(means)


def _eval(history: History, events: list[dict[str, Any]]) -> History:
    events = [e for e in events if number(e.get("step")) is not None]
    if not events:
        return history
    second = "teacher" if history.is_taught else "second"
    return replace(
        history,
        evaluation=events[-1],
        validation=history.validation.extended(_points(events, "loss")),
        perplexity=history.perplexity.extended(_points(events, "perplexity")),
        bits=history.bits.extended(_points(events, "bits_per_byte")),
        second_validation=history.second_validation.extended(_points(events, f"{second}_loss")),
        second_perplexity=history.second_perplexity.extended(_points(events, f"{second}_perplexity")),
        second_bits=history.second_bits.extended(_points(events, "second_bits_per_byte")),
        measures=_named(history.measures, events, MEASURES | _USUAL),
        kl=history.kl.extended(_points(events, "kl")) if history.is_taught else history.kl,
        held_out=_named(history.held_out, events, _charted(history)),
    )


def _charted(history: History) -> dict[str, str]:
    return {name: name for name in names_of(history.plan)}


def _named(
    before: tuple[tuple[str, Series], ...], events: list[dict[str, Any]], labels: dict[str, str]
) -> tuple[tuple[str, Series], ...]:
    """The curves that there are of these. Those of a run that has none stay the same object."""
    known = dict(before)
    for name, label in labels.items():
        points = _points(events, name)
        if label in known or any(value is not None for _, value in points):
            known[label] = known.get(label, _NO_POINTS).extended(points)
    return tuple(known.items()) if known else before


def _sample(history: History, events: list[dict[str, Any]]) -> History:
    return replace(history, checkpoints=written(history.checkpoints, events))


def _curve(history: History, events: list[dict[str, Any]]) -> History:
    """A size that is measured again, by a resumed job, takes the place of the first time."""
    found = {point.vocab_size: point for point in history.compression}
    for event in events:
        values = [number(event.get(name)) for name in ("vocab_size", "tokens", "bytes")]
        if None not in values and values[0] > 0:
            found[int(values[0])] = Point(*map(int, values))
    return replace(history, compression=tuple(found[size] for size in sorted(found)))


def _notice(history: History, events: list[dict[str, Any]]) -> History:
    messages = dict.fromkeys([*history.notices, *(str(e.get("message", "")) for e in events)])
    return replace(history, notices=tuple(m for m in messages if m)[-_MAX_NOTICES:])


def _progress(history: History, events: list[dict[str, Any]]) -> History:
    return replace(history, progress=events[-1])


def _error(history: History, events: list[dict[str, Any]]) -> History:
    last, mends = events[-1], events[-1].get("mends")
    offered = tuple(m for m in mends if m and isinstance(m, dict)) if isinstance(mends, list) else ()
    return replace(history, error=str(last.get("message", "")), mends=offered)


_TOGETHER = {"answered": "sample"}  # folded in the order in which they came
_FOLDS = {
    "plan": _plan,
    "train": _train,
    "eval": _eval,
    "sample": _sample,
    "curve": _curve,
    "progress": _progress,
    "notice": _notice,
    "error": _error,
}


def _points(events: list[dict[str, Any]], name: str) -> list[tuple[int, float | None]]:
    return [(int(e["step"]), number(e.get(name))) for e in events]
