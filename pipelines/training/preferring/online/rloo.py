"""TRL's RLOOTrainer in the frame of a tuning: its loss, our prompts, rewards, order and precision."""

from collections.abc import Sequence
from typing import Any

from torch import nn
from trl import RLOOConfig, RLOOTrainer

from pipelines.training.preferring.online.arguments import online_arguments
from pipelines.training.preferring.online.scoring import Part
from pipelines.training.preferring.online.specs import RlooSpec
from pipelines.training.preferring.online.trainer import Online, Teller
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.framed import Lesson


class RlooTrainer(Online, RLOOTrainer):
    """``reference`` is a copy of the base, None where an adapter can be left out."""

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: RLOOConfig,
        optimizer: str = "adamw",
        *,
        spec: RlooSpec,
        parts: Sequence[Part],
        tell: Teller = lambda step, told: None,
        reference: nn.Module | None = None,
    ):
        self.asking(lesson, numerics, optimizer, model, spec, parts, tell)
        super().__init__(
            model=model,
            reward_funcs=list(parts),
            args=arguments,
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self.referred(reference)

    def write(self, prompts: list[list[int]]) -> list[list[int]]:
        return self._generate_single_turn(prompts, None, {})


def rloo_arguments(spec: RlooSpec, *given: Any, **named: Any) -> RLOOConfig:
    return RLOOConfig(
        **online_arguments(spec, *given, **named),
        normalize_advantages=spec.normalize_advantages,
    )
