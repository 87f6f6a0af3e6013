"""What a request needs of a GPU that is lent by the second: which models, and for how long. Knows no GPU."""

from typing import Any

from pipelines.runtime.operations import INFERENCE

MOST_SECONDS = 120  # of one call; a visitor who is not signed in has as many a day
_START_SECONDS = 6  # a copy of the process, its first use of CUDA
_SECONDS_PER_GB = 2.0  # of weights, from the disk
_TOKENS_PER_SECOND = 25.0  # that a sequence gains at the least


def models_of(request: Any) -> tuple[str, ...]:
    """The names of the models that a request says it needs, its own first; none where it needs none."""
    if subject := getattr(request, "subject", None):
        named = (subject.model, getattr(request, "other", ""))  # a second model that reads the same
    else:
        named = getattr(request, "models", None) or (getattr(request, "model", ""),)
    return tuple(dict.fromkeys(filter(None, named)))


def gpu_seconds(request: Any, parameters: int) -> int:
    """How long the GPU is asked for, with models of so many ``parameters`` together. A shorter time is served
    sooner and costs a visitor less of what is left for the day; after it the answer is cut off."""
    reading = 2 * parameters / 1e9 * _SECONDS_PER_GB  # two bytes a parameter
    work = INFERENCE.operation(type(request)).gpu_seconds + _written(request) / _TOKENS_PER_SECOND
    return min(MOST_SECONDS, round(_START_SECONDS + reading + work))


def _written(request: Any) -> int:
    """New tokens, those of strategies that are compared one after the other."""
    asked = (
        getattr(request, "max_new_tokens", 0)
        or getattr(getattr(request, "decoding", None), "max_new_tokens", 0)
        or getattr(getattr(request, "subject", None), "new_tokens", 0)
    )
    return asked * max(1, len(getattr(request, "strategies", ())))
