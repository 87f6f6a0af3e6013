"""Pretraining as a job: corpus → tokenizer → model → training → artefact, resumable at every point.

Assembles the other modules of this topic; the training loop itself is transformers' Trainer.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers import PreTrainedModel

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import LeftEarly, asked_to_stop
from pipelines.jobs.states import Action, JobState
from pipelines.training.artifact import save_artifact
from pipelines.training.callback import JobCallback, Watch
from pipelines.training.checkpoints import facts_of, last_complete
from pipelines.training.estimate import work_of
from pipelines.training.lineage import Outcome, lineage, model_card
from pipelines.training.machine import attention_for, autocast_dtype, head_size_of, why_not_compiled
from pipelines.training.objectives import Objective
from pipelines.training.prepare import Prepared, prepare
from pipelines.training.processes import computing
from pipelines.training.snapshots import save_snapshot
from pipelines.training.specs import PretrainSpec
from pipelines.training.speed import Speed
from pipelines.training.start import Start, start_of
from pipelines.training.trainer import (
    Lesson,
    Numerics,
    PretrainTrainer,
    make_trainer,
    training_arguments,
)

_CHECK_ROWS = 8


@dataclass(frozen=True)
class _Run:
    """What the parts of one run share."""

    spec: PretrainSpec
    context: JobContext
    settings: Settings
    prepared: Prepared
    start: Start
    numerics: Numerics
    device: torch.device

    @property
    def model(self) -> PreTrainedModel:
        return self.start.model

    @property
    def objective(self) -> Objective:
        return self.start.objective

    @property
    def flops(self) -> float:
        return self.start.size.flops(self.spec.plan)


def run(spec: PretrainSpec, context: JobContext) -> JobState:
    """Train until the end, or until asked to pause, stop or cancel; returns the state it left in."""
    settings = Settings()
    with computing(settings) as processes:
        state = _work(spec, context, settings, processes)
        processes.wait_for_everyone()
    return state


def _work(spec: PretrainSpec, context: JobContext, settings: Settings, processes: PartialState) -> JobState:
    left = _prepare_once(spec, context, processes)
    if left:
        return left
    prepared = prepare(spec, context, lambda: None)
    return _train(_assembled(spec, context, settings, prepared, processes.device))


def _prepare_once(spec: PretrainSpec, context: JobContext, processes: PartialState) -> JobState | None:
    """The first process prepares the data, the others wait and find it done; or all leave in one state."""
    left = None
    if processes.is_main_process:
        try:
            # Before training there is nothing to save, so *stop* waits for the first step.
            prepare(spec, context, lambda: asked_to_stop(context))
        except LeftEarly as early:
            left = early.state
    return broadcast_object_list([left], from_process=0)[0]


def _assembled(
    spec: PretrainSpec, context: JobContext, settings: Settings, prepared: Prepared, device: torch.device
) -> _Run:
    context.phase("loading the model" if spec.start_from else "building the model")
    start = start_of(spec, prepared.tokenizer, settings)
    work = work_of(spec, start.size.flops(spec.plan), spec.max_steps, start.size.layers)
    uncompiled = Speed(settings).seconds(work, compiled=False)
    reason = why_not_compiled(device, uncompiled) if spec.compile else ""
    if reason:
        context.notice(reason)
    numerics = Numerics(autocast_dtype(spec.precision, device), spec.compile and not reason)
    head_size = head_size_of(start.model.config)
    attention = attention_for(device, numerics.compiled, spec.plan.longest_context, head_size)
    if attention:
        start.model.set_attn_implementation(attention)
    return _Run(spec, context, settings, prepared, start, numerics, device)


def _train(run: _Run) -> JobState:
    context = run.context
    context.emit("plan", **_plan(run))
    checkpoint = last_complete(context.dir.checkpoints)
    callback = JobCallback(context, _watch(run, checkpoint))
    trainer = _trainer(run, callback, checkpoint)
    callback.weights = trainer.averaged_weights
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if callback.asked in (Action.PAUSE, Action.CANCEL):
        return JobState.PAUSED if callback.asked is Action.PAUSE else JobState.CANCELLED
    if callback.last_eval_step != trainer.state.global_step:
        trainer.evaluate()
    with trainer.averaged_weights():
        _finish(run, trainer, callback)
    return JobState.SUCCEEDED


def _watch(run: _Run, checkpoint: Path | None) -> Watch:
    """Only a model of the next token is measured in bits per byte: others are told part of the answer."""
    measured = run.prepared.corpora.items() if run.objective.next_token else ()
    return Watch(
        tokens_at=run.spec.plan.tokens_at,
        bytes_per_token={prefix: corpus.data.bytes_per_token for prefix, corpus in measured},
        on_checkpoint=lambda step: _show(run, step),
        elapsed=facts_of(checkpoint).get("elapsed", 0.0) if checkpoint else 0.0,
        compiled=run.numerics.compiled,
        warm_up="warmup_steps",
    )


def _trainer(run: _Run, callback: JobCallback, checkpoint: Path | None) -> PretrainTrainer:
    use_cpu, folder = run.device.type == "cpu", run.context.dir.checkpoints
    processes = PartialState().num_processes
    return make_trainer(
        run.model,
        Lesson(run.spec, run.objective, run.prepared),
        training_arguments(run.spec, folder, use_cpu, processes, measure_first=checkpoint is None),
        run.numerics,
        (callback,),
        checkpoint,
    )


def _plan(run: _Run) -> dict:
    data, spec = run.prepared.first.data, run.spec
    return {
        "start_from": spec.start_from,
        "parameters": run.start.size.parameters,
        "total_steps": spec.max_steps,
        "tokens": spec.plan.tokens,
        "train_tokens": data.train_tokens,
        "validation_tokens": data.validation_tokens,
        "train_documents": data.train_documents,
        "validation_documents": data.validation_documents,
        "vocab_size": len(run.prepared.tokenizer),
        "flops": run.flops,
        "precision": "bf16" if run.numerics.dtype else "fp32",
        "compiled": run.numerics.compiled,
        "device": str(run.device),
    }


def _show(run: _Run, step: int) -> None:
    """What the model writes now, and itself where it is to be kept."""
    if not PartialState().is_main_process:
        return
    save_snapshot(run.context, run.spec, step, run.model, run.prepared.tokenizer)
    for prompt, text in run.objective.samples(run.model, run.prepared.tokenizer, run.spec):
        run.context.emit("sample", step=step, prompt=prompt, text=text)


def _curve(context: JobContext) -> dict[int, dict]:
    """The eval events of all sittings by step; where a step was done twice, the last counts."""
    found, cursor = {}, 0
    while True:
        events, after = context.dir.read_events(cursor)
        found.update({e["step"]: e for e in events if e.get("type") == "eval"})
        if after == cursor:
            return found
        cursor = after


def _finish(run: _Run, trainer: PretrainTrainer, callback: JobCallback) -> None:
    spec, context, step = run.spec, run.context, trainer.state.global_step
    if not trainer.is_world_process_zero():
        return
    context.phase("saving the model", step, spec.max_steps)
    tokens = spec.plan.tokens_at(step)
    metrics = {**callback.last_eval, "steps": step, "tokens": tokens, "seconds": callback.elapsed}
    outcome = Outcome(
        context.job_id,
        {prefix: corpus.sha256 for prefix, corpus in run.prepared.corpora.items()},
        run.start.size.parameters,
        tokens,
        metrics,
        _curve(context),
    )
    save_artifact(
        context.dir.artifact,
        run.model,
        run.prepared.tokenizer,
        (run.objective, _check_batch(run)),
        lineage(spec, outcome),
        model_card(spec, outcome, run.objective.card_code(spec)),
    )
    work = work_of(spec, run.flops / spec.max_steps, 1, run.start.size.layers)
    Speed(run.settings).remember(work, callback.seconds_per_step, run.numerics.compiled)
    context.emit("result", artifact="artifact", metrics=metrics)


def _check_batch(run: _Run) -> dict[str, torch.Tensor]:
    windows = run.prepared.validation_windows(run.spec.context_length)[""]
    rows = windows.__getitems__(list(range(min(_CHECK_ROWS, len(windows)))))
    return run.objective.batch(rows, run.spec, run.prepared.tokenizer)
