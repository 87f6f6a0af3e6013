"""An evaluation as a job: every task put to every model, each item kept as it is answered. What is known from
an earlier run is not asked again, and a run that is taken up again goes on where it was.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.evaluation.records import Answerer
from pipelines.evaluation.results.figures import pooled
from pipelines.evaluation.results.keys import digest_of_model
from pipelines.evaluation.results.records import Kept
from pipelines.evaluation.results.store import kept_at
from pipelines.evaluation.running.asking import Lines, ask, in_order
from pipelines.evaluation.running.opened import Opened
from pipelines.evaluation.running.plan import Given, Pair, pairs_of
from pipelines.evaluation.running.put import Put
from pipelines.evaluation.running.state import Enough, Run
from pipelines.evaluation.running.text import Documents, figures_of, kept_of, measured
from pipelines.evaluation.specs import EvalSpec
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import state_after
from pipelines.jobs.states import JobState


def run(
    spec: EvalSpec,
    context: JobContext,
    open: Callable[..., Answerer],
    documents: Documents,
    uploads: Callable[[Settings], Any],
) -> JobState:
    """Until the end, or until asked to pause, stop or cancel; returns the state it left in. What it is handed
    is told at :class:`Given`."""
    return state_after(_run, spec, context, Given(open, documents, uploads))


def _run(spec: EvalSpec, context: JobContext, given: Given) -> None:
    run = Run(spec, context, given)
    context.phase("reading the items")
    run.begin(pairs_of(spec, run.settings, run.catalogue, given))
    try:
        for model, pairs in groupby(run.pairs, key=lambda pair: pair.model):
            _ask_model(run, model, sorted(pairs, key=lambda pair: not isinstance(pair.put, Put)))
    except Enough:
        context.notice("Stopped early: the figures are of the items that were asked until then.")
    run.finish()


def _ask_model(run: Run, model: str, pairs: list[Pair]) -> None:
    """One that cannot be asked does not keep the others from it."""
    opened, digest = run.opened(model, run.spec.weights), ""
    for pair in pairs:
        try:
            if run.has(pair):
                continue
            run.check()
            digest = digest or digest_of_model(model, run.catalogue)
            _ask_pair(run, pair, digest, opened)
        except GlassworksError as fault:
            run.failed(pair, fault)
    opened.close()


def _ask_pair(run: Run, pair: Pair, digest: str, opened: Opened) -> None:
    key = pair.put.result(pair.model, digest).key
    if run.store.has(key) and not run.spec.fresh:
        run.found(pair, run.store.result(key), asked=0)
    elif isinstance(pair.put, Put):
        _ask_items(run, pair, digest, opened)
    else:
        _read_text(run, pair, digest, opened)


def _ask_items(run: Run, pair: Pair, digest: str, opened: Opened) -> None:
    began, known = time.time(), _known(run, pair, digest)
    with Lines(run.findings.lines(pair.number), known) as lines:
        run.at(pair, len(known))
        try:
            for kept in ask(pair.put, opened, known, run.judge):
                lines.add(kept)
                run.at(pair, len(lines.kept))
        except Enough:
            if lines.kept:
                _save_items(run, pair, digest, lines.kept, len(known), time.time() - began)
            raise
    _save_items(run, pair, digest, lines.kept, len(known), time.time() - began)


def _known(run: Run, pair: Pair, digest: str) -> dict[str, Kept]:
    """Of this pair's items those that need not be asked, by their digests."""
    found = {} if run.spec.fresh else run.store.known(pair.put.way.with_model(digest))
    found |= {kept.digest: kept for kept in kept_at(run.findings.lines(pair.number))}
    return {one: found[one] for one in pair.put.asked if one in found}


def _save_items(
    run: Run, pair: Pair, digest: str, kept: Mapping[str, Kept], known: int, seconds: float
) -> None:
    put = pair.put if len(kept) == len(set(pair.put.asked)) else pair.put.of(set(kept))
    items = in_order(put, kept)
    figures, parts = pooled([one.outcome for one in items], put.task.metrics, put.task.even)
    result = replace(
        put.result(pair.model, digest), figures=figures, parts=parts, count=len(items), seconds=seconds
    )
    run.save(pair, result, items, asked=len(kept) - known)


def _read_text(run: Run, pair: Pair, digest: str, opened: Opened) -> None:
    began, text = time.time(), pair.put
    loaded, advance = opened.loaded(), run.reading(pair)
    found, count = measured(text, loaded, run.spec, run.stopping, advance)
    result = replace(
        text.result(pair.model, digest, count),
        figures=figures_of(found),
        count=count,
        seconds=time.time() - began,
    )
    run.save(pair, result, kept_of(text, found, count), asked=count, language=found.as_dict())
    if count < len(text.digests):
        raise Enough
