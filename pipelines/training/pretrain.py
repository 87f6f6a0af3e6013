"""Pretraining as a job: corpus → tokenizer → model → training → artefact, resumable at every point.

Assembles the other modules of this topic; the training loop itself is transformers' Trainer.
"""

from dataclasses import dataclass

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers import PreTrainedModel
from transformers.utils import logging

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.states import Action, JobState
from pipelines.training.artifact import save_artifact
from pipelines.training.callback import JobCallback, Watch
from pipelines.training.checkpoints import facts_of, last_complete
from pipelines.training.estimate import work_of
from pipelines.training.lineage import lineage, model_card
from pipelines.training.machine import autocast_dtype, why_not_compiled
from pipelines.training.model import build_model
from pipelines.training.prepare import Prepared, prepare
from pipelines.training.samples import Sampler
from pipelines.training.size import count_parameters, flops_per_token
from pipelines.training.specs import PretrainSpec
from pipelines.training.speed import Speed
from pipelines.training.trainer import Numerics, PretrainTrainer, make_trainer, training_arguments

_CHECK_ROWS = 8


class _LeftEarly(Exception):
    def __init__(self, state: JobState):
        self.state = state


@dataclass(frozen=True)
class _Run:
    """What the parts of one run share."""

    spec: PretrainSpec
    context: JobContext
    settings: Settings
    prepared: Prepared
    model: PreTrainedModel
    numerics: Numerics
    device: torch.device

    @property
    def flops_per_step(self) -> float:
        return flops_per_token(self.spec, len(self.prepared.tokenizer)) * self.spec.tokens_per_step


def run(spec: PretrainSpec, context: JobContext) -> JobState:
    """Train until the end, or until asked to pause, stop or cancel; returns the state it left in."""
    settings = Settings()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    processes = PartialState(cpu=settings.device == "cpu")
    try:
        state = _work(spec, context, settings, processes)
        processes.wait_for_everyone()
    finally:  # a process that ends with the group still open may abort on its way out
        processes.destroy_process_group()
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
            prepare(spec, context, lambda: _leave_if_asked(context))
        except _LeftEarly as early:
            left = early.state
    return broadcast_object_list([left], from_process=0)[0]


def _leave_if_asked(context: JobContext) -> None:
    """Before training there is nothing to save, so *stop* waits for the first step."""
    asked = context.asked()
    if asked is Action.PAUSE:
        raise _LeftEarly(JobState.PAUSED)
    if asked is Action.CANCEL:
        raise _LeftEarly(JobState.CANCELLED)


def _assembled(
    spec: PretrainSpec, context: JobContext, settings: Settings, prepared: Prepared, device: torch.device
) -> _Run:
    tokenizer = prepared.tokenizer
    context.phase("building the model")
    model = build_model(spec, len(tokenizer), tokenizer.eos_token_id, tokenizer.pad_token_id)
    dtype = autocast_dtype(spec.precision, device)
    flops = flops_per_token(spec, len(tokenizer)) * spec.tokens_per_step * spec.max_steps
    uncompiled = Speed(settings).seconds(work_of(spec, flops, spec.max_steps), compiled=False)
    reason = why_not_compiled(device, uncompiled) if spec.compile else ""
    if reason:
        context.notice(reason)
    numerics = Numerics(dtype, spec.compile and not reason)
    return _Run(spec, context, settings, prepared, model, numerics, device)


def _train(run: _Run) -> JobState:
    spec, context = run.spec, run.context
    context.emit("plan", **_plan(run))
    checkpoint = last_complete(context.dir.checkpoints)
    watch = Watch(
        tokens_per_step=spec.tokens_per_step,
        bytes_per_token=run.prepared.data.bytes_per_token,
        on_checkpoint=lambda step: _write_samples(run, step),
        elapsed=facts_of(checkpoint).get("elapsed", 0.0) if checkpoint else 0.0,
        compiled=run.numerics.compiled,
    )
    callback = JobCallback(context, watch)
    trainer = _trainer(run, callback, fresh=checkpoint is None)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if callback.asked in (Action.PAUSE, Action.CANCEL):
        return JobState.PAUSED if callback.asked is Action.PAUSE else JobState.CANCELLED
    _finish(run, trainer, callback)
    return JobState.SUCCEEDED


def _trainer(run: _Run, callback: JobCallback, fresh: bool) -> PretrainTrainer:
    spec, processes = run.spec, PartialState().num_processes
    use_cpu, folder = run.device.type == "cpu", run.context.dir.checkpoints
    return make_trainer(
        run.model,
        run.prepared.train_windows(spec),
        run.prepared.validation_windows(spec),
        training_arguments(spec, folder, use_cpu, processes, measure_first=fresh),
        run.numerics,
        (callback,),
    )


def _plan(run: _Run) -> dict:
    data, spec = run.prepared.data, run.spec
    return {
        "parameters": count_parameters(spec, len(run.prepared.tokenizer)),
        "total_steps": spec.max_steps,
        "tokens": spec.max_steps * spec.tokens_per_step,
        "train_tokens": data.train_tokens,
        "validation_tokens": data.validation_tokens,
        "train_documents": data.train_documents,
        "validation_documents": data.validation_documents,
        "vocab_size": len(run.prepared.tokenizer),
        "flops": run.flops_per_step * spec.max_steps,
        "precision": "bf16" if run.numerics.dtype else "fp32",
        "compiled": run.numerics.compiled,
        "device": str(run.device),
    }


def _write_samples(run: _Run, step: int) -> None:
    if not PartialState().is_main_process:
        return
    spec = run.spec
    sampler = Sampler(
        run.prepared.tokenizer, spec.sample_prompts, spec.sample_tokens, spec.context_length, spec.seed
    )
    for prompt, text in sampler(run.model):
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
    if callback.last_eval_step != step:
        trainer.evaluate()
    if not trainer.is_world_process_zero():
        return
    context.phase("saving the model", step, spec.max_steps)
    tokens = step * spec.tokens_per_step
    metrics = {**callback.last_eval, "steps": step, "tokens": tokens, "seconds": callback.elapsed}
    windows = run.prepared.validation_windows(spec)
    save_artifact(
        context.dir.artifact,
        run.model,
        run.prepared.tokenizer,
        windows.__getitems__(list(range(min(_CHECK_ROWS, len(windows))))),
        lineage(spec, context.job_id, run.prepared.corpus_sha256, tokens, metrics),
        model_card(
            spec, count_parameters(spec, len(run.prepared.tokenizer)), tokens, metrics, _curve(context)
        ),
    )
    Speed(run.settings).remember(
        work_of(spec, run.flops_per_step, 1), callback.seconds_per_step, run.numerics.compiled
    )
    context.emit("result", artifact="artifact", metrics=metrics)
