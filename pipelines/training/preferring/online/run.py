"""A training on rewards as a job: the frame of a tuning with prompts for rows, and a trainer that writes its
own answers. Everything else, from pausing to the artefact, is that frame's.

Resumable are the weights, the optimiser, the order of the prompts and the random numbers; answers that were
being written are written anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.states import JobState
from pipelines.training.preferring.online.card import columns_of, figures, origin
from pipelines.training.preferring.online.footprint import with_answers
from pipelines.training.preferring.online.grpo import GrpoTrainer, grpo_arguments
from pipelines.training.preferring.online.problems import Author
from pipelines.training.preferring.online.rloo import RlooTrainer, rloo_arguments
from pipelines.training.preferring.online.rows import reading_of
from pipelines.training.preferring.online.scoring import parts_of
from pipelines.training.preferring.online.source import source
from pipelines.training.preferring.online.specs import GENERATED, GrpoSpec, OnlineSpec
from pipelines.training.preferring.online.trainer import NAMES, Online, Told
from pipelines.training.processes import is_first
from pipelines.training.size import Size
from pipelines.training.tuning.base import Base, base_of
from pipelines.training.tuning.encoders.base import Answer
from pipelines.training.tuning.extremes import write_answers
from pipelines.training.tuning.framed import Lesson
from pipelines.training.tuning.manner import Manner
from pipelines.training.tuning.sft import carry_out

_SHOWN = 4  # answers of each measurement


def run(spec: OnlineSpec, context: JobContext, author: Author) -> JobState:
    """As :func:`pipelines.training.tuning.sft.run`. ``author(seed, fresh)`` writes word problems."""
    return carry_out(spec, context, partial(manner_of, context=context, author=author))


@dataclass(frozen=True, kw_only=True)
class Writing(Base):
    """A base that writes and is asked beside."""

    spec: OnlineSpec

    @property
    def size(self) -> Size:
        return with_answers(super().size, self.spec)


def manner_of(spec: OnlineSpec, settings: Settings, context: JobContext, author: Author) -> Manner:
    """Raises as :func:`base_of`."""
    base = base_of(spec, settings)
    parts = tuple(f"{what}_{name}" for name in spec.weights for what in ("reward", "spread"))
    told = tuple(dict.fromkeys((*NAMES.values(), *parts)))
    return Manner(
        Writing(base.place, base.entry, base.tokenizer, spec=spec),
        reading=reading_of(spec, partial(source, author)),
        trainer=partial(_trainer, spec, base, settings, context),
        arguments=grpo_arguments if isinstance(spec, GrpoSpec) else rloo_arguments,
        per_token=False,
        parts=told,
        measures=(*told, "right_low", "right_high"),
        plan={"beta": spec.beta, "rewards": spec.weights, "num_generations": spec.num_generations},
        lineage={
            "method": f"{spec.task} ({spec.method})",
            "reference": spec.base,
            "rewards": spec.weights,
            **({} if spec.dataset else {"corpus": {"id": f"{GENERATED}:{spec.problems}"}}),
        },
        columns=columns_of(spec),
        origin=partial(origin, spec),
        figures=partial(figures, spec),
        shown=_show,
    )


def _trainer(spec: OnlineSpec, base: Base, settings: Settings, context: JobContext, *given: Any) -> Online:
    *_, arguments, _ = given
    reference = base.load(spec, arguments.device) if spec.copies_reference else None
    parts = parts_of(spec, settings, arguments.device)
    made = GrpoTrainer if isinstance(spec, GrpoSpec) else RlooTrainer
    return made(*given, spec=spec, parts=parts, tell=partial(_tell, context), reference=reference)


def _tell(context: JobContext, step: int, told: Sequence[Told]) -> None:
    """The first few answers of a measurement, as events ``answered``."""
    for one in told[:_SHOWN] if is_first() else ():
        asked = {"prompt": one.row["prompt"], "wanted": one.row["answer"], "text": one.text}
        context.emit("answered", step=step, **asked, reward=one.reward, rewards=one.rewards, right=one.right)


def _show(folder: Path, lesson: Lesson, trainer: Online) -> None:
    """The fresh problems with the most and the least reward; ``loss`` is the reward with its sign turned."""
    rows = [
        Answer(one.row["row"], -one.reward, one.row["prompt"], one.row["answer"], one.text, one.right)
        for one in trainer.told()
    ]
    write_answers(folder, rows)
