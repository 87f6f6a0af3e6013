"""``python -m tests.support.late_app``: app.py as over a slow and uneven line.

Each event of the page waits up to LATE's first number of seconds before it is heard, and its answer up to the
second one before it is given: what was asked first is often told last. ``LATE=0.2,1 make test
ARGS=tests/browser`` runs all browser tests like that; one that fails then shows an answer that undoes what a
visitor has done since.
"""

import asyncio
import inspect
import os
import random
import runpy
import sys
from typing import Any

from tests.support.app_process import ROOT


def answer_late(before: float, after: float) -> None:
    """Of every event but those that tell more than once: they are late for all that follows as it is."""
    from gradio import route_utils

    answer = route_utils.call_process_api

    async def late(*given: Any, **named: Any) -> Any:
        handler = getattr(named.get("fn"), "fn", None)
        if inspect.isgeneratorfunction(handler):
            return await answer(*given, **named)
        await asyncio.sleep(before * random.random())
        try:
            return await answer(*given, **named)
        finally:
            await asyncio.sleep(after * random.random())

    route_utils.call_process_api = late


if __name__ == "__main__":
    answer_late(*map(float, os.environ["LATE"].split(",")))
    sys.argv = ["app.py"]
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
