"""Where a run is: what is done, what is asked of it, and what is told about it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.files import replacing, write_json
from pipelines.core.settings import Settings
from pipelines.evaluation.results.records import Kept, Result
from pipelines.evaluation.results.store import ResultStore
from pipelines.evaluation.results.under_way import FOLDER, FOUND, Findings
from pipelines.evaluation.running.opened import Opened
from pipelines.evaluation.running.plan import Given, Pair
from pipelines.evaluation.running.put import Put
from pipelines.evaluation.specs import WHOLE, EvalSpec
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import asked_to_stop
from pipelines.models.catalogue import Catalogue


class Enough(Exception):
    """Asked to stop: what there is becomes the result."""


class Run:
    """One job under way. ``judge`` answers where answers are judged."""

    def __init__(self, spec: EvalSpec, context: JobContext, given: Given):
        self.spec, self.context, self._given = spec, context, given
        self.settings = Settings()
        self.store, self.catalogue = ResultStore(self.settings), Catalogue(self.settings)
        self.findings = Findings(context.dir.path / FOLDER)
        self.judge = self.opened(spec.judge, WHOLE) if spec.judge else None
        self.pairs: list[Pair] = []
        self._told: dict[int, dict[str, str]] = {}
        self._began, self._done, self._total, self._items = time.time(), 0, 0, 0

    def begin(self, pairs: list[Pair]) -> None:
        """What was found before an interruption is taken up; what failed then is tried again."""
        self.pairs, self._total = pairs, sum(map(_count, pairs))
        self.findings.plan([pair.put.result(pair.model) for pair in pairs])
        known = self.findings.known().items()
        self._told = {number: told for number, told in known if self.store.has(told.get("key", ""))}
        models, tasks = (list(dict.fromkeys(names)) for names in zip(*map(_names, pairs), strict=True))
        self.context.emit("plan", models=models, tasks=tasks, total=self._total)

    def opened(self, model: str, weights: str) -> Opened:
        """Nothing is loaded yet."""
        given = self._given.open, self.say, self.check
        return Opened(model, self.settings, *given, self.spec.batch_tokens, weights)

    def say(self, phase: str) -> None:
        self.context.phase(phase, self._done, self._total)

    def check(self, _: int = 0) -> None:
        """Called between two steps of a model."""
        if asked_to_stop(self.context):
            raise Enough

    def stopping(self) -> bool:
        return asked_to_stop(self.context)

    def at(self, pair: Pair, count: int) -> None:
        """So many items of the pair are there."""
        self.context.progress(self._done + count, self._total)

    def reading(self, pair: Pair) -> Callable[[int], None]:
        """Hears of a text's characters: the share of them that is read is the share of documents done."""
        read, count = 0, _count(pair)

        def advance(characters: int) -> None:
            nonlocal read
            read += characters
            self.stopping()  # raises when asked to pause or cancel
            self.at(pair, count * min(read, pair.put.characters) // pair.put.characters)

        return advance

    def has(self, pair: Pair) -> bool:
        """Whether it was done before this run was interrupted."""
        there = pair.number in self._told
        if there:
            self._done += _count(pair)
            self._items += self.store.result(self._told[pair.number]["key"]).count
        return there

    def save(
        self, pair: Pair, result: Result, items: Iterable[Kept], asked: int, language: Any = None
    ) -> None:
        of_run = {"wanted": _count(pair), "job": self.context.job_id, "created": time.time()}
        kept = replace(result, **of_run)
        self.store.save(kept, items, language)
        self.found(pair, kept, asked)

    def found(self, pair: Pair, result: Result, asked: int) -> None:
        """``asked`` items of it were asked now, the others known."""
        self._items += result.count
        self._tell(pair, {"key": result.key})
        self.findings.lines(pair.number).unlink(missing_ok=True)
        figures = {one.metric: [one.value, one.stderr] for one in result.figures}
        told = {"task": pair.put.name, "model": pair.model, "key": result.key}
        counts = {"items": result.count, "asked": asked, "seconds": round(result.seconds, 3)}
        self.context.emit("evaluated", number=pair.number, **told, **counts, figures=_finite(figures))

    def failed(self, pair: Pair, fault: GlassworksError) -> None:
        self._tell(pair, {"error": str(fault)})
        self.context.notice(f"{pair.model}, {pair.put.name}: {fault}")

    def finish(self) -> None:
        """Raises GlassworksError where nothing was found."""
        if not any("key" in told for told in self._told.values()):
            reasons = [told["error"] for told in self._told.values()]
            raise GlassworksError(reasons[0] if reasons else "Stopped before any item was asked.")
        seconds = round(time.time() - self._began, 3)
        with replacing(self.context.dir.artifact) as folder:
            write_json(folder / FOUND, self._told)
            write_json(folder / "spec.json", {"spec": self.spec.to_dict(), "seconds": seconds})
        metrics = {
            "results": sum("key" in told for told in self._told.values()),
            "items": self._items,
            "seconds": seconds,
        }
        self.context.emit("result", artifact="artifact", metrics=metrics)

    def _tell(self, pair: Pair, told: dict[str, str]) -> None:
        self._told[pair.number] = told
        self.findings.done(self._told)
        self._done += _count(pair)
        self.context.progress(self._done, self._total)


def _count(pair: Pair) -> int:
    return len(pair.put.items) if isinstance(pair.put, Put) else len(pair.put.digests)


def _names(pair: Pair) -> tuple[str, str]:
    return pair.model, pair.put.name


def _finite(figures: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """Events hold no number that is not finite."""
    return {
        name: [one if abs(one) < float("inf") else None for one in pair] for name, pair in figures.items()
    }
