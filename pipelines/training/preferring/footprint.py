"""What a training on preferences will take, before it is launched: a tuning on as many texts, and its
reference. Torch-free."""

from dataclasses import dataclass, replace

from pipelines.core.settings import Settings
from pipelines.training.preferring.specs import PreferSpec, RewardSpec
from pipelines.training.size import Size
from pipelines.training.tuning.footprint import Base, Footprint
from pipelines.training.tuning.footprint import footprint as of_tuning

_COPY_BYTES = 4  # a number of a copy, of which nothing is kept for a backward pass
_FORWARD = 1 / 3  # of the arithmetic of a token that is trained on
_OF_A_PAIR = 2 / 3  # of a row's characters that one of its answers has, the prompt as long as an answer


def footprint(
    spec: PreferSpec | RewardSpec, base: Base, settings: Settings, rows: int = 0, characters: float = 0.0
) -> Footprint:
    """As :func:`pipelines.training.tuning.footprint.footprint`; ``memory`` has one more part, ``reference``,
    where a copy of the base is kept."""
    asked = _Asked(base.entry, base.tensors, base.config, forwards=spec.forwards)
    each = characters * (_OF_A_PAIR if spec.texts_a_row > 1 else 1.0)
    made = of_tuning(spec.as_tuning, asked, settings, rows * spec.texts_a_row, each)
    copied = _COPY_BYTES * base.entry.parameters if spec.copies_reference else 0
    return replace(made, memory={**made.memory, **({"reference": copied} if copied else {})})


def with_forwards(size: Size, forwards: int) -> Size:
    """The size of a model that reads each token so many times more without learning from it."""
    own = size.flops_per_token
    return replace(size, flops_per_token=lambda context: own(context) * (1 + _FORWARD * forwards))


@dataclass(frozen=True, kw_only=True)
class _Asked(Base):
    forwards: int

    @property
    def size(self) -> Size:
        return with_forwards(super().size, self.forwards)
