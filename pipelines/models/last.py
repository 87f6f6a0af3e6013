"""The logits of a text's last tokens alone: of a large vocabulary most of a forward's memory."""

from functools import cache
from inspect import signature
from typing import Any


def last_rows(model: Any, count: int = 1) -> dict[str, int]:
    """What asks for the logits of the last ``count`` positions alone, where the model can be asked so; else
    nothing, and the caller finds them at the end of all."""
    return {"logits_to_keep": count} if takes(type(model), "logits_to_keep") else {}


@cache
def takes(kind: type, name: str) -> bool:
    """Whether a model of this class has such an argument."""
    return name in signature(kind.forward).parameters
