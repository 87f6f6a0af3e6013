"""What the panel says by what a job makes: its figures, the unit of its progress, what it rests on, and where
one goes from the result. Names are escaped here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from app import units
from app.job_panel.history import MEASURES, History, number
from pipelines.jobs.kinds import CORPUS, FIGURES, MODEL, RESULTS, TOKENIZER, result_of
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import JobState
from pipelines.training.tuning.tasks import PREFERENCES

Tile = tuple[str, str, str]  # name, value, unit

_EXPLAINED = {
    JobState.QUEUED: "Waits for its turn: one job at a time has the machine.",
    JobState.PAUSING: "Saves a checkpoint, then rests.",
    JobState.PAUSED: "Rests at its last checkpoint; Resume goes on from there.",
    JobState.INTERRUPTED: "The process ended without a word. Resume goes on from the last checkpoint.",
    JobState.CANCELLED: "Ended and discarded.",
}
_AGAIN = "Resume reads the corpus again from its beginning."  # such work takes no checkpoints
_EXPLAINED_ANEW = {
    **_EXPLAINED,
    JobState.PAUSING: "Looks up from its work, then rests.",
    JobState.PAUSED: _AGAIN,
    JobState.INTERRUPTED: f"The process ended without a word. {_AGAIN}",
}


_KEPT = "Resume goes on: every reply so far is kept, and none is asked for twice."
_EXPLAINED_ASKED = {
    **_EXPLAINED,
    JobState.PAUSING: "Ends the texts that are under way, then rests.",
    JobState.PAUSED: _KEPT,
    JobState.INTERRUPTED: f"The process ended without a word. {_KEPT}",
}
_SHARES = ("reward_accuracy", "right", "cut_off")
_MEASURED = {  # what is held out, by the fields of eval events: what it is called, its unit
    "loss": ("validation loss", "nats"),
    "reward_accuracy": ("reward accuracy", "%"),
    "reward_margin": ("reward margin", ""),
    "right": ("right answers", "%"),
    "reward": ("reward", ""),
    "kl": ("KL from the reference", "nats"),
    "answer_tokens": ("an answer", "tokens"),
    "cut_off": ("cut off", "%"),
}
_FURTHER = ("instruct", "continue")  # tasks after which the model can learn the same once more


@dataclass(frozen=True)
class Words:
    """``unit(status)`` is what is counted now; ``done(status)`` is HTML; ``explained`` says what a state in
    which nothing moves means."""

    unit: Callable[[JobStatus], str]
    tiles: Callable[[JobStatus, History], tuple[Tile, ...]]
    done: Callable[[JobStatus], str]
    explained: dict[JobState, str]


def words_of(status: JobStatus) -> Words:
    """Those of the job's result."""
    return _WORDS[result_of(status.job.kind)]


def _model_tiles(status: JobStatus, history: History) -> tuple[Tile, ...]:
    train, evaluation = history.train, history.evaluation
    if status.job.kind in PREFERENCES:
        return _preferred_tiles(history)
    bits = (("bits per byte", _shown(evaluation, "bits_per_byte", "{:.3f}".format), ""),)
    told = ((name, label) for name, label in MEASURES.items() if number(evaluation.get(name)) is not None)
    measures = ((label, _shown(evaluation, name, _percent), "%") for name, label in told)
    return (
        ("speed", _shown(train, "tokens_per_second", units.short), "tokens/s"),
        ("train loss", f"{history.smooth.last:.3f}" if history.smooth.last is not None else "–", "nats"),
        ("validation", _shown(evaluation, "loss", "{:.3f}".format), "nats"),
        *((("perplexity", _shown(evaluation, "perplexity", units.short), ""),) if _writes(status) else ()),
        *(bits if history.in_bits and _writes(status) else ()),
        *measures,
        *_taught(history),
        ("learning rate", _shown(train, "lr", "{:.2e}".format), ""),
        ("gradient norm", _shown(train, "grad_norm", "{:.3g}".format), ""),
        ("parameters", _shown(history.plan, "parameters", units.short), ""),
        *(
            (("trained", _shown(history.plan, "trainable", units.short), ""),)
            if "trainable" in history.plan
            else ()
        ),
    )


def _preferred_tiles(history: History) -> tuple[Tile, ...]:
    """Of a training on preferences or rewards: what its charts show, as it was measured last."""
    measured = ((name, label) for name, label in _MEASURED.items() if name in history.evaluation)
    told = (
        (label, _shown(history.evaluation, name, _percent if name in _SHARES else "{:.3f}".format), unit)
        for name, (label, unit) in measured
    )
    return (
        ("train loss", f"{history.smooth.last:.3f}" if history.smooth.last is not None else "–", ""),
        *told,
        ("learning rate", _shown(history.train, "lr", "{:.2e}".format), ""),
        ("trained", _shown(history.plan, "trainable", units.short), ""),
    )


def _taught(history: History) -> tuple[Tile, ...]:
    """Of a student: how far it is from its teacher, and how large that one is."""
    if not history.is_taught:
        return ()
    return (
        ("KL from teacher", _shown(history.evaluation, "kl", "{:.3f}".format), "nats"),
        ("teacher", _shown(history.plan, "teacher_parameters", units.short), ""),
    )


def _model_done(status: JobStatus) -> str:
    where = " · ".join(_places(status))
    return f"The model is ready as {_name(status)}, wherever one that can do this is chosen. {where}"


def _places(status: JobStatus) -> list[str]:
    """Links to the tabs that can use the model."""
    name, spec, tuned = status.artifact, status.job.spec, "base" in status.job.spec
    tried = [_link("Try it", "fine-tune", job=status.job.id)] if status.job.kind == "encoder" else []
    guesses = spec.get("task") == "fill" or spec.get("architecture") in ("bert", "t5")
    if tried and not guesses:  # it labels, and neither writes nor guesses
        return [
            *tried,
            _link("Attention", "attention", model=name),
            _link("Tokenizer", "tokenizer", tokenizers=name),
        ]
    tab, title = ("fill-mask", "Fill-mask") if guesses else ("decoding", "Decoding")
    found = [_link(f"Open it in {title}", tab, model=name), *tried]
    if tuned:
        found += [
            _link("Attention", "attention", model=name),
            _link("Tokenizer", "tokenizer", tokenizers=name),
        ]
    if spec.get("task") in _FURTHER:
        found.append(_link("Tune it further", "fine-tune", task=spec["task"], base=name))
    return found


def _writes(status: JobStatus) -> bool:
    """Whether its loss is one a token; an encoder's task has measures of its own in place of what follows."""
    return status.job.kind != "encoder" or status.job.spec.get("task") == "fill"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _corpus_tiles(status: JobStatus, history: History) -> tuple[Tile, ...]:
    """From the result once there is one, before that from the newest report of progress."""
    now = {"documents": history.progress.get("step"), "kept": history.progress.get("kept")}
    figures = {**now, **status.metrics}
    read, kept = number(figures.get("documents")), number(figures.get("kept"))
    known = read is not None and kept is not None
    figures |= {"removed": read - kept, "share": 100 * kept / max(1, read)} if known else {}
    return (
        ("documents read", _shown(figures, "documents", "{:,.0f}".format), ""),
        ("kept", _shown(figures, "kept", "{:,.0f}".format), ""),
        ("removed", _shown(figures, "removed", "{:,.0f}".format), ""),
        ("kept share", _shown(figures, "share", "{:.1f}".format), "%"),
    )


def _corpus_done(status: JobStatus) -> str:
    return (
        f"The cleaned corpus is ready as {_name(status)}. "
        f"{_link('Train on it', 'pretrain', corpus=status.artifact)} · "
        f"{_link('What was removed', 'corpus', job=status.job.id)}"
    )


def _tokenizer_tiles(status: JobStatus, history: History) -> tuple[Tile, ...]:
    """All from the result; the compression as soon as it is measured."""
    reached = {"bytes_per_token": history.compression[-1].bytes_per_token} if history.compression else {}
    figures = {**reached, **status.metrics}
    return (
        ("vocabulary", _shown(figures, "vocab_size", "{:,.0f}".format), "tokens"),
        ("documents", _shown(figures, "documents", "{:,.0f}".format), ""),
        ("characters", _shown(figures, "characters", units.short), ""),
        ("compression", _shown(figures, "bytes_per_token", "{:.2f}".format), "B/token"),
    )


def _tokenizer_done(status: JobStatus) -> str:
    return (
        f"The tokenizer is ready as {_name(status)}, in every tokenizer picker. "
        f"{_link('Try it on a text', 'tokenizer', tokenizers=status.artifact)} · "
        f"{_link('Train a model with it', 'pretrain', tokenizer=status.artifact)}"
    )


def _results_tiles(status: JobStatus, history: History) -> tuple[Tile, ...]:
    figures = {"asked": status.step, "total": status.total or history.plan.get("total"), **status.metrics}
    return (
        ("items asked", _shown(figures, "asked", "{:,.0f}".format), ""),
        ("of", _shown(figures, "total", "{:,.0f}".format), ""),
        (
            "combinations",
            _shown({"cells": len(history.plan.get("cells", ()))}, "cells", "{:,.0f}".format),
            "",
        ),
    )


def _results_done(status: JobStatus) -> str:
    return f"All is asked. {_link('See the results', 'prompt-lab', job=status.job.id)}"


def _figures_tiles(status: JobStatus, history: History) -> tuple[Tile, ...]:
    plan = {name: len(history.plan.get(name, ())) for name in ("models", "tasks")}
    figures = {
        "items": status.step,
        "total": status.total or history.plan.get("total"),
        **plan,
        **status.metrics,
    }
    named = (("items asked", "items"), ("of", "total"), ("models", "models"), ("tasks", "tasks"))
    return tuple((label, _shown(figures, name, "{:,.0f}".format), "") for label, name in named)


def _figures_done(status: JobStatus) -> str:
    beside = _link("Beside all other models", "evaluate", view="leaderboard")
    return f"Done: the figures stand below, with every item behind them. {beside}"


_WORDS = {
    MODEL: Words(lambda status: "step", _model_tiles, _model_done, _EXPLAINED),
    CORPUS: Words(lambda status: "document", _corpus_tiles, _corpus_done, _EXPLAINED_ANEW),
    TOKENIZER: Words(
        lambda status: "size" if status.phase == "measuring compression" else "document",
        _tokenizer_tiles,
        _tokenizer_done,
        _EXPLAINED_ANEW,
    ),
    RESULTS: Words(lambda status: "item", _results_tiles, _results_done, _EXPLAINED_ASKED),
    FIGURES: Words(lambda status: "item", _figures_tiles, _figures_done, _EXPLAINED_ASKED),
}


def _name(status: JobStatus) -> str:
    return f"<code>{escape(status.artifact)}</code>"


def _link(words: str, tab: str, **query: str) -> str:
    asked = "".join(f"&amp;{name}={quote(value, safe='')}" for name, value in query.items())
    return f'<a href="./?tab={tab}{asked}">{words}</a>'


def _shown(values: dict[str, Any], name: str, form: Callable[[float], str]) -> str:
    value = number(values.get(name))
    return "–" if value is None else form(value)
