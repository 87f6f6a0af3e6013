"""The held-out rows that the tuned model finds easiest and hardest, kept in the job's folder for the page."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerFast

from pipelines.core.files import write_json
from pipelines.training.tuning.encoders.base import Answer
from pipelines.training.tuning.rows import Rows

FILE = "validation_rows.json"
_EACH = 20
_CHARS = 4_000


def write_extremes(
    folder: Path, rows: Rows, scored: tuple[np.ndarray, np.ndarray], tokenizer: PreTrainedTokenizerFast
) -> None:
    """``validation_rows.json``: ``rows`` counted, and as ``best`` and ``worst``, the first of each the most
    so, objects with ``row`` (number in its file), ``loss`` (nats a learnt token), ``tokens`` learnt,
    ``prompt`` (what is only read, the template's marks too) and ``text`` (what is learnt). ``scored`` are the
    summed nats and the learnt tokens of each row.
    """
    nats, counts = scored
    losses = nats / np.maximum(counts, 1)

    def told(place: int) -> dict[str, Any]:
        return {
            "row": int(rows.numbers[place]),
            "loss": round(float(losses[place]), 4),
            "tokens": int(counts[place]),
            "prompt": tokenizer.decode(rows.prompt(place))[-_CHARS:],
            "text": tokenizer.decode(rows.learnt(place))[:_CHARS],
        }

    _write(folder, losses, told)


def write_answers(folder: Path, answers: Sequence[Answer]) -> None:
    """The same file of a task with answers: in place of ``text`` and ``tokens`` each row has what was
    ``wanted``, what was ``given``, and whether that is ``right``."""

    def told(place: int) -> dict[str, Any]:
        one = answers[place]
        texts = {name: getattr(one, name)[:_CHARS] for name in ("prompt", "wanted", "given")}
        return {"row": one.row, "loss": round(one.loss, 4), **texts, "right": one.right}

    _write(folder, np.array([one.loss for one in answers], np.float64), told)


def _write(folder: Path, losses: np.ndarray, told: Callable[[int], dict[str, Any]]) -> None:
    order = np.argsort(losses, kind="stable").tolist()
    half = -(-len(order) // 2)  # of few rows none is both
    best, worst = order[:half][:_EACH], order[half:][::-1][:_EACH]
    write_json(
        folder / FILE,
        {"rows": len(losses), "best": [*map(told, best)], "worst": [*map(told, worst)]},
    )
