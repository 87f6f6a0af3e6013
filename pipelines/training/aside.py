"""Work on a visitor's file in a process of its own, so that the page's own process is neither held by it nor
filled: a module that takes its arguments from the command line and prints one JSON object.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from pipelines.common.bounded import BadFileError
from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY

_SECONDS = 900


def aside(module: str, *arguments: str, name: str, fault: type[BadFileError]) -> dict[str, Any]:
    """What ``python -m module arguments`` prints. Raises ``fault`` when it says that the file is bad, takes
    too long or dies of it; ``name`` is the file's name for the message."""
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        raise fault(f"{name} takes too long to read; give a smaller file.") from None
    except subprocess.CalledProcessError:
        raise fault(f"{name} could not be read; give a smaller or plainer file.") from None
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise fault(answer["error"])
    return answer


def say(work: Callable[[], dict[str, Any]]) -> None:
    """The other side: print what the work gives, or the words of its fault."""
    try:
        answer = work()
    except GlassworksError as fault:
        answer = {"error": str(fault)}
    print(json.dumps(answer))
