"""What a run will ask: every model, with its checkpoints if they are wanted, by every task. All that can fail
by itself, such as a row without a field, fails here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.evaluation.records import Answerer
from pipelines.evaluation.results.keys import digest_of_model
from pipelines.evaluation.running.put import Put, put_of
from pipelines.evaluation.running.text import Documents, Text, text_of
from pipelines.evaluation.specs import TEXT, EvalSpec
from pipelines.models.catalogue import Catalogue
from pipelines.models.names import ModelName, Source, parse


@dataclass(frozen=True)
class Given:
    """What a run is handed: ``open(name, settings, batch_tokens, advance, weights)`` gives who answers for a
    model, ``documents(corpus, settings, limit)`` a corpus's texts, and ``uploads(settings)`` finds visitors'
    files by its ``path``."""

    open: Callable[..., Answerer]
    documents: Documents
    uploads: Callable[[Settings], Any]


@dataclass(frozen=True)
class Pair:
    """A model and a task; ``number`` is its place in the plan."""

    number: int
    model: str
    put: Put | Text


def pairs_of(spec: EvalSpec, settings: Settings, catalogue: Catalogue, given: Given) -> list[Pair]:
    """Model by model; raises :class:`GlassworksError`."""
    judge = digest_of_model(spec.judge, catalogue) if spec.judge else ""
    puts = [_put(name, spec, settings, given, judge) for name in spec.tasks]
    if any(isinstance(put, Put) and put.judged for put in puts) and not spec.judge:
        raise SpecError("judge", "", "the name of a model: one of the tasks is judged")
    asked = [(model, put) for model in models_of(spec, catalogue) for put in puts]
    return [Pair(number, model, put) for number, (model, put) in enumerate(asked)]


def models_of(spec: EvalSpec, catalogue: Catalogue) -> Iterable[str]:
    """Each once; before a run's result its checkpoints in order, if they are wanted."""
    found: dict[str, None] = {}
    for name in spec.models:
        steps = catalogue.checkpoints(name) if spec.checkpoints else []
        found |= dict.fromkeys(str(ModelName(Source.RUN, parse(name).rest, step)) for step in steps)
        found.setdefault(name)
    return found


def _put(name: str, spec: EvalSpec, settings: Settings, given: Given, judge: str) -> Put | Text:
    if name.startswith(TEXT):
        return text_of(name, spec, settings, given.documents)
    return put_of(name, spec, settings, given.uploads(settings).path, judge)
