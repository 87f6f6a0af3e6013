"""What a job has found so far, out of its folder: ``evaluation/plan.json`` says what it will ask, and a file
a pair of model and task, ``evaluation/000.jsonl`` and on, what came of it.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.files import read_json, write_json
from pipelines.core.ids import is_id
from pipelines.evaluation.records import Outcome
from pipelines.evaluation.results.figures import pooled
from pipelines.evaluation.results.growing import Growing
from pipelines.evaluation.results.records import Result, result_as_json, result_in
from pipelines.evaluation.results.store import ResultStore

FOLDER, PLAN, FOUND = "evaluation", "plan.json", "results.json"


class BrokenFindingsError(GlassworksError):
    """The findings of a job cannot be read."""


@dataclass(frozen=True)
class Progressed:
    """One result for each model and task, in the order in which they are asked. Those that are done have
    their ``key``; of the others the figures are of the items that were asked by now. ``failed`` says why of
    those that could not be asked, by their place."""

    results: tuple[Result, ...]
    failed: dict[int, str]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.results if one.key)


@dataclass(frozen=True)
class Findings:
    """The folder of a job, as the job writes it."""

    folder: Path

    def lines(self, number: int) -> Path:
        return self.folder / f"{number:03d}.jsonl"

    def plan(self, results: list[Result]) -> None:
        """Results without figures: what will be asked."""
        self.folder.mkdir(exist_ok=True)
        write_json(self.folder / PLAN, [result_as_json(one) for one in results])

    def done(self, found: dict[int, Any]) -> None:
        """By their place, the key of what is in the store, or why there is none."""
        write_json(self.folder / FOUND, found)

    def known(self) -> dict[int, Any]:
        found = read_json(self.folder / FOUND, {})
        return {int(number): told for number, told in found.items()}


def progressed(store: ResultStore, growing: Growing, runs: Path, job_id: str) -> Progressed:
    """Raises NotFoundError where no plan is there."""
    findings = Findings(runs / job_id / FOLDER) if is_id(job_id) else None
    planned = _planned(findings.folder / PLAN) if findings else None
    if planned is None:
        raise NotFoundError("This evaluation has not begun yet; see how far the job is.")
    known = findings.known()
    results = []
    for number, plan in enumerate(planned):
        key = known.get(number, {}).get("key", "")  # what was asked again since is what it is now
        done = store.result(key) if store.has(key) else None
        results.append(done or _so_far(plan, growing.outcomes(findings.lines(number))))
    return Progressed(tuple(results), {at: told["error"] for at, told in known.items() if "error" in told})


def _planned(file: Path) -> list[Result] | None:
    """None also for a plan that another version has written."""
    try:
        return [result_in(values) for values in read_json(file, None) or ()] or None
    except (KeyError, TypeError, AttributeError):
        return None


def _so_far(plan: Result, outcomes: list[Outcome]) -> Result:
    figures, parts = pooled(outcomes, plan.metrics, plan.even) if outcomes else ((), {})
    return dataclasses.replace(plan, figures=figures, parts=parts, count=len(outcomes))


def check_results(folder: Path) -> None:
    """Raise :class:`BrokenFindingsError` unless a job's artefact names whole results."""
    found = read_json(folder / FOUND)
    if not isinstance(found, dict) or not any("key" in told for told in found.values()):
        raise BrokenFindingsError(f"The results lack {FOUND}, or it names none.")
