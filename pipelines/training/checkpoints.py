"""Which checkpoints may be resumed from: only those whose marker was written after all their files. And which
are to be kept, as weights alone, to be looked at.

The trainer writes into ``checkpoint-<step>`` file by file; a kill in between leaves a folder that looks
like a checkpoint. The marker lists every file with its size. Knows nothing about torch.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from pipelines.core.files import read_json, write_json

_MARKER = "complete.json"
_NAME = re.compile(r"checkpoint-(\d+)")


def mark_complete(checkpoint: Path, **facts: Any) -> None:
    """Declare the folder whole, with facts to find again through :func:`facts_of`."""
    sizes = {f.name: f.stat().st_size for f in checkpoint.iterdir() if f.is_file() and f.name != _MARKER}
    write_json(checkpoint / _MARKER, {"files": sizes, **facts})


def facts_of(checkpoint: Path) -> dict[str, Any]:
    return read_json(checkpoint / _MARKER, {})


def last_complete(folder: Path) -> Path | None:
    """The newest whole checkpoint; what is not whole is removed, so that it cannot crowd out the others."""
    found = sorted((c for c in folder.glob("checkpoint-*") if _NAME.fullmatch(c.name)), key=step_of)
    for checkpoint in found:
        if not _whole(checkpoint):
            shutil.rmtree(checkpoint, ignore_errors=True)
    whole = [c for c in found if c.exists()]
    return whole[-1] if whole else None


def step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def kept_steps(last: int, every: int, wanted: int) -> tuple[int, ...]:
    """Of step 0, the multiples of ``every`` and the ``last`` step at most ``wanted``: closer together early
    on, where most is learnt, and always the last.

    >>> kept_steps(1000, 50, 6)
    (0, 50, 100, 200, 450, 1000)
    """
    steps = (0, *range(every, last, every), last)
    if len(steps) <= wanted:
        return steps
    if wanted < 3:
        return (steps[0], last)[2 - wanted :]
    chosen = [0]
    for number in range(wanted - 1):
        place = round((len(steps) - 1) ** (number / (wanted - 2)))
        chosen.append(max(chosen[-1] + 1, place))
    return tuple(steps[place] for place in chosen)


def _whole(checkpoint: Path) -> bool:
    sizes = facts_of(checkpoint).get("files")
    if not sizes:
        return False
    return all((checkpoint / n).is_file() and (checkpoint / n).stat().st_size == s for n, s in sizes.items())
