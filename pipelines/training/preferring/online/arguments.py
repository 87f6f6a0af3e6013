"""What TRL's trainers that write their own answers are told alike."""

from typing import Any

from pipelines.training.preferring.arguments import common
from pipelines.training.preferring.online.specs import OnlineSpec


def online_arguments(spec: OnlineSpec, *given: Any, **named: Any) -> dict[str, Any]:
    """As :func:`common`. A pass of TRL's is all answers to its prompts, which are written
    for it alone. It is told of no reference (β 0): ours is set afterwards."""
    told = common(spec, *given, **named)
    prompts = told.pop("per_device_train_batch_size")
    return told | {
        "per_device_train_batch_size": prompts * spec.num_generations,
        "per_device_eval_batch_size": spec.num_generations,
        "num_generations": spec.num_generations,
        "steps_per_generation": 1,
        "num_iterations": spec.num_iterations,
        "max_completion_length": spec.max_new_tokens,
        "temperature": spec.temperature,
        "top_p": 1.0,
        "top_k": 0,
        "beta": 0.0,
        "epsilon": spec.epsilon,
        "reward_weights": list(spec.weights.values()),
        "disable_dropout": True,
        "metric_for_best_model": "eval_reward",
        "greater_is_better": True,
    }
