"""What evaluations have found, for the page and the API: the leaderboard, the items, two models side by side,
a curve over training, files for elsewhere. Asks no model; torch-free.

Nothing here knows who is asking: :meth:`EvaluationService.models` names what there are results of, and the
page hands back those that its visitor may see.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from pipelines.core.errors import NotFoundError
from pipelines.core.held import Held
from pipelines.core.settings import Settings
from pipelines.evaluation.results.board import Board, board_of
from pipelines.evaluation.results.browsing import Browsed, browse
from pipelines.evaluation.results.comparing import Compared, compared
from pipelines.evaluation.results.curve import Curve, curve_of
from pipelines.evaluation.results.export import Exported, exported
from pipelines.evaluation.results.growing import Growing
from pipelines.evaluation.results.records import Result
from pipelines.evaluation.results.store import ResultStore
from pipelines.evaluation.results.under_way import Progressed, progressed


class EvaluationService:
    """Every method reads files alone. A key that no result has raises NotFoundError."""

    def __init__(self, settings: Settings):
        self._store, self._growing, self._runs = ResultStore(settings), Growing(), settings.runs

    def models(self) -> tuple[str, ...]:
        """The names of all models that there is a result of, checkpoints among them, in order."""
        return tuple(sorted({one.model for one in self._store.all()}))

    def result(self, key: str) -> Result:
        """Who may see it is asked by its ``model`` and its ``reader``."""
        return self._store.result(key)

    def results(self, models: Collection[str], reader: str = "") -> tuple[Result, ...]:
        """Of these models, the newest first. Of what was asked of a visitor's own file, that of ``reader``
        alone."""
        found = (one for one in self._store.all() if one.model in models and one.reader in ("", reader))
        return tuple(sorted(found, key=lambda one: -one.created))

    def leaderboard(self, models: Collection[str], reader: str = "") -> Board:
        """Each of these models that has a result, by each task as it was put: figures that stand in one
        column were got on the same items in the same way."""
        return board_of(self.results(models, reader))

    def outcomes(
        self, key: str, start: int = 0, count: int = 20, only: str = "all", other: str | None = None
    ) -> Browsed:
        """A page of the items with what was asked and answered. ``only`` is ``all``, ``right``, ``wrong`` or
        ``differ``: those on which the result ``other``, also a key, came out otherwise. With ``other`` each
        item has that one's outcome beside it. Raises SpecError for another ``only``."""
        return browse(self._store, key, start, count, only, other)

    def compare(self, key_a: str, key_b: str) -> Compared:
        """The second less the first, by each metric of the task, over the items that both were asked. Raises
        ConflictError for two different tasks, or where they share no item."""
        return compared(self._store, key_a, key_b)

    def language(self, key: str) -> dict[str, Any]:
        """Of language modelling what was measured besides the figures, as LanguageResult tells it: by
        document, by place, the first tokens. Empty for other tasks."""
        return self._store.language(key)

    def export(self, keys: Sequence[str]) -> tuple[Exported, ...]:
        """Files as lm-evaluation-harness writes them: for each model a ``results_….json`` and for each task a
        ``samples_….jsonl``, in the model's folder."""
        return exported(self._store, keys)

    def curve(self, run: str, task: str, setup: str = "") -> Curve:
        """``run/<job id>`` on a task at each step that was asked, in order; the run's result at the end. Of a
        task that was put in several ways, that of ``setup`` (as a column of the leaderboard names it), else
        the one with the most points."""
        return curve_of(self._store.all(), run, task, setup)

    def under_way(self, job_id: str) -> Progressed:
        """What a job ``evaluate`` has found so far, or in the end. Raises NotFoundError before it has begun,
        and for a job of another kind."""
        return progressed(self._store, self._growing, self._runs, job_id)

    # What was asked of one visitor's own files.

    def held(self, reader: str) -> Held:
        return Held(len(mine := self.mine(reader)), sum(self._store.size(one.key) for one in mine))

    def mine(self, reader: str) -> tuple[Result, ...]:
        """The newest first; what everybody may read is nobody's own."""
        found = (one for one in self._store.all() if reader and one.reader == reader)
        return tuple(sorted(found, key=lambda one: -one.created))

    def forget(self, reader: str) -> int:
        """Delete them all; how many those were."""
        mine = self.mine(reader)
        for one in mine:
            with suppress(NotFoundError):  # deleted meanwhile
                self._store.delete(one.key)
        return len(mine)
