"""Puts items to a model, a handful at a time, and keeps each as it comes."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.files import write_atomic
from pipelines.evaluation.records import Answerer
from pipelines.evaluation.results.records import Kept, line_of
from pipelines.evaluation.running.opened import Opened
from pipelines.evaluation.running.put import Put

_MOST = 4096  # items at once: many, so that what is alike is read together
_FIRST_SCORED, _FIRST_WRITTEN = 64, 8
_SCORED = ("choice", "score")
_SECONDS = 20.0  # that one handful may take: so much is lost at most when the run is interrupted


def ask(put: Put, opened: Opened, known: Collection[str], judge: Opened | None) -> Iterator[Kept]:
    """Each item whose digest is not ``known``, in their order; of those that are asked the same, one. A model
    is loaded only if something is to be asked."""
    left = [place for digest, place in _first_places(put).items() if digest not in known]
    if not left:
        return
    setting = replace(put.setting, judge=judge.answerer() if judge and put.judged else None)
    model = _able(put, opened.answerer())
    size = _FIRST_SCORED if put.task.kind in _SCORED else _FIRST_WRITTEN
    while left:
        now, left = left[:size], left[size:]
        began = time.perf_counter()
        outcomes = put.task.outcomes([put.items[place] for place in now], model, setting)
        for place, outcome in zip(now, outcomes, strict=True):
            row, digest = put.digests[place]
            yield Kept(row, digest, outcome, put.items[place].fields)
        size = next_size(len(now), time.perf_counter() - began)


def _able(put: Put, model: Answerer) -> Answerer:
    if put.task.kind in _SCORED and not model.scores():
        raise GlassworksError(
            f"{model.name} gives no log-probabilities of what it is asked, and {put.task.title} is measured "
            "by them. Choose tasks whose answers are written, or a model of this machine."
        )
    return model


def next_size(count: int, seconds: float) -> int:
    """So many items more as take about the time that one handful may: at most four times as many as before.

    >>> next_size(64, 1.0), next_size(64, 80.0), next_size(8, 900.0)
    (256, 16, 1)
    """
    wanted = count * min(4.0, _SECONDS / max(seconds, 1e-6))
    return int(min(_MOST, max(1, wanted)))


def _first_places(put: Put) -> dict[str, int]:
    """Digest → the first item that has it, in the items' order."""
    found: dict[str, int] = {}
    for place, digest in enumerate(put.asked):
        found.setdefault(digest, place)
    return found


class Lines:
    """The file of a pair under way: what was known before, then what comes. Use as a context manager."""

    def __init__(self, file: Path, known: Mapping[str, Kept]):
        write_atomic(file, "".join(map(line_of, known.values())))
        self.kept, self._file = dict(known), file

    def __enter__(self) -> "Lines":
        self._open = self._file.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, kept: Kept) -> None:
        self._open.write(line_of(kept))
        self._open.flush()
        self.kept[kept.digest] = kept


def in_order(put: Put, kept: Mapping[str, Kept]) -> list[Kept]:
    """One for each item, under the number that it has here, wherever it was asked."""
    return [_numbered(kept[digest], item.id) for digest, item in zip(put.asked, put.items, strict=True)]


def _numbered(kept: Kept, number: str) -> Kept:
    return kept if kept.outcome.id == number else replace(kept, outcome=replace(kept.outcome, id=number))
