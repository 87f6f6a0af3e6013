"""What a training on preferences or rewards tells of itself beside its loss, and which of it stands in one
figure. Knows no figure and no page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.training.preferring.online.rewards import REWARDS
from pipelines.training.tuning.tasks import PREFERENCES

MOST = 8  # charts of a job


@dataclass(frozen=True)
class Chart:
    """``lines`` are fields of train and eval events with what they are called; ``share``: they are parts
    of 1."""

    title: str
    lines: tuple[tuple[str, str], ...]
    share: bool = False


_KL = Chart("KL (nats)", (("kl", "KL"),))  # of the model from its reference
_COMPARED = (
    Chart("reward margin", (("reward_margin", "margin"),)),
    Chart("reward accuracy", (("reward_accuracy", "accuracy"),), share=True),
    Chart("reward", (("chosen_reward", "preferred"), ("rejected_reward", "rejected"))),
    Chart("log-probability", (("chosen_log_prob", "preferred"), ("rejected_log_prob", "rejected"))),
    _KL,
)
_REWARD = Chart("reward", (("reward", "reward"),))
_WRITTEN = (
    Chart("right answers", (("right", "right"),), share=True),
    _KL,
    Chart("tokens an answer", (("answer_tokens", "tokens"),)),
    Chart("entropy (nats)", (("entropy", "entropy"),)),
    Chart("without signal", (("no_signal", "groups"),), share=True),
    Chart("cut off", (("cut_off", "answers"),), share=True),
)


def charts_of(plan: Mapping[str, Any]) -> tuple[Chart, ...]:
    """Those of the job with this ``plan`` event; none for other kinds. At most :data:`MOST`."""
    task = PREFERENCES.get(str(plan.get("task")))
    if task is None:
        return ()
    return (_REWARD, *_by_part(plan), *_WRITTEN) if task.asks else _COMPARED


def names_of(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of events that are drawn."""
    return tuple(name for chart in charts_of(plan) for name, _ in chart.lines)


def _by_part(plan: Mapping[str, Any]) -> tuple[Chart, ...]:
    """Each reward by itself, where there are several."""
    told = plan.get("rewards")
    names = [name for name in REWARDS if name in told] if isinstance(told, Mapping) else []
    lines = tuple((f"reward_{name}", REWARDS[name].label.lower()) for name in names)
    return (Chart("reward by part", lines),) if len(lines) > 1 else ()
