"""A distillation as a job: the frame of a tuning (:mod:`pipelines.training.tuning.sft`) with a teacher beside
the model, and the model perhaps a new one. Everything else, from the rows to the artefact, is that frame's.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.states import JobState
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.entries import ModelEntry
from pipelines.models.weights import read_weights
from pipelines.training.model import build_model
from pipelines.training.size import Size, size_of, size_of_entry
from pipelines.training.tokenizer import load_tokenizer
from pipelines.training.tuning.base import Base, base_of
from pipelines.training.tuning.bases import check_teacher
from pipelines.training.tuning.chat_template import with_template
from pipelines.training.tuning.distillation.card import figures, origin
from pipelines.training.tuning.distillation.footprint import beside
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.distillation.trainer import MEASURES, PARTS, DistillTrainer, Teaching
from pipelines.training.tuning.distillation.vocabulary import check_shared
from pipelines.training.tuning.manner import Manner
from pipelines.training.tuning.sft import carry_out


def run(spec: DistillSpec, context: JobContext) -> JobState:
    """As :func:`pipelines.training.tuning.sft.run`."""
    return carry_out(spec, context, manner_of)


def manner_of(spec: DistillSpec, settings: Settings) -> Manner:
    """Raises :class:`GlassworksError` for a teacher or a student that is not there or cannot be one, and
    :class:`SpecError` for two that do not share their vocabulary."""
    teacher = teacher_of(spec, settings)
    base = student_of(spec, teacher, settings)
    sizes = teacher.entry.parameters, base.size.parameters
    return Manner(
        base,
        trainer=partial(_trainer, spec, teacher),
        parts=PARTS,
        measures=MEASURES,
        plan={
            "teacher": spec.teacher,
            "teacher_parameters": sizes[0],
            "student_parameters": sizes[1],
            "ratio": round(sizes[1] / max(1, sizes[0]), 4),
        },
        lineage={
            "method": f"distillation ({spec.method})",
            "parent": spec.base or spec.teacher,
            "teacher": spec.teacher,
            "student": spec.base or "new",
            "tokenizer": spec.base or spec.teacher,
        },
        origin=partial(origin, spec, sizes),
        figures=partial(figures, spec),
    )


@dataclass(frozen=True)
class Teacher:
    """Its files and its tokenizer; no weights are read yet."""

    place: Place
    entry: ModelEntry
    tokenizer: Any

    def load(self) -> PreTrainedModel:
        """In fp32, as the student: the trainer computes with both in the run's precision."""
        return read_weights(self.place, AutoModelForCausalLM, torch.float32)


def teacher_of(spec: DistillSpec, settings: Settings) -> Teacher:
    catalogue = Catalogue(settings)
    entry, place = catalogue.get(spec.teacher), catalogue.place(spec.teacher)
    check_teacher(spec, entry)
    place.need_weights("cannot teach")
    if entry.context_length and spec.max_length > entry.context_length:
        accepted = f"at most the context of the teacher {spec.teacher}, {entry.context_length}"
        raise SpecError("max_length", spec.max_length, accepted)
    return Teacher(place, entry, with_template(load_tokenizer(place.tokenizer), spec.chat_template))


@dataclass(frozen=True, kw_only=True)
class Student(Base):
    """A base that costs its teacher's forward pass too."""

    teacher: Size

    @property
    def size(self) -> Size:
        return beside(self.own_size, self.teacher)

    @property
    def own_size(self) -> Size:
        return size_of_entry(self.entry)


@dataclass(frozen=True, kw_only=True)
class NewStudent(Student):
    """Random weights, and the teacher's tokenizer with as many rows as the teacher has."""

    shape: Any
    vocabulary: int

    @property
    def own_size(self) -> Size:
        return size_of(self.shape, self.vocabulary)

    @property
    def context(self) -> int:
        return self.shape.context_length

    def load(self, spec: DistillSpec, device: torch.device) -> PreTrainedModel:
        ends = self.tokenizer.eos_token_id, self.tokenizer.pad_token_id
        return build_model(self.shape, self.vocabulary, *ends).to(device)


def student_of(spec: DistillSpec, teacher: Teacher, settings: Settings) -> Student:
    cost = size_of_entry(teacher.entry)
    if spec.is_new:
        rows = max(len(teacher.tokenizer), teacher.entry.vocab_size)
        shape = {"shape": spec.shape, "vocabulary": rows}
        return NewStudent(teacher.place, teacher.entry, teacher.tokenizer, teacher=cost, **shape)
    base = base_of(spec, settings)
    check_shared(spec.base, base.tokenizer.get_vocab(), spec.teacher, teacher.tokenizer.get_vocab())
    return Student(base.place, base.entry, base.tokenizer, start=base.start, teacher=cost)


def _trainer(spec: DistillSpec, teacher: Teacher, *given: Any) -> DistillTrainer:
    teaching = Teaching(teacher.load(), spec.alpha, spec.temperature, spec.beta)
    return DistillTrainer(*given, teaching=teaching)
