"""Between transformers' Trainer and a job's directory: what is asked, what is reported.

Made for any Trainer (pretraining, SFT, DPO, …): it knows steps, losses and checkpoints, no data or models.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from pipelines.core.errors import GlassworksError
from pipelines.jobs.context import JobContext
from pipelines.jobs.states import Action
from pipelines.training.checkpoints import mark_complete
from pipelines.training.disk import check_room
from pipelines.training.measure import bits_per_byte, perplexity


@dataclass
class Watch:
    """What a run wants watched. ``tokens_at`` gives the tokens read in the first steps, over all processes;
    ``bytes_per_token`` turns the loss on each corpus into bits per byte, by the prefix of its figures (a
    corpus that is not there is not reported so); ``on_checkpoint`` is called with the step after each
    checkpoint, and once with 0 before the first step; ``elapsed`` are the seconds of training in earlier
    sittings. A ``compiled`` model spends its first step on the compilation, a phase of its own. A loss that
    is not one a token has no perplexity (``per_token``). Of the other measures of an evaluation, ``eval_…``,
    those are reported of whose name ``measures`` approves; of the Trainer's other logs, those named in
    ``parts`` stand in the train events. ``warm_up`` names the setting for the steps over which the rate
    rises."""

    tokens_at: Callable[[int], int]
    bytes_per_token: Mapping[str, float] = field(default_factory=dict)
    on_checkpoint: Callable[[int], None] = lambda step: None
    elapsed: float = 0.0
    compiled: bool = False
    per_token: bool = True
    measures: Callable[[str], bool] = lambda name: False
    parts: tuple[str, ...] = ()
    warm_up: str = "warmup_ratio"


class JobCallback(TrainerCallback):
    """Polls the job's control file at each step and turns the Trainer's logs into the job's events.

    ``asked`` holds the action that ended the training early, or None. ``weights`` gives the context in which
    the model has the weights to show, where these are not the ones in training.
    """

    def __init__(self, context: JobContext, watch: Watch):
        self._context, self._watch = context, watch
        self.asked: Action | None = None
        self.weights: Callable[[], AbstractContextManager] = nullcontext
        self.last_eval: dict[str, float] = {}
        self.last_eval_step = -1
        self._begun = self._since = self._mark = time.monotonic()
        self._idle, self._step_since, self._compiling = 0.0, 0, False
        self._intervals: list[tuple[int, float]] = []  # steps, seconds

    @property
    def elapsed(self) -> float:
        """Seconds of training, those of earlier sittings included."""
        return self._watch.elapsed + time.monotonic() - self._begun

    @property
    def seconds_per_step(self) -> float:
        """The mean of this sitting. Its first interval is left out: it holds the compilation."""
        counted = self._intervals[1:] or [(1, 0.0)]
        return sum(seconds for _, seconds in counted) / sum(steps for steps, _ in counted)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._begun = time.monotonic()
        self._step_since = state.global_step
        phase = "compiling the model" if self._watch.compiled else "training"
        self._context.phase(phase, state.global_step, state.max_steps)
        self._compiling = self._watch.compiled
        if state.global_step == 0:
            self._show(0)
        self._since = self._mark = time.monotonic()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        optimizer: Any = None,
        **_: Any,
    ) -> None:
        self._mark = time.monotonic()
        if self._compiling:
            self._compiling = False
            self._context.phase("training", state.global_step, state.max_steps)
        self._context.progress(state.global_step, state.max_steps)
        self.asked = _agreed(self._context.asked(), args)
        if self.asked:
            control.should_training_stop = True
            control.should_save = self.asked is not Action.CANCEL
            control.should_evaluate = False
        if control.should_save and state.is_world_process_zero:
            check_room(Path(args.output_dir), state.global_step, _saved(model, optimizer))

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float],
        **_: Any,
    ) -> None:
        if "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise GlassworksError(
                f"The loss stopped being a number at step {state.global_step}: "
                f"lower learning_rate, or raise {self._watch.warm_up}."
            )
        figures = self._figures(state.global_step, logs)
        self._context.emit("train", step=state.global_step, **figures)
        self._context.progress(state.global_step, state.max_steps, **figures)
        _say(state, figures)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float],
        **_: Any,
    ) -> None:
        self.last_eval = dict(self._measured(metrics))
        self.last_eval_step = state.global_step
        self._context.emit("eval", step=state.global_step, **self.last_eval)
        shown = {f"validation_{k}": v for k, v in self.last_eval.items()}
        self._context.progress(state.global_step, state.max_steps, **shown)
        _say(state, shown)
        self._rest()

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if args.world_size > 1:
            torch.distributed.barrier()  # each process writes a part of the checkpoint
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            mark_complete(folder, step=state.global_step, elapsed=self.elapsed)
        self._context.emit("checkpoint", step=state.global_step)
        if self.asked is not Action.PAUSE:
            self._show(state.global_step)
        self._rest()

    def _show(self, step: int) -> None:
        with self.weights():
            self._watch.on_checkpoint(step)

    def _measured(self, metrics: dict[str, float]) -> Iterator[tuple[str, float]]:
        """``eval_loss``, ``eval_second_loss``, … → each loss with what follows from it; other measures."""
        given = ((n.removeprefix("eval_"), v) for n, v in metrics.items() if n.startswith("eval_"))
        for name, value in given:
            if not name.endswith("loss"):
                if self._watch.measures(name):
                    yield name, value
                continue
            prefix, loss = name.removesuffix("loss"), value
            yield name, loss
            if self._watch.per_token:
                yield f"{prefix}perplexity", perplexity(loss)
            if bytes_per_token := self._watch.bytes_per_token.get(prefix):
                yield f"{prefix}bits_per_byte", bits_per_byte(loss, bytes_per_token)

    def _figures(self, step: int, logs: dict[str, float]) -> dict[str, float]:
        """The figures of a train event; the rate is that since the last one, evaluation left out."""
        now = time.monotonic()
        worked = max(now - self._since - self._idle, 1e-9)
        self._intervals.append((max(1, step - self._step_since), worked))
        tokens = self._watch.tokens_at(step) - self._watch.tokens_at(self._step_since)
        self._since, self._idle, self._step_since = now, 0.0, step
        return {
            "loss": logs["loss"],
            **{name: logs[name] for name in self._watch.parts if name in logs},
            "lr": logs["learning_rate"],
            "grad_norm": float(logs.get("grad_norm", math.nan)),
            "tokens": self._watch.tokens_at(step),
            "tokens_per_second": tokens / worked,
            "elapsed": self.elapsed,
        }

    def _rest(self) -> None:
        """Time spent on measuring and saving is no part of the rate of training."""
        now = time.monotonic()
        self._idle += now - self._mark
        self._mark = now


def _agreed(asked: Action | None, args: TrainingArguments) -> Action | None:
    """What the first process saw, in all processes: one that stops alone would leave the others waiting."""
    if args.world_size == 1:
        return asked
    actions = [None, *Action]
    seen = torch.tensor([actions.index(asked)], device=args.device)
    torch.distributed.broadcast(seen, src=0)
    return actions[int(seen)]


def _saved(model: Any, optimizer: Any) -> Iterator[torch.Tensor]:
    """The tensors that a checkpoint holds."""
    if model is not None:
        yield from model.parameters()
    for kept in getattr(optimizer, "state", {}).values():
        yield from (value for value in kept.values() if torch.is_tensor(value))


def _say(state: TrainerState, figures: dict[str, float]) -> None:
    """A line for the log."""
    if state.is_world_process_zero:
        line = " ".join(f"{name} {value:,.5g}" for name, value in figures.items())
        with contextlib.suppress(OSError):  # a log on a full disk is no reason to end
            print(f"step {state.global_step}/{state.max_steps} {line}", flush=True)
