"""A causal model tuned as a job: rows → encoded → model made tunable → TRL's trainer → artefact, resumable at
every point.

Assembles the other modules of this topic. Its events are those of a pretraining, so that the same panel shows
them, and one more: ``forgetting``.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import LeftEarly, asked_to_stop
from pipelines.jobs.states import Action, JobState
from pipelines.training.callback import JobCallback, Watch
from pipelines.training.checkpoints import facts_of, last_complete
from pipelines.training.distribution import SPLIT
from pipelines.training.measure import EVAL_TOKENS
from pipelines.training.processes import computing, first_alone, heed, how_many, in_turn, is_first
from pipelines.training.samples import Writer
from pipelines.training.speed import Speed
from pipelines.training.tuning.artifact import save_tuned
from pipelines.training.tuning.base import Base, base_of
from pipelines.training.tuning.card import Outcome, lineage, model_card
from pipelines.training.tuning.chat_template import template_of
from pipelines.training.tuning.deck import Deck, steps_of
from pipelines.training.tuning.dry_run import Trial, can_measure, dry_run, step_of
from pipelines.training.tuning.encode import end_ids
from pipelines.training.tuning.endings import Endings, learn
from pipelines.training.tuning.forgetting import General, GeneralText
from pipelines.training.tuning.framed import Framed, Lesson
from pipelines.training.tuning.losses import plain_loss
from pipelines.training.tuning.manner import Manner
from pipelines.training.tuning.methods import Tunable, prepare, token_ids
from pipelines.training.tuning.pace import Pace, pace_of
from pipelines.training.tuning.peak import PeakMemory
from pipelines.training.tuning.prepared import Prepared
from pipelines.training.tuning.prepared import prepare as prepare_rows
from pipelines.training.tuning.samples import Prompt, answers, prompts_of
from pipelines.training.tuning.specs import SftSpec

_CHECK_ROWS = 8
_NO_FIGURE = ("type", "time", "step")


@dataclass(frozen=True)
class _Run:
    """What the parts of one run share. ``ends`` are the tokens at which the model ends an answer."""

    spec: SftSpec
    context: JobContext
    settings: Settings
    device: torch.device
    manner: Manner
    sha256: dict[str, str]
    tunable: Tunable
    lesson: Lesson
    pace: Pace
    prompts: tuple[Prompt, ...]
    ends: tuple[int, ...]
    memory: PeakMemory

    @property
    def base(self) -> Base:
        return self.manner.base

    @property
    def shows(self) -> bool:
        """Whether this process lets the model write: the first, and all where each has a part of it."""
        return is_first() or self.spec.distribution in SPLIT

    @property
    def deck(self) -> Deck:
        return self.lesson.deck


def run(spec: SftSpec, context: JobContext) -> JobState:
    """Train until the end, or until asked to pause, stop or cancel; returns the state it left in."""
    return carry_out(spec, context, lambda spec, settings: Manner(base_of(spec, settings)))


def carry_out(spec: Any, context: JobContext, manner_of: Callable[[Any, Settings], Manner]) -> JobState:
    """As :func:`run`, of any kind of tuning that goes through the same frame."""
    settings = Settings()
    with computing(settings, spec.distribution) as processes:
        try:
            spec = replace(spec, processes=how_many())
            manner = manner_of(spec, settings)
            return _train(_assembled(spec, context, settings, processes.device, manner))
        except LeftEarly as early:
            return early.state


def _assembled(
    spec: SftSpec, context: JobContext, settings: Settings, device: torch.device, manner: Manner
) -> _Run:
    base = manner.base
    # Before training there is nothing to save, so *stop* waits for the first step.
    given = spec, context, base.tokenizer, settings, lambda: asked_to_stop(context), manner.reading
    rows = in_turn(lambda: prepare_rows(*given))
    memory = PeakMemory(device)
    context.phase("loading the model")
    # What is split among processes reaches the devices in parts.
    tunable = _tunable(spec, base, torch.device("cpu") if spec.distribution in SPLIT else device)
    lesson = _lesson(spec, rows, base)
    pace = pace_of(spec, base.size, tunable.model, lesson.deck, device, Speed(settings))
    if pace.notice:
        context.notice(pace.notice)
    prompts = prompts_of(spec, base.tokenizer, rows.validation.sequences)
    ends = end_ids(base.tokenizer, spec.chat_template)
    heed(context)
    return _Run(
        spec, context, settings, device, manner, rows.sha256, tunable, lesson, pace, prompts, ends, memory
    )


def _tunable(spec: SftSpec, base: Base, device: torch.device) -> Tunable:
    return prepare(base.load(spec, device), spec, token_ids(base.tokenizer, spec), base.start)


def _lesson(spec: SftSpec, rows: Prepared, base: Base) -> Lesson:
    passes = spec.gradient_accumulation_steps
    steps = spec.max_steps or steps_of(len(rows.training), spec.num_epochs, spec.batch_size, passes)
    deck = Deck(tuple(rows.training.lengths.tolist()), spec.batch_size, passes, steps, spec.seed)
    return Lesson(rows.training, rows.validation.thinned(EVAL_TOKENS), deck, base.tokenizer)


def _train(run: _Run) -> JobState:
    context = run.context
    context.emit("plan", **_plan(run))
    checkpoint = last_complete(context.dir.checkpoints)
    callback = JobCallback(context, _watch(run, checkpoint))
    trainer = _trainer(run, callback, checkpoint)
    if checkpoint is None and can_measure(run.device) and not trainer.takes_all:
        first_alone(lambda: _measure_a_step(run, trainer))
    before = _before(run, trainer)
    run.memory.watched(lambda: learn(trainer, checkpoint, run.spec.patience))
    if callback.asked in (Action.PAUSE, Action.CANCEL):
        return JobState.PAUSED if callback.asked is Action.PAUSE else JobState.CANCELLED
    model = trainer.put_together(lambda: _tunable(run.spec, run.base, run.device).model)
    if model is not None:
        _finish(replace(run, tunable=replace(run.tunable, model=model)), trainer, callback, before)
    return JobState.SUCCEEDED


def _watch(run: _Run, checkpoint: Path | None) -> Watch:
    return Watch(
        tokens_at=run.deck.tokens_at,
        on_checkpoint=lambda step: _show(run, step) if run.shows else None,
        elapsed=facts_of(checkpoint).get("elapsed", 0.0) if checkpoint else 0.0,
        compiled=run.pace.numerics.compiled,
        per_token=run.manner.per_token,
        parts=run.manner.parts,
        measures=lambda name: name in run.manner.measures,
    )


def _trainer(run: _Run, callback: JobCallback, checkpoint: Path | None) -> Framed:
    folder, use_cpu = run.context.dir.checkpoints, run.device.type == "cpu"
    arguments = run.manner.arguments(
        run.spec, run.deck.steps, folder, use_cpu, measure_first=checkpoint is None
    )
    trainer = run.manner.trainer(
        run.tunable.model, run.lesson, run.pace.numerics, arguments, run.spec.optimizer
    )
    trainer.add_callback(callback)
    trainer.add_callback(Endings(run.spec.patience, lambda: callback.asked, run.context.notice))
    return trainer


def _measure_a_step(run: _Run, trainer: Framed) -> None:
    """Before anything else takes time: whether the longest rows fit the memory, and how long a step is."""
    lengths = run.lesson.training.lengths
    longest = [trainer.train_dataset[int(at)] for at in lengths.argsort()[::-1][: run.spec.batch_size]]
    uncompiled = trainer.eager if run.pace.numerics.compiled else None
    step = step_of(trainer, lambda rows: trainer.collated(longest[:rows]), uncompiled)
    trial = Trial(run.tunable.model, step, int(lengths.max()), float(lengths.mean()), run.deck.steps)
    with trainer.by_itself():
        dry_run(run.spec, run.context, trial)
    trainer.untold()


def _plan(run: _Run) -> dict[str, Any]:
    lesson, tunable = run.lesson, run.tunable
    return {
        "base": run.spec.base,
        "method": run.spec.method,
        "task": run.spec.task,
        "parameters": tunable.total,
        "trainable": tunable.trainable,
        "total_steps": run.deck.steps,
        "tokens": run.deck.tokens_at(run.deck.steps),
        "train_rows": len(lesson.training),
        "validation_rows": len(lesson.validation),
        "train_tokens": len(lesson.training.ids),
        "learnt_tokens": lesson.training.learnt_tokens,
        "vocab_size": len(run.base.tokenizer),
        "flops": run.pace.work.flops,
        "precision": "bf16" if run.pace.numerics.dtype else "fp32",
        "compiled": run.pace.numerics.compiled,
        "device": str(run.device),
        **run.manner.plan,
    }


def _show(run: _Run, step: int) -> None:
    """What the model answers now."""
    if run.tunable.model.can_generate():
        writer = Writer(run.base.tokenizer, run.spec.sample_tokens, run.base.context, run.spec.seed, run.ends)
        for prompt, text in answers(run.prompts, writer, run.tunable.model):
            run.context.emit("sample", step=step, prompt=prompt, text=text)


def _events(context: JobContext, kind: str) -> list[dict]:
    """Those of all sittings."""
    found, cursor = [], 0
    while True:
        events, after = context.dir.read_events(cursor)
        found += [event for event in events if event.get("type") == kind]
        if after == cursor:
            return found
        cursor = after


def _before(run: _Run, trainer: Framed) -> General | None:
    """Measured once: a resumed run finds it among its events."""
    if not (run.spec.check_forgetting and run.spec.base):  # a new model has nothing to forget
        return None
    told = [e for e in _events(run.context, "forgetting") if e.get("when") == "before"]
    if told:
        return General(*(told[0][name] for name in General.__dataclass_fields__))
    return _general(run, trainer, "before", 0)


def _general(run: _Run, trainer: Framed, when: str, step: int) -> General:
    run.context.phase("measuring on general text", step, run.deck.steps)
    text = GeneralText(run.settings, run.base.tokenizer, run.base.context)
    found = text.measure(trainer.nats_by_row)
    run.context.emit("forgetting", when=when, step=step, **asdict(found))
    return found


def _finish(run: _Run, trainer: Framed, callback: JobCallback, before: General | None) -> None:
    """Save the best of what was measured, which the Trainer has put back into the model."""
    context, state = run.context, trainer.state
    best = state.best_global_step or state.global_step
    general = (before, _general(run, trainer, "after", best)) if before else ()
    context.phase("saving the model", state.global_step, run.deck.steps)
    run.manner.shown(context.dir.path, run.lesson, trainer)
    curve = {event["step"]: event for event in _events(context, "eval")}
    _say_which(run, curve, best, state.global_step)
    metrics = {
        **{name: value for name, value in curve[best].items() if name not in _NO_FIGURE},
        "best_step": best,
        "steps": state.global_step,
        "tokens": run.deck.tokens_at(state.global_step),
        "seconds": callback.elapsed,
        **run.memory.figures,
        **_changes(general),
    }
    outcome = Outcome(
        context.job_id, run.sha256, len(run.lesson.training), run.tunable, metrics, curve, general
    )
    _save(run, outcome)
    run.pace.remember(Speed(run.settings), callback.seconds_per_step)
    context.emit("result", artifact="artifact", metrics=metrics)


def _say_which(run: _Run, curve: dict[int, dict], best: int, last: int) -> None:
    if best != last:
        run.context.notice(f"The checkpoint of step {best:,} is kept: it measured best, of {last:,} steps.")
    before, after = (curve.get(step, {}).get("loss") for step in (0, best))
    if before is not None and after >= before:
        run.context.notice(
            f"On the held-out rows the tuned model is no better than its base (loss {after:.3f} and "
            f"{before:.3f}): lower learning_rate, or give more rows."
        )


def _changes(general: tuple[General, ...]) -> dict[str, float]:
    return {
        f"general_{name}_{when}": getattr(found, name)
        for when, found in zip(("before", "after"), general, strict=False)
        for name in ("perplexity", "accuracy")
    }


def _save(run: _Run, outcome: Outcome) -> None:
    spec, tokenizer, model = run.spec, run.base.tokenizer, run.tunable.model
    model.generation_config.eos_token_id = list(run.ends)
    prompt = run.prompts[0].text if run.prompts else "Hello"
    chat = spec.task != "continue" and bool(template_of(tokenizer, spec.chat_template))
    texts = run.lesson.validation.sequences
    rows = [texts[place] for place in range(min(_CHECK_ROWS, len(texts)))]
    save_tuned(
        run.context.dir.artifact,
        model,
        tokenizer,
        spec,
        {**lineage(spec, outcome), **run.manner.lineage},
        model_card(
            spec,
            outcome,
            prompt,
            chat,
            run.manner.origin(outcome),
            run.manner.figures(outcome),
            run.manner.columns,
        ),
        lambda which: plain_loss(which, rows, run.lesson.pad_id),
    )
