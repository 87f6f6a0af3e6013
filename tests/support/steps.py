"""Generators that return a value after some steps."""

from collections.abc import Generator
from typing import Any


def finish(steps: Generator[Any, None, Any]) -> Any:
    """What a generator returns in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
