"""Take a finished adapter over as ``house/<name>``, with a card that has its figures:

    python -m assets.recipes.tuned_card runs/JOB/artifact assets/models/NAME frame.md figures.json

``frame.md`` is the card with ``{…}`` where a figure stands: ``{test[…]}`` of the measured file,
``{spec[…]}`` and ``{metrics[…]}`` of the run. A share is written with its interval. The tokenizer is that of
the base and is left out.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from assets.recipes.instruct.card import share
from pipelines.core.files import write_json

_LEFT_OUT = ("tokenizer.json", "tokenizer_config.json", "README.md")
_READABLE = 0o644


def main(artifact: str, into: str, frame: str, figures: str) -> None:
    folder = Path(into)
    shutil.copytree(artifact, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    told = json.loads((folder / "glassworks.json").read_text(encoding="utf-8"))
    told |= {"name": folder.name, "job_id": None, "test": json.loads(Path(figures).read_text("utf-8"))}
    write_json(folder / "glassworks.json", told)
    (folder / "README.md").write_text(card(Path(frame).read_text(encoding="utf-8"), told), encoding="utf-8")
    for file in folder.iterdir():
        file.chmod(_READABLE)


def card(frame: str, told: dict[str, Any]) -> str:
    """
    >>> card("{test[a]} after {metrics[steps]} steps", {
    ...     "test": {"a": {"share": 0.5, "low": 0.25, "high": 0.75}}, "metrics": {"steps": 3}, "spec": {}})
    '50.0 % (25.0 to 75.0) after 3 steps'
    """
    return frame.format(test=_shown(told["test"]), spec=told["spec"], metrics=told["metrics"])


def _shown(figures: Any) -> Any:
    if not isinstance(figures, dict):
        return figures
    if "share" in figures:
        return share(figures)
    return {name: _shown(value) for name, value in figures.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
