"""The held-out answers that the model is surest of, rightly and wrongly, for the page."""

from pathlib import Path
from typing import Any

import numpy as np

from pipelines.training.preferring.dpo import REFERENCE
from pipelines.training.preferring.measuring import Preferring
from pipelines.training.preferring.rows import PairRows, RatedRows
from pipelines.training.preferring.specs import OrpoSpec, PreferSpec
from pipelines.training.tuning.encoders.base import Answer
from pipelines.training.tuning.extremes import write_answers
from pipelines.training.tuning.framed import Lesson


def write_preferences(spec: PreferSpec, folder: Path, lesson: Lesson, trainer: Preferring) -> None:
    """The file of :func:`pipelines.training.tuning.extremes.write_answers`: of a pair ``wanted`` is the
    preferred answer and ``given`` the one that the model's reward prefers; of a rated answer they are "good"
    or "bad". ``loss`` is the reward's distance to the wrong side, so that less is better."""
    rewards = _rewards(spec, trainer)
    rows = lesson.validation
    make = _of_pairs if isinstance(rows, PairRows) else _of_rated
    write_answers(folder, make(rows, rewards, lesson.tokenizer))


def _rewards(spec: PreferSpec, trainer: Preferring) -> np.ndarray:
    """[text], in the order of the rows' texts."""
    ours = trainer.log_probs_of(trainer.model)
    if isinstance(spec, OrpoSpec):
        _, tokens = trainer.nats_by_row()
        return spec.beta * ours / np.maximum(tokens, 1)
    return spec.beta * (ours - _theirs(trainer))


def _theirs(trainer: Preferring) -> np.ndarray:
    """As the rows tell it where the reference was asked before, else asked now."""
    rows = trainer.eval_dataset
    if set(REFERENCE) <= set(rows.column_names):
        return np.stack([rows[name] for name in REFERENCE], 1).ravel()
    with trainer.reference() as reference:
        return trainer.log_probs_of(reference)


def _of_pairs(rows: PairRows, rewards: np.ndarray, tokenizer: Any) -> list[Answer]:
    found = []
    for place in range(len(rows)):
        row = rows[place]
        prompt, *answers = (
            tokenizer.decode(row[name]) for name in ("prompt_ids", "chosen_ids", "rejected_ids")
        )
        margin = float(rewards[2 * place] - rewards[2 * place + 1])
        given = answers[margin <= 0]
        found.append(Answer(int(rows.numbers[place]), -margin, prompt, answers[0], given, margin > 0))
    return found


def _of_rated(rows: RatedRows, rewards: np.ndarray, tokenizer: Any) -> list[Answer]:
    found = []
    for place, good in enumerate(rows.good):
        row, sure = rows[place], float(rewards[place] if good else -rewards[place])
        text = tokenizer.decode(row["prompt_ids"] + row["completion_ids"])
        names = ("good", "bad") if good else ("bad", "good")
        found.append(Answer(int(rows.numbers[place]), -sure, text, names[0], names[sure <= 0], sure > 0))
    return found
