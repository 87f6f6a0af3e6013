"""Whether a model can be asked what an answer is worth, by its entry alone. Torch-free."""

from pipelines.core.errors import SpecError
from pipelines.models.entries import ModelEntry

IS_REWARD = "the name of a reward model, made by a job of the kind reward"


def check_reward_model(name: str, entry: ModelEntry | None) -> None:
    """Raise :class:`SpecError` naming ``reward_model``; None is a model that is not here yet."""
    if entry is not None and "sequence-classification" not in entry.capabilities:
        raise SpecError("reward_model", name, IS_REWARD)
