"""Generators that return a value after some steps."""

import time
from collections.abc import Generator
from typing import Any

from pipelines.runtime.messages import Waiting

_REST = 0.002  # seconds: to ask again at once would take the interpreter from the thread that is waited for


def finish(steps: Generator[Any, None, Any]) -> Any:
    """What a generator returns in the end."""
    while True:
        try:
            if isinstance(next(steps), Waiting):
                time.sleep(_REST)
        except StopIteration as stop:
            return stop.value
