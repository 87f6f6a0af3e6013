"""The Dockerfile as data: its stages and what each instruction says. Nothing is built."""

import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support.imports import ROOT


@dataclass(frozen=True)
class Step:
    stage: str
    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        """Of the form with brackets, or as a shell reads them."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)


def steps() -> list[Step]:
    """In order; those that come before the first ``FROM … AS`` have no stage."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    found, stage = [], ""
    for line in (line.strip() for line in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stage = rest.rpartition(" AS ")[2]
        found.append(Step(stage, name, rest))
    return found


def copied() -> list[str]:
    """What is copied from this repository into the image, as it is named there too."""
    pairs = [step.words for step in steps() if step.name == "COPY"]
    return [source for *sources, target in pairs for source in sources if target in ("./", source)]


def environment() -> dict[str, str]:
    """What the image sets for the app."""
    return dict(word.split("=", 1) for step in steps() if step.name == "ENV" for word in step.words)


def unpack(folder: Path) -> Path:
    """The image's working folder, as its steps would fill it."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in copied():
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=ignored) if source.is_dir() else shutil.copy(source, target)
    return folder
