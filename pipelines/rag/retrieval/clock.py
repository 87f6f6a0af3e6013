"""What each stage took and left, noted down while a search goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.rag.answers import Stage
from pipelines.rag.retrieval.ranking import Ranking


class Clock:
    """Seconds of a stage's own work: what others compute between its steps does not count."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began


class Trace:
    """The stages so far, in their order."""

    def __init__(self) -> None:
        self._stages: list[tuple[str, Ranking, float, str]] = []

    def add(self, name: str, ranking: Ranking, seconds: float, note: str) -> Ranking:
        self._stages.append((name, ranking, seconds, note))
        return ranking

    def stages(self) -> tuple[Stage, ...]:
        return tuple(
            Stage(name, ranking.ids, ranking.scores, seconds, note)
            for name, ranking, seconds, note in self._stages
        )
