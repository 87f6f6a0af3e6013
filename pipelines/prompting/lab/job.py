"""A run of the prompt lab as a job: every cell of the grid on the same items, each item with its whole trace.

Strategies ask in rounds, the calls of many items in one batch. Every reply is kept before it is used, so a
run that begins again goes the same way without asking any call twice.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.files import link_or_copy, replacing, write_json
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import asked_to_stop, state_after
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.names import Source, parse
from pipelines.prompting.calling.caller import Caller
from pipelines.prompting.calling.kept import Kept, Replies
from pipelines.prompting.calls import Call, Reply
from pipelines.prompting.lab.grid import Grid, grid_of
from pipelines.prompting.lab.pace import Pace, Work
from pipelines.prompting.lab.records import FOLDER, READING, cell_file, line_of, record_of, write_items
from pipelines.prompting.specs import Cell, PromptLabSpec
from pipelines.prompting.strategies.driving import drive_all
from pipelines.prompting.tools.search import Searching

_AT_ONCE = 96  # items under way: twice a batch, so that figures come while a cell is asked
Open = Callable[[str, Settings], Caller]
OpenSearch = Callable[[str, Settings], Searching]


class _Enough(Exception):
    """Asked to stop: what there is becomes the result."""


@dataclass
class _Run:
    grid: Grid
    context: JobContext
    settings: Settings
    done: int = 0

    def check(self) -> None:
        """Called between two steps of a model."""
        if asked_to_stop(self.context):
            raise _Enough

    @property
    def folder(self) -> Path:
        return self.context.dir.path / FOLDER


@dataclass
class _Timed:
    """Answers rounds of calls, and says how long those took of which no reply was kept."""

    kept: Kept
    check: Callable[[], None]
    work: Work = field(default_factory=lambda: Work(0, 0))
    seconds: float = 0.0

    def __call__(self, calls: tuple[Call, ...]) -> tuple[Reply, ...]:
        found, began = self.kept.found, time.perf_counter()
        replies = self.kept.answer(calls, self.check)
        if self.kept.found == found:
            self.seconds += time.perf_counter() - began
            written = sum(text.tokens for reply in replies for text in reply.texts)
            self.work += Work(sum(reply.prompt_tokens for reply in replies), written)
        return replies


def run(
    spec: PromptLabSpec, context: JobContext, open: Open, searching: OpenSearch | None = None
) -> JobState:
    """Until the end, or until asked to pause, stop or cancel; returns the state it left in. ``open(name,
    settings)`` gives who answers the calls of a model, ``searching(collection, settings)`` the search of a
    collection."""
    return state_after(_run, spec, context, open, searching)


def _run(spec: PromptLabSpec, context: JobContext, open: Open, searching: OpenSearch | None) -> None:
    started, run = time.time(), _begun(spec, context, searching)
    try:
        for model, cells in groupby(enumerate(spec.cells()), key=lambda pair: pair[1].model):
            _ask(run, open, model, list(cells))
    except _Enough:
        context.notice("Stopped early: the figures are of the items that were asked until then.")
    if not any(cell_file(run.folder, number).exists() for number, _ in enumerate(spec.cells())):
        raise GlassworksError("Stopped before any item was asked: there is no result.")
    context.phase("writing the results", run.done, run.grid.total)
    _finish(run, time.time() - started)


def _begun(spec: PromptLabSpec, context: JobContext, searching: OpenSearch | None) -> _Run:
    context.phase("reading the items")
    settings = Settings()
    search = (
        searching(spec.tools.collection, settings) if searching and "search" in spec.tools.tools else None
    )
    run = _Run(grid_of(spec, search), context, settings)
    run.folder.mkdir(exist_ok=True)
    write_items(run.folder, run.grid.questions.asked.items)
    write_json(run.folder / READING, asdict(run.grid.questions.reading))
    titles = [spec.title(cell) for cell in spec.cells()]
    for number, _ in enumerate(titles):  # begun again, each is written anew out of the kept replies
        cell_file(run.folder, number).unlink(missing_ok=True)
    asked = run.grid.questions.asked
    told = {"items": len(asked.items), "cells": titles, "total": run.grid.total, "digest": asked.digest}
    context.emit("plan", kind=run.grid.questions.reading.kind, **told)
    return run


def _ask(run: _Run, open: Open, model: str, cells: list[tuple[int, Cell]]) -> None:
    run.context.phase(f"loading {model}", run.done, run.grid.total)
    with Replies(run.context.dir.path / "replies.jsonl") as replies:
        caller = _Timed(Kept(open(model, run.settings), replies), run.check)
        run.context.phase("asking", run.done, run.grid.total)
        run.grid.prepare()
        for number, cell in cells:
            _ask_cell(run, caller, number, cell)
    kept = caller.kept
    Pace(run.settings).remember(model, _parameters(model, run.settings), caller.work, caller.seconds)
    run.context.emit("calls", model=model, asked=kept.asked, found=kept.found)


def _parameters(model: str, settings: Settings) -> int:
    """0 for a server's."""
    return 0 if parse(model).source is Source.ENDPOINT else Catalogue(settings).get(model).parameters


def _ask_cell(run: _Run, caller: "_Timed", number: int, cell: Cell) -> None:
    began, count = time.time(), 0
    with cell_file(run.folder, number).open("w", encoding="utf-8") as file:
        for finished in drive_all(run.grid.programs(cell), caller, _AT_ONCE):
            file.write(line_of(record_of(finished)))
            file.flush()
            run.done, count = run.done + 1, count + 1
            run.context.progress(run.done, run.grid.total)
    run.context.emit("cell", number=number, items=count, seconds=round(time.time() - began, 3))


def _finish(run: _Run, seconds: float) -> None:
    spec, digest = run.grid.spec, run.grid.questions.asked.digest
    with replacing(run.context.dir.artifact) as folder:
        for file in run.folder.iterdir():
            link_or_copy(file, folder / file.name)
        write_json(folder / "spec.json", {"spec": spec.to_dict(), "digest": digest, "seconds": seconds})
    run.context.emit("result", artifact="artifact", metrics={"items": run.done, "seconds": seconds})
