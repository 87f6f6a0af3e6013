"""Cleaning a corpus as a job: documents → sieve → a new corpus with a report of what went and why.

It reads from the beginning each time it is started: there is nothing to resume from, and nothing is lost
either, since the same corpus and spec give the same documents, byte for byte.
"""

import time
from collections.abc import Iterator

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import asked_to_stop, state_after
from pipelines.jobs.states import JobState
from pipelines.training.curation.artifact import CorpusWriter, Report, writing
from pipelines.training.curation.sieve import Sieve, cut
from pipelines.training.curation.sources import count, documents_of
from pipelines.training.curation.specs import CurateSpec

_LOOK = 32  # documents between two looks at what is asked
_REPORTS = 100  # progress events of a run
_PREVIEWS = 3


def run(spec: CurateSpec, context: JobContext) -> JobState:
    """Clean until the end, or until asked to pause, stop or cancel; returns the state it left in."""
    return state_after(_clean, spec, context, Settings())


def _clean(spec: CurateSpec, context: JobContext, settings: Settings) -> None:
    began = time.time()
    total = _count(spec, context, settings)
    context.phase("cleaning the corpus", 0, total)
    sieve = Sieve(spec)
    with writing(context.dir.artifact) as writer:
        preview, ended = _sift(spec, context, settings, sieve, writer, total)
        if not sieve.kept.documents:
            raise GlassworksError(_nothing_left(sieve))
        context.phase("writing the report", sieve.read.documents, total)
        report = Report(
            name=spec.name,
            corpus=spec.corpus,
            spec=spec.to_dict(),
            read=sieve.read.statistics(),
            kept=sieve.kept.statistics(),
            removed=sieve.removed(writer.read_back(sieve.wanted())),
            ended=ended,
            seconds=time.time() - began,
            created=time.time(),
            preview=tuple(preview),
        )
        writer.finish(report)
    context.progress(sieve.read.documents, sieve.read.documents)
    context.emit("result", artifact="artifact", metrics=_metrics(sieve, report.seconds))


def _count(spec: CurateSpec, context: JobContext, settings: Settings) -> int:
    """How many documents there will be; reads the corpus once, which also finds a damaged file early."""
    context.phase("counting the documents")
    total = 0
    for total in count(spec.corpus, settings, spec.limit):
        if total % _LOOK == 0:
            asked_to_stop(context)  # there is nothing to keep yet: a stop waits for the first documents
            context.progress(total, 0)
    return total


def _sift(
    spec: CurateSpec,
    context: JobContext,
    settings: Settings,
    sieve: Sieve,
    writer: CorpusWriter,
    total: int,
) -> tuple[list[str], str]:
    """Write what stays. Returns the first kept documents, cut, and why no more was read."""
    preview: list[str] = []
    said = 0
    for text in _while_wanted(spec, context, settings):
        if text is None:
            return preview, "stopped"
        if sieve.read.documents == spec.limit:
            return preview, "limit"
        if sieve.take(text):
            writer.add(text)
            if len(preview) < _PREVIEWS:
                preview.append(cut(text))
        done = sieve.read.documents
        if done % _LOOK == 0:
            context.progress(done, max(done, total))
        if done - said >= max(1, total // _REPORTS):
            said = done
            context.emit("progress", step=done, total=max(done, total), kept=sieve.kept.documents)
    return preview, "end"


def _while_wanted(spec: CurateSpec, context: JobContext, settings: Settings) -> Iterator[str | None]:
    """The documents; None, and then no more, once asked to stop."""
    for number, text in enumerate(documents_of(spec.corpus, settings, spec.limit)):
        if number and number % _LOOK == 0 and asked_to_stop(context):
            yield None
            return
        yield text


def _metrics(sieve: Sieve, seconds: float) -> dict[str, float]:
    read, kept = sieve.read, sieve.kept
    sizes = {"documents": read.documents, "kept": kept.documents, "removed": read.documents - kept.documents}
    return {**sizes, "characters": read.characters, "kept_characters": kept.characters, "seconds": seconds}


def _nothing_left(sieve: Sieve) -> str:
    steps = sorted(sieve.removed({}), key=lambda step: -step.documents)
    most = f" Most went as {steps[0].label} ({steps[0].documents:,})." if steps else ""
    return f"Nothing is left of {sieve.read.documents:,} documents.{most} Loosen a setting, or switch it off."
