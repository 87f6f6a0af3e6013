"""Where one kind of tuning differs from another that goes through the same frame (:mod:`.sft`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipelines.training.tuning.base import Base
from pipelines.training.tuning.card import Outcome
from pipelines.training.tuning.trainer import TuneTrainer


def _nothing_more(outcome: Outcome) -> str:
    return ""


@dataclass(frozen=True)
class Manner:
    """``base`` is what the run starts from; ``trainer`` makes the trainer of what :class:`TuneTrainer` takes.
    ``parts`` of the loss and ``measures`` are told beside the loss in train and eval events, ``plan`` and
    ``lineage`` are told with theirs. ``origin(outcome)`` are the card's first words and ``figures(outcome)``
    a section of its own; empty: the usual card."""

    base: Base
    trainer: Callable[..., TuneTrainer] = TuneTrainer
    parts: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    origin: Callable[[Outcome], str] = _nothing_more
    figures: Callable[[Outcome], str] = _nothing_more
