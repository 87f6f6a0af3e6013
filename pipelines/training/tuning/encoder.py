"""An encoder tuned for a task as a job: rows → lesson → model and adapter → training → artefact, resumable.

Assembles the other modules of this topic; the training loop itself is transformers' Trainer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import LeftEarly
from pipelines.jobs.states import Action, JobState
from pipelines.models import minilm
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.weights import read_weights
from pipelines.training.callback import JobCallback, Watch
from pipelines.training.checkpoints import facts_of, last_complete
from pipelines.training.distribution import SPLIT
from pipelines.training.machine import autocast_dtype
from pipelines.training.processes import computing, first_alone, heed, how_many, in_turn
from pipelines.training.tuning.artifact import save_tuned
from pipelines.training.tuning.base import start_of
from pipelines.training.tuning.card import Outcome
from pipelines.training.tuning.chat_template import with_template
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.dry_run import Trial, can_measure, dry_run, step_of
from pipelines.training.tuning.encoder_card import Told, lineage, model_card
from pipelines.training.tuning.encoder_trainer import EncoderTrainer, deck_of, training_arguments
from pipelines.training.tuning.encoders import lesson_of
from pipelines.training.tuning.encoders.base import Lesson
from pipelines.training.tuning.endings import Endings, learn
from pipelines.training.tuning.extremes import write_answers
from pipelines.training.tuning.methods import Tunable, load_options, prepare, token_ids
from pipelines.training.tuning.peak import PeakMemory
from pipelines.training.tuning.sources import Source, source_of
from pipelines.training.tuning.specs import EncoderSpec

_CHECK_ROWS = 8
_DOES = {"causal-lm": "it continues text", "seq2seq-lm": "it rewrites text"}
_HAS_A_TASK = "it has a task already"
_INSTEAD = {
    False: f"an encoder or a masked model, such as {minilm.NAME}",
    True: "a model that continues text",
}


@dataclass(frozen=True)
class _Run:
    """What the parts of one run share."""

    spec: EncoderSpec
    context: JobContext
    device: torch.device
    rows: Source
    lesson: Lesson
    deck: Deck
    tunable: Tunable
    dtype: torch.dtype | None
    memory: PeakMemory
    build: Callable[[torch.device], Tunable]


def run(spec: EncoderSpec, context: JobContext) -> JobState:
    """Train until the end, or until asked to pause, stop or cancel; returns the state it left in."""
    settings = Settings()
    with computing(settings, spec.distribution) as processes:
        try:
            spec = replace(spec, processes=how_many())
            return _train(_assembled(spec, context, settings, processes.device))
        except LeftEarly as early:
            return early.state


def _assembled(spec: EncoderSpec, context: JobContext, settings: Settings, device: torch.device) -> _Run:
    context.phase("reading the rows")
    place = base_of(spec, settings)
    tokenizer = AutoTokenizer.from_pretrained(place.tokenizer, local_files_only=True, trust_remote_code=False)
    tokenizer = with_template(tokenizer, getattr(spec, "chat_template", "model"))
    rows = in_turn(lambda: source_of(spec, settings))
    if rows.left_out:
        context.notice(rows.left_out)
    heed(context)  # before training there is nothing to save, so *stop* waits for the first step
    context.phase("encoding the rows")
    lesson = lesson_of(spec, tokenizer, rows.training, rows.validation)
    heed(context)
    memory = PeakMemory(device)
    context.phase("loading the model")
    # What is split among processes reaches the devices in parts.
    at = torch.device("cpu") if spec.distribution in SPLIT else device
    build = partial(_built, spec, lesson, place, start_of(spec, Catalogue(settings)))
    tunable = build(at)
    dtype = autocast_dtype(spec.precision, device)
    return _Run(spec, context, device, rows, lesson, deck_of(spec, lesson), tunable, dtype, memory, build)


def _built(
    spec: EncoderSpec, lesson: Lesson, place: Place, start: Path | None, device: torch.device
) -> Tunable:
    return prepare(_loaded(spec, lesson, place, device), spec, token_ids(lesson.tokenizer, spec), start)


def base_of(spec: EncoderSpec, settings: Settings) -> Place:
    """Where the base lies; raises :class:`GlassworksError` for a model that cannot learn the task."""
    catalogue = Catalogue(settings)
    entry = catalogue.get(spec.base)
    if not entry.capabilities & set(spec.what.bases):
        does = next((words for can, words in _DOES.items() if can in entry.capabilities), _HAS_A_TASK)
        instead = _INSTEAD["causal-lm" in spec.what.bases]
        raise GlassworksError(f"{spec.base} cannot learn the task {spec.task!r}: {does}. Choose {instead}.")
    if entry.context_length and spec.max_length > entry.context_length:
        accepted = f"at most the context of {spec.base}, {entry.context_length}"
        raise SpecError("max_length", spec.max_length, accepted)
    minilm.check(entry.path)
    return catalogue.place(spec.base)


def _loaded(spec: EncoderSpec, lesson: Lesson, place: Place, device: torch.device) -> Any:
    """The base with a new head. Seeded: the head starts at random."""
    torch.manual_seed(spec.seed)
    options = load_options(spec, device)
    config = AutoConfig.from_pretrained(place.config, local_files_only=True, trust_remote_code=False)
    for name, value in lesson.config().items():
        setattr(config, name, value)
    model = read_weights(place, lesson.auto_class, options.pop("dtype"), config, **options)
    return model if options else model.to(device)


def _train(run: _Run) -> JobState:
    context = run.context
    context.emit("plan", **_plan(run))
    if run.lesson.cut:
        context.notice(f"{run.lesson.cut:.1%} of the rows are longer than max_length and were cut.")
    checkpoint = last_complete(context.dir.checkpoints)
    callback = JobCallback(context, _watch(run, checkpoint))
    trainer = _trainer(run, callback, checkpoint)
    if checkpoint is None and can_measure(run.device) and not trainer.split:
        first_alone(lambda: _measure_a_step(run, trainer))
    run.memory.watched(lambda: learn(trainer, checkpoint, run.spec.patience))
    if callback.asked in (Action.PAUSE, Action.CANCEL):
        return JobState.PAUSED if callback.asked is Action.PAUSE else JobState.CANCELLED
    model = trainer.put_together(lambda: run.build(run.device).model)
    if model is not None:
        _finish(replace(run, tunable=replace(run.tunable, model=model)), trainer, callback)
    return JobState.SUCCEEDED


def _watch(run: _Run, checkpoint: Path | None) -> Watch:
    return Watch(
        tokens_at=run.deck.tokens_at,
        elapsed=facts_of(checkpoint).get("elapsed", 0.0) if checkpoint else 0.0,
        per_token=run.spec.task == "fill",
        measures=lambda name: True,
    )


def _trainer(run: _Run, callback: JobCallback, checkpoint: Path | None) -> EncoderTrainer:
    arguments = training_arguments(
        run.spec,
        run.context.dir.checkpoints,
        run.lesson.best,
        run.deck.steps,
        use_cpu=run.device.type == "cpu",
        measure_first=checkpoint is None,
    )
    trainer = EncoderTrainer(
        run.lesson, run.deck, run.dtype, model=run.tunable.model, args=arguments, callbacks=[callback]
    )
    trainer.add_callback(Endings(run.spec.patience, lambda: callback.asked, run.context.notice))
    return trainer


def _measure_a_step(run: _Run, trainer: EncoderTrainer) -> None:
    """Before anything else takes time: whether the longest rows fit the memory, and how long a step is."""
    lengths, training = run.deck.lengths, run.lesson.training
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)[: run.spec.batch_size]
    longest = [training[at] for at in order]
    step = step_of(trainer, lambda rows: run.lesson.collate(longest[:rows], run.spec.seed))
    trial = Trial(run.tunable.model, step, max(lengths), sum(lengths) / len(lengths), run.deck.steps)
    with trainer.by_itself():
        dry_run(run.spec, run.context, trial)


def _plan(run: _Run) -> dict[str, Any]:
    tunable, lesson = run.tunable, run.lesson
    return {
        "base": run.spec.base,
        "method": run.spec.method,
        "task": run.spec.task,
        "parameters": tunable.total,
        "trainable": tunable.trainable,
        "total_steps": run.deck.steps,
        "tokens": run.deck.tokens_at(run.deck.steps),
        "train_rows": len(run.rows.training),
        "validation_rows": len(run.rows.validation),
        "labels": list(lesson.labels),
        "cut_share": lesson.cut,
        "precision": "bf16" if run.dtype else "fp32",
        "compiled": False,  # batches of many lengths would be compiled anew each
        "device": str(run.device),
    }


def _finish(run: _Run, trainer: EncoderTrainer, callback: JobCallback) -> None:
    """Save the best of what was measured, which the Trainer has put back into the model."""
    context, state = run.context, trainer.state
    best, step = state.best_global_step or state.global_step, state.global_step
    if best != step:
        context.notice(f"The checkpoint of step {best:,} is kept: it measured best, of {step:,} steps.")
    context.phase("saving the model", step, run.deck.steps)
    measured, answers, losses = trainer.measured()
    write_answers(context.dir.path, run.lesson.answered(answers, losses))
    tokens = run.deck.tokens_at(step)
    ends = {"best_step": best, "steps": step, "tokens": tokens, "seconds": callback.elapsed}
    metrics = {**measured, **ends, **run.memory.figures}
    rows = len(run.rows.training), len(run.rows.validation)
    outcome = Outcome(context.job_id, run.rows.sha256, rows[0], run.tunable, metrics, {})
    told = Told(outcome, run.lesson, rows[1])
    save_tuned(
        context.dir.artifact,
        run.tunable.model,
        run.lesson.tokenizer,
        run.spec,
        lineage(run.spec, told),
        model_card(run.spec, told),
        lambda model: _check_loss(run, model),
    )
    context.emit("result", artifact="artifact", metrics=metrics)


def _check_loss(run: _Run, model: torch.nn.Module) -> float:
    """On the first held-out rows, in fp32."""
    batch = run.lesson.collate(run.lesson.held_out[:_CHECK_ROWS])
    device = next(model.parameters()).device
    with torch.inference_mode():
        loss, _ = run.lesson.forward(model, {name: values.to(device) for name, values in batch.items()})
    return float(loss)
