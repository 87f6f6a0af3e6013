"""TRL's GRPOTrainer in the frame of a tuning: its losses, our prompts, rewards, order and precision."""

from collections.abc import Sequence
from typing import Any

from torch import nn
from trl import GRPOConfig, GRPOTrainer

from pipelines.training.preferring.online.arguments import online_arguments
from pipelines.training.preferring.online.scoring import Part
from pipelines.training.preferring.online.specs import GrpoSpec
from pipelines.training.preferring.online.trainer import Online, Teller
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.framed import Lesson


class GrpoTrainer(Online, GRPOTrainer):
    """``reference`` is a copy of the base, None where an adapter can be left out."""

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: GRPOConfig,
        optimizer: str = "adamw",
        *,
        spec: GrpoSpec,
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
        return self._generate_single_turn(prompts, None, {}, 1)[0]


def grpo_arguments(spec: GrpoSpec, *given: Any, **named: Any) -> GRPOConfig:
    return GRPOConfig(
        **online_arguments(spec, *given, **named),
        loss_type=spec.loss_type,
        scale_rewards=spec.scale_rewards,
        epsilon_high=spec.epsilon_high or None,
    )
