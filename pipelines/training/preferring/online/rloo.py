"""TRL's RLOOTrainer in the frame of a tuning: its loss, our prompts, rewards, order and precision."""

from typing import Any

from trl import RLOOConfig, RLOOTrainer

from pipelines.training.preferring.online.arguments import online_arguments
from pipelines.training.preferring.online.specs import RlooSpec
from pipelines.training.preferring.online.trainer import Online


class RlooTrainer(Online, RLOOTrainer):
    def write(self, prompts: list[list[int]]) -> list[list[int]]:
        return self._generate_single_turn(prompts, None, {})


def rloo_arguments(spec: RlooSpec, *given: Any, **named: Any) -> RLOOConfig:
    return RLOOConfig(
        **online_arguments(spec, *given, **named),
        normalize_advantages=spec.normalize_advantages,
    )
