"""The tuning's trainer with a teacher beside the model: another loss, and more to measure.

Knows nothing about jobs. The teacher is no part of what is trained, saved or compiled into checkpoints.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from pipelines.training.tuning.distillation.divergence import (
    Compared,
    Said,
    compared,
    divergence,
    hidden_of,
    said,
)
from pipelines.training.tuning.losses import IGNORED, bare, grouped
from pipelines.training.tuning.spread import of_all
from pipelines.training.tuning.trainer import TuneTrainer

PARTS = ("divergence", "cross_entropy")  # of the loss, as a train event tells them
MEASURES = ("kl", "agreement")  # beside the losses, as an eval event does


@dataclass(frozen=True)
class Teaching:
    """What the student learns of its teacher: ``alpha · temperature² · divergence + (1 − alpha) ·
    cross-entropy``. The square keeps the gradients as large as they are at temperature 1 (Hinton et al.
    2015)."""

    teacher: nn.Module
    alpha: float
    temperature: float
    beta: float

    def loss(self, parts: dict[str, torch.Tensor]) -> torch.Tensor:
        soft, hard = (parts.get(name, 0.0) for name in PARTS)
        return self.alpha * self.temperature**2 * soft + (1 - self.alpha) * hard


class DistillTrainer(TuneTrainer):
    """As its base class, from a teacher and the rows. The teacher is put into evaluation mode, without
    gradients, on the trainer's device, and computes in the student's precision."""

    def __init__(self, *given: Any, teaching: Teaching):
        super().__init__(*given)
        self._teaching = teaching
        self._teacher = teaching.teacher.to(self.args.device).eval().requires_grad_(False)
        self._read = torch.compile(hidden_of, dynamic=False) if self.compiled else hidden_of
        self._gathered: dict[str, torch.Tensor] = {}

    def compute_loss(
        self, model: nn.Module, inputs: dict, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """A token's mean; ``num_items_in_batch`` counts the learnt ones of all passes of a step."""
        parts = self._parts(model, inputs, self._read)
        learnt = (inputs["labels"][:, 1:] != IGNORED).sum()
        if self.is_in_train:
            self._gather(parts, learnt)
        _, processes = self.share
        if num_items_in_batch is None:
            items = learnt if processes == 1 else of_all(learnt, self.args.device)
        else:
            items = torch.as_tensor(num_items_in_batch)
        return self._teaching.loss(parts) * processes / items.clamp(min=1)  # the gradients' mean is taken

    def eager(self, model: nn.Module, inputs: dict) -> torch.Tensor:
        return self._teaching.loss(self._parts(model, inputs, hidden_of))

    def measured(self) -> dict[str, float]:
        """On the held-out rows: nats a token of the student and of its teacher, the KL between them at
        temperature 1, and the share of tokens that both find the likeliest."""
        total, was_training = Compared(), self.model.training
        self.model.eval()
        with torch.no_grad(), self.autocast_smart_context_manager():
            for _, batch in grouped(self.held_out, self._lesson.pad_id, self.args.device):
                student, teacher, targets = self._said(self.model, batch, hidden_of, with_teacher=True)
                total += compared(student, teacher, targets)
        self.model.train(was_training)
        tokens = max(1, total.rows)
        return {
            "loss": total.student / tokens,
            "teacher_loss": total.teacher / tokens,
            "kl": total.kl / tokens,
            "agreement": total.agreed / tokens,
        }

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """With the parts of the loss, a learnt token's means since they were last told."""
        if "loss" in logs and self._gathered:
            tokens = float(self._gathered.pop("tokens"))
            logs |= {name: float(sums) / max(1.0, tokens) for name, sums in self._gathered.items()}
            self._gathered = {}
        super().log(logs, start_time)

    def _parts(self, model: nn.Module, inputs: dict, read: Any) -> dict[str, torch.Tensor]:
        """Summed nats of either part of the loss. The teacher is not asked where it has no share."""
        teaching = self._teaching
        student, teacher, targets = self._said(model, inputs, read, with_teacher=teaching.alpha > 0)
        with torch.set_grad_enabled(torch.is_grad_enabled() and teaching.alpha < 1):
            parts = {"cross_entropy": student.cross_entropy(targets)}
        if teacher is not None:
            parts["divergence"] = divergence(student, teacher, teaching.beta, teaching.temperature)
        return parts

    def _said(
        self, model: nn.Module, inputs: dict, read: Any, with_teacher: bool
    ) -> tuple[Said, Said | None, torch.Tensor]:
        """(student, teacher, the tokens that are learnt)."""
        ids, targets = inputs["input_ids"], inputs["labels"][:, 1:]
        counted = targets != IGNORED
        student = said(bare(model) or model, ids, counted, read)
        teacher = None
        if with_teacher:
            with torch.no_grad():
                teacher = said(self._teacher, ids, counted, read)
        return student, teacher, targets[counted]

    def _gather(self, parts: dict[str, torch.Tensor], tokens: torch.Tensor) -> None:
        for name, value in {**parts, "tokens": tokens}.items():
            self._gathered[name] = self._gathered.get(name, 0) + value.detach()
