"""When a tuning run measures for the last time, and when it has waited long enough for a better measure: for
the trainers of all tasks.

The Trainer keeps the best checkpoint by the order of these: measure, compare, save. Its own history of
measures is in each checkpoint, so nothing else needs to be remembered by a run that is resumed.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from pipelines.jobs.states import Action


class Endings(TrainerCallback):
    """The step that ends a run is measured and saved like those on the way. ``patience`` measures without a
    better one end it, 0 never. Stands after the job's own callback; ``asked`` gives what that one heard."""

    def __init__(self, patience: int, asked: Callable[[], Action | None], say: Callable[[str], None]):
        self._patience, self._asked, self._say = patience, asked, say

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if control.should_training_stop and self._asked() in (None, Action.STOP):
            control.should_evaluate = control.should_save = True

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        waited = impatient(state.log_history, self._patience, *_best(args))
        if waited and not control.should_training_stop:
            self._say(
                f"Ended at step {state.global_step:,}: {self._patience} measurements in a row were no better "
                "than the best before."
            )
            control.should_training_stop = True


def learn(trainer: Any, checkpoint: Path | None, patience: int) -> None:
    """Train, from a checkpoint on if one is given, and end with the best weights that were measured. A run
    whose patience had run out at the checkpoint is over."""
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json")) if checkpoint else None
    if state is None or not impatient(state.log_history, patience, *_best(trainer.args)):
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        return
    trainer.state = state
    if trainer.split:  # what was saved is read into the parts of the model
        trainer._prepare_for_training(state.max_steps, None, None)
    state.best_model_checkpoint = str(checkpoint.with_name(f"checkpoint-{state.best_global_step}"))
    trainer._load_best_model()


def impatient(
    history: Sequence[dict[str, Any]], patience: int, measure: str = "eval_loss", more_is_better: bool = False
) -> bool:
    """Whether so many measures after the best one were no better; that of step 0 is not of the run.

    >>> impatient([{"eval_loss": loss, "step": 1} for loss in (3, 2, 2.5, 2.5)], 2)
    True
    """
    found = [entry[measure] for entry in history if measure in entry and entry["step"]]
    best = (max if more_is_better else min)(found, default=None)
    return bool(patience and found) and len(found) - 1 - found.index(best) >= patience


def _best(args: TrainingArguments) -> tuple[str, bool]:
    """The measure that chooses among the checkpoints, and whether more of it is better."""
    return args.metric_for_best_model, bool(args.greater_is_better)
