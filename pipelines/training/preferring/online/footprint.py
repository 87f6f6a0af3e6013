"""What a training on rewards will take, before it is launched: a tuning on as many texts, what asks the
reference, and the writing of the answers. Torch-free."""

from dataclasses import dataclass, replace

from pipelines.core.settings import Settings
from pipelines.training.preferring.footprint import with_forwards
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.size import Size
from pipelines.training.tuning.footprint import Base, Footprint
from pipelines.training.tuning.footprint import footprint as of_tuning

WRITING = 3  # times a forward pass on the same tokens: an answer is written token by token
_COPY_BYTES = 4
_CHARS_PER_TOKEN = 4.0
_PROBLEM = 140.0  # characters of a problem that is made


def footprint(
    spec: OnlineSpec, base: Base, settings: Settings, rows: int = 0, characters: float = 0.0
) -> Footprint:
    """As :func:`pipelines.training.tuning.footprint.footprint`. Every answer is taken to be of the most
    tokens; the measures on fresh problems are not in the time."""
    asked = _Asked(base.entry, base.tensors, base.config, forwards=spec.forwards + WRITING)
    if not spec.dataset:
        rows, characters = spec.num_problems, _PROBLEM
    each = (characters + _CHARS_PER_TOKEN * spec.max_new_tokens) if characters else 0.0
    made = of_tuning(spec.as_tuning, asked, settings, rows * spec.texts_a_row, each)
    copied = _COPY_BYTES * base.entry.parameters if spec.copies_reference else 0
    return replace(made, memory={**made.memory, **({"reference": copied} if copied else {})})


def with_answers(size: Size, spec: OnlineSpec) -> Size:
    """The size of a model of which a prompt costs all its answers."""
    own = with_forwards(size, spec.forwards + WRITING).flops_per_token
    return replace(size, flops_per_token=lambda context: own(context) * spec.num_generations)


@dataclass(frozen=True, kw_only=True)
class _Asked(Base):
    forwards: int

    @property
    def size(self) -> Size:
        return with_forwards(super().size, self.forwards)
