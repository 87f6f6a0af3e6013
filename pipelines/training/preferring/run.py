"""A training on preferences as a job: the frame of a tuning (:mod:`pipelines.training.tuning.sft`) with rows
of answers and another trainer. Everything else, from the dry run to the artefact, is that frame's.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.states import JobState
from pipelines.training.preferring.card import COLUMNS, figures, origin
from pipelines.training.preferring.dpo import DpoTrainer, dpo_arguments
from pipelines.training.preferring.extremes import write_preferences
from pipelines.training.preferring.footprint import with_forwards
from pipelines.training.preferring.kto import KtoTrainer, kto_arguments
from pipelines.training.preferring.measuring import KL
from pipelines.training.preferring.orpo import OrpoTrainer
from pipelines.training.preferring.rows import PAIRS, RATED
from pipelines.training.preferring.specs import DpoSpec, KtoSpec, OrpoSpec, PreferSpec
from pipelines.training.size import Size
from pipelines.training.tuning.base import Base, base_of
from pipelines.training.tuning.manner import Manner
from pipelines.training.tuning.sft import carry_out
from pipelines.training.tuning.trainer import sft_arguments


def run(spec: PreferSpec, context: JobContext) -> JobState:
    """As :func:`pipelines.training.tuning.sft.run`."""
    return carry_out(spec, context, manner_of)


@dataclass(frozen=True, kw_only=True)
class Asked(Base):
    """A base that is asked beside, as the reference."""

    forwards: int

    @property
    def size(self) -> Size:
        return with_forwards(super().size, self.forwards)


def manner_of(spec: PreferSpec, settings: Settings) -> Manner:
    """Raises as :func:`base_of`."""
    base = base_of(spec, settings)
    names = {DpoSpec: DpoTrainer, KtoSpec: KtoTrainer, OrpoSpec: OrpoTrainer}[type(spec)].names.values()
    return Manner(
        Asked(base.place, base.entry, base.tokenizer, forwards=spec.forwards),
        reading=RATED if isinstance(spec, KtoSpec) else PAIRS,
        trainer=partial(_trainer, spec, base),
        arguments={DpoSpec: dpo_arguments, KtoSpec: kto_arguments}.get(type(spec), sft_arguments),
        per_token=False,
        parts=tuple(names),
        measures=(*names, KL),
        plan={"loss_type": getattr(spec, "loss_type", spec.task), "beta": spec.beta},
        lineage={"method": f"{spec.task} ({spec.method})", "reference": spec.base},
        columns=tuple(column for column in COLUMNS if column[0] in ("loss", KL, *names)),
        origin=partial(origin, spec),
        figures=partial(figures, spec),
        shown=partial(write_preferences, spec),
    )


def _trainer(spec: PreferSpec, base: Base, *given: Any) -> Any:
    if isinstance(spec, OrpoSpec):
        return OrpoTrainer(*given, beta=spec.beta)
    *_, arguments, _ = given
    reference = base.load(spec, arguments.device) if spec.copies_reference else None
    if isinstance(spec, KtoSpec):
        return KtoTrainer(*given, reference=reference)
    return DpoTrainer(*given, reference=reference, free=spec.reference_free)
