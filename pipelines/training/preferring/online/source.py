"""Where the prompts of a training on rewards come from: rows of a data set, or problems made here."""

import hashlib
from collections.abc import Callable
from dataclasses import astuple, replace

from pipelines.core.settings import Settings
from pipelines.training.preferring.online.problems import Author, problems
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.rows.examples import Asked
from pipelines.training.tuning.sources import Source, source_of


def source(
    author: Author, spec: OnlineSpec, settings: Settings, check: Callable[[], object] = lambda: None
) -> Source:
    """As :func:`source_of`; no more is held out than is measured on. Problems that are made have the digest
    of their texts."""
    if spec.problems == "rows":
        found = source_of(spec, settings, check)
        return replace(found, validation=found.validation[: spec.eval_prompts])
    training, fresh = problems(spec, author)
    return Source(training, fresh, (), {"dataset": _digest(training), "validation": _digest(fresh)})


def _digest(asked: tuple[Asked, ...]) -> str:
    return hashlib.sha256("\n".join(map(repr, map(astuple, asked))).encode()).hexdigest()
