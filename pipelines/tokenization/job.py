"""Training a tokenizer as a job: documents → tokenizer → curve → artefact.

How a corpus is read belongs to another topic and is handed in. Nothing is kept between two starts: the same
corpus and spec give the same tokenizer.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from pipelines.core.files import replacing, write_json
from pipelines.core.settings import Settings
from pipelines.core.version import code_version
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import asked_to_stop, state_after
from pipelines.jobs.states import JobState
from pipelines.tokenization.artifact import REPORT, Report
from pipelines.tokenization.curve import Curve, CurvePoint, curve
from pipelines.tokenization.specs import TokenizerSpec
from pipelines.tokenization.train import Trained, train

Documents = Callable[[str, Settings, int], Iterable[str]]

_LOOK = 32  # documents between two looks at what is asked
_MAX_DOCUMENTS = 10_000_000
_HELD_CHARACTERS = 1_000_000  # the curve is measured on no more
_CUT_SHORT = {
    "limit": "The corpus is longer than the {:,} characters that may be read: the rest was left out.",
    "stopped": "Stopped early: it learns from what had been read by then.",
}


@dataclass(frozen=True)
class _Read:
    texts: list[str]
    held_out: list[str]
    ended: str

    @property
    def sha256(self) -> str:
        """Of the documents to learn from, in their order."""
        digest = hashlib.sha256()
        for text in self.texts:
            digest.update(text.encode("utf-8", "replace") + b"\0")
        return digest.hexdigest()


def run(spec: TokenizerSpec, context: JobContext, documents: Documents) -> JobState:
    """Train until the end, or until asked to pause or cancel. Asked to stop, it trains on what it has read.

    ``documents(corpus, settings, limit)`` gives the texts behind a corpus's name.
    """
    return state_after(_work, spec, context, documents)


def _work(spec: TokenizerSpec, context: JobContext, documents: Documents) -> None:
    began = time.time()
    context.phase("reading the corpus")
    read = _read(spec, context, documents(spec.corpus, Settings(), _MAX_DOCUMENTS))
    if read.ended in _CUT_SHORT:
        context.notice(_CUT_SHORT[read.ended].format(spec.max_characters))
    context.phase("learning the tokenizer", 0, len(read.texts))
    trained = train(_watched(read.texts, context), spec)
    if trained.size < spec.vocab_size:
        context.notice(f"The corpus gives no more than {trained.size:,} tokens.")
    measured = _curve(spec, context, trained, read)
    context.phase("saving the tokenizer")
    report = _report(spec, trained, read, measured, began)
    _save(context, trained, report)
    context.emit("result", artifact="artifact", metrics=_metrics(report))


def _read(spec: TokenizerSpec, context: JobContext, texts: Iterable[str]) -> _Read:
    """Every so manieth document is held out; no more characters are read than the spec says."""
    every = round(1 / spec.held_out) if spec.held_out else 0
    found, held, room, left = [], [], spec.max_characters, _HELD_CHARACTERS
    for number, text in enumerate(texts, 1):
        if number % _LOOK == 0:
            context.progress(number, 0)
            if asked_to_stop(context) and found:
                return _Read(found, held, "stopped")
        if every and number % every == 0 and left > 0:
            held.append(text[:left])
            left -= len(text)
            continue
        found.append(text[:room])
        room -= len(text)
        if room <= 0:
            return _Read(found, held, "limit")
    return _Read(found, held, "end")


def _watched(texts: list[str], context: JobContext) -> Iterator[str]:
    for number, text in enumerate(texts, 1):
        if number % _LOOK == 0:
            asked_to_stop(context)
            context.progress(number, len(texts))
        yield text


def _curve(spec: TokenizerSpec, context: JobContext, trained: Trained, read: _Read) -> Curve | None:
    if not read.held_out:
        if spec.held_out:
            context.notice("The corpus has too few documents to hold some out, so there is no curve.")
        return None
    context.phase("measuring compression")

    def look(done: int, total: int) -> None:
        asked_to_stop(context)
        context.progress(done, total)

    def found(point: CurvePoint) -> None:
        context.emit("curve", **asdict(point), bytes_per_token=point.bytes_per_token)

    return curve(trained, read.texts, read.held_out, spec, look, found)


def _report(
    spec: TokenizerSpec, trained: Trained, read: _Read, measured: Curve | None, began: float
) -> Report:
    return Report(
        name=spec.name,
        spec=spec.to_dict(),
        vocab_size=trained.size,
        documents=len(read.texts),
        characters=sum(map(len, read.texts)),
        held_out=len(read.held_out),
        curve_by=measured.by if measured else "",
        curve=tuple(asdict(point) for point in measured.points) if measured else (),
        ended=read.ended,
        seconds=time.time() - began,
        created=time.time(),
        sha256=read.sha256,
        code_version=code_version(),
    )


def _save(context: JobContext, trained: Trained, report: Report) -> None:
    with replacing(context.dir.artifact) as folder:
        trained.save(folder)
        write_json(folder / REPORT, report.to_dict())


def _metrics(report: Report) -> dict[str, float]:
    """The compression is that of the whole vocabulary, the last point of the curve."""
    metrics = {
        "vocab_size": report.vocab_size,
        "documents": report.documents,
        "characters": report.characters,
    }
    last = report.curve[-1] if report.curve else None
    compression = {"bytes_per_token": last["bytes"] / max(1, last["tokens"])} if last else {}
    return {**metrics, **compression, "seconds": report.seconds}
