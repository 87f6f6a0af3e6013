"""What an encoder can be taught: one file a task, and by which name it goes."""

from collections.abc import Sequence
from typing import Any

from pipelines.training.rows.examples import Example
from pipelines.training.tuning.encoders.base import Lesson
from pipelines.training.tuning.specs import EncoderSpec


def lesson_of(
    spec: EncoderSpec, tokenizer: Any, training: Sequence[Example], held_out: Sequence[Example]
) -> Lesson:
    """The spec's task, bound to its rows; raises a GlassworksError for rows that it cannot learn from."""
    from pipelines.training.preferring.reward import Rewarding
    from pipelines.training.tuning.encoders.answer import Answering
    from pipelines.training.tuning.encoders.classify import Classifying
    from pipelines.training.tuning.encoders.fill import Filling
    from pipelines.training.tuning.encoders.tag import Tagging

    kinds = {
        "classify": Classifying,
        "tag": Tagging,
        "answer": Answering,
        "fill": Filling,
        "reward": Rewarding,
    }
    return kinds[spec.task](spec, tokenizer, training, held_out)
