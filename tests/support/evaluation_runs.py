"""Runs of evaluations with a function for a model: how likely a continuation is follows from its letters, so
that a model's name changes what is chosen.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.core.settings import Settings
from pipelines.evaluation.records import Answerer, Ask, Said, Write
from pipelines.evaluation.running.job import run
from pipelines.evaluation.specs import EvalSpec
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState

SERVERS = {name: {"url": f"http://127.0.0.1:9/{name}", "model": name} for name in ("a", "b", "mute")}


class Guesser:
    """Counts in ``asked`` what it is asked; one called mute gives no log-probabilities."""

    def __init__(self, name: str, asked: Counter, advance: Callable[[int], None]):
        self.name, self._asked, self._advance = name, asked, advance

    def score(self, asks: Sequence[Ask]) -> list[Said]:
        return [self._said(ask) for ask in asks]

    def write(self, writes: Sequence[Write]) -> list[tuple[str, ...]]:
        for one in writes:
            self._asked[self.name, one.context] += 1
            self._advance(1)
        return [("It is 7.",) * one.samples for one in writes]

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        return "".join(message["content"] for message in messages)

    def scores(self) -> bool:
        return not self.name.endswith("mute")

    def _said(self, ask: Ask) -> Said:
        self._asked[self.name, ask.context, ask.continuation] += 1
        self._advance(1)
        digest = hashlib.sha256(f"{self.name}{ask}".encode()).digest()
        return Said(-1 - digest[0] / 64, digest[1] % 2 == 0, len(ask.continuation.split()))


def opening(asked: Counter, loaded: list[str] | None = None) -> Callable[..., Answerer]:
    """In the place of what loads models; ``loaded`` are the names of those that were."""

    def open(
        name: str,
        settings: Settings,
        batch_tokens: int,
        advance: Callable[[int], None],
        weights: str = "whole",
    ) -> Answerer:
        if loaded is not None:
            loaded.append(name)
        return Guesser(name if weights == "whole" else f"{name} in {weights}", asked, advance)

    return open


def stories(corpus: str, settings: Settings, limit: int) -> Iterable[str]:
    return [f"Story {number} of a fox that ran to the river. " * 3 for number in range(9)]


def worked(
    job: JobDir, context: JobContext, asked: Counter, loaded: list[str] | None = None, **fields: Any
) -> JobState:
    """The job, done here and now; ``fields`` are those of its spec."""
    with context:
        spec = EvalSpec.from_dict({"models": ["endpoint:a"], **fields})
        return run(spec, context, opening(asked, loaded), stories, Uploads)


class Uploads:
    """In the place of what finds visitors' files."""

    def __init__(self, settings: Settings):
        self._folder = settings.uploads

    def path(self, name: str) -> Path:
        return self._folder / name.removeprefix("upload:")


def new_job(settings: Settings, job_id: str = "0123456789ab") -> JobDir:
    job = JobDir(settings.runs / job_id)
    job.create("evaluate", job_id, {})
    return job


def write_rows(file: Path, count: int, first: int = 0) -> str:
    """Stories with two endings, in the format of the app's own set."""
    rows = (
        {"story": f"A fox met {n} cats.", "endings": [f"It fled from {n}.", f"It ate {n}."], "label": n % 2}
        for n in range(first, first + count)
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)
