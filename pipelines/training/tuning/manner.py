"""Where one kind of tuning differs from another that goes through the same frame (:mod:`.sft`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.training.tuning.base import Base
from pipelines.training.tuning.card import PER_TOKEN, Columns, Outcome
from pipelines.training.tuning.extremes import write_extremes
from pipelines.training.tuning.framed import Framed, Lesson
from pipelines.training.tuning.prepared import TEXTS, Reading
from pipelines.training.tuning.trainer import TuneTrainer, sft_arguments


def _nothing_more(outcome: Outcome) -> str:
    return ""


def _by_loss(folder: Path, lesson: Lesson, trainer: Framed) -> None:
    write_extremes(folder, lesson.validation, trainer.nats_by_row(), lesson.tokenizer)


@dataclass(frozen=True)
class Manner:
    """``base`` is what the run starts from; ``reading`` makes its rows; ``trainer`` makes the trainer of what
    :class:`TuneTrainer` takes, ``arguments`` its arguments of what :func:`sft_arguments` does. ``parts`` of
    the loss and ``measures`` are told beside the loss in train and eval events, ``plan`` and ``lineage`` are
    told with theirs. A loss that is not one a token has no perplexity (``per_token``). ``columns`` are the
    card's of the validation, ``origin(outcome)`` its first words and ``figures(outcome)`` a section of its
    own; empty: the usual card. ``shown`` writes the held-out rows to look at."""

    base: Base
    reading: Reading = TEXTS
    trainer: Callable[..., Framed] = TuneTrainer
    arguments: Callable[..., Any] = sft_arguments
    per_token: bool = True
    parts: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    columns: Columns = PER_TOKEN
    origin: Callable[[Outcome], str] = _nothing_more
    figures: Callable[[Outcome], str] = _nothing_more
    shown: Callable[[Path, Lesson, Framed], None] = _by_loss
