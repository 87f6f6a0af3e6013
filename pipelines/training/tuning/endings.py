"""When a tuning run measures for the last time, and when it has waited long enough for a better measure.

The Trainer keeps the best checkpoint by the order of these: measure, compare, save. Its own history of
measures is in each checkpoint, so nothing else needs to be remembered by a run that is resumed.
"""

from collections.abc import Callable, Sequence
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
        if impatient(state.log_history, self._patience) and not control.should_training_stop:
            self._say(
                f"Ended at step {state.global_step:,}: {self._patience} measurements in a row were no better "
                "than the best before."
            )
            control.should_training_stop = True


def impatient(history: Sequence[dict[str, Any]], patience: int) -> bool:
    """Whether so many measures after the best one were no better; that of step 0 is not of the run.

    >>> impatient([{"eval_loss": loss, "step": 1} for loss in (3, 2, 2.5, 2.5)], 2)
    True
    """
    losses = [entry["eval_loss"] for entry in history if "eval_loss" in entry and entry["step"]]
    return bool(patience and losses) and len(losses) - 1 - losses.index(min(losses)) >= patience
