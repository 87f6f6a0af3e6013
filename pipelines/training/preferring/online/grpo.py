"""TRL's GRPOTrainer in the frame of a tuning: its losses, our prompts, rewards, order and precision."""

from typing import Any

from trl import GRPOConfig, GRPOTrainer

from pipelines.training.preferring.online.arguments import online_arguments
from pipelines.training.preferring.online.specs import GrpoSpec
from pipelines.training.preferring.online.trainer import Online


class GrpoTrainer(Online, GRPOTrainer):
    def write(self, prompts: list[list[int]]) -> list[list[int]]:
        return self._generate_single_turn(prompts, None, {}, 1)[0]


def grpo_arguments(spec: GrpoSpec, *given: Any, **named: Any) -> GRPOConfig:
    return GRPOConfig(
        **online_arguments(spec, *given, **named),
        loss_type=spec.loss_type,
        scale_rewards=spec.scale_rewards,
        epsilon_high=spec.epsilon_high or None,
    )
