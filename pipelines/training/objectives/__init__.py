"""What a model is asked to predict: the next token, the hidden ones, or the hidden spans.

Each objective is a module of its own; :func:`objective_of` picks the one that an architecture learns by.
"""

from pipelines.training.objectives.base import Objective

__all__ = ["Objective", "objective_of"]


def objective_of(architecture: str) -> Objective:
    """The objective of one of :data:`~pipelines.training.specs.ARCHITECTURES`."""
    if architecture == "bert":
        from pipelines.training.objectives.masked import MaskedTokens

        return MaskedTokens()
    if architecture == "t5":
        from pipelines.training.objectives.spans import HiddenSpans

        return HiddenSpans()
    from pipelines.training.objectives.causal import NextToken

    return NextToken()
