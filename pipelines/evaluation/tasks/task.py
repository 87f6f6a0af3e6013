"""What a task is to whoever runs it. Standard library only; the families are in the folders beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.evaluation.records import Answerer, Item, Metric, Outcome


@dataclass(frozen=True)
class HubPlace:
    """A data set of the Hub. ``config`` is empty where there is one only; ``{part}`` in it stands for the
    part's name. ``shots`` is the split that examples come from."""

    repo: str
    config: str = ""
    split: str = "test"
    shots: str = ""


@dataclass(frozen=True)
class Setting:
    """How a task is put, the same for all its items. ``shots`` are the rows of the examples that stand before
    each item that has none of its own; ``chat``: by the model's chat template; ``seed`` is for what is drawn;
    ``judge`` answers where answers are judged."""

    shots: Sequence[Mapping[str, Any]] = ()
    chat: bool = False
    seed: int = 0
    samples: int = 1
    judge: Answerer | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """``name`` as lm-evaluation-harness has it, where it has it. ``kind`` is ``choice`` (options are
    scored), ``score`` (one continuation is), ``writing`` or ``judged``; ``fields`` are the columns that a
    row must have in the published format, with what each holds. ``parts`` are the names of its subsets;
    ``even``: each part counts alike, whatever its size. ``bundled`` is the file under ``assets/benchmarks/``
    of a set that comes with the app. ``warning`` is what a reader of its figures should know. ``examples``
    are ``drawn`` for each item anew, the ``first`` of theirs, or there are ``none``, however many are asked
    for. ``programs``: what a model writes is run. ``version`` grows when the same rows are put or measured
    otherwise, so that no older result is taken for a new one."""

    name: str
    title: str
    about: str
    kind: str
    metrics: tuple[Metric, ...]
    fields: Mapping[str, str]
    licence: str
    source: str
    hub: HubPlace | None = None
    bundled: str = ""
    parts: tuple[str, ...] = ()
    even: bool = False
    warning: str = ""
    examples: str = "drawn"
    programs: bool = False
    version: int = 1

    def check(self, row: Mapping[str, Any]) -> None:
        """Raise SpecError naming the field that is missing or of another kind than the format says."""
        raise NotImplementedError

    def part_of(self, row: Mapping[str, Any]) -> str:
        """The subset that a row belongs to; empty where there are none."""
        return ""

    def solved_in(self, row: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Solved examples that a file's row holds in place of a question, as rows; empty for a question."""
        return ()

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        """In the items' order; all that they ask goes to the model at once."""
        raise NotImplementedError
