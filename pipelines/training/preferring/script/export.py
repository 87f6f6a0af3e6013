"""A run on preferences or rewards as a folder to take away, as :mod:`pipelines.training.tuning.script.export`
does of a tuning. No torch."""

from functools import partial
from pathlib import Path
from typing import Any

from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.models.catalogue import Catalogue
from pipelines.training.preferring.online.source import source as of_rewards
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.preferring.script.rows import lines
from pipelines.training.preferring.script.whole import script_of
from pipelines.training.preferring.specs import PreferSpec, RewardSpec
from pipelines.training.tuning.script.export import Exported, are_here, notes_of, put
from pipelines.training.tuning.script.gathering import facts_of
from pipelines.training.tuning.sources import source_of


def export(
    spec: PreferSpec | RewardSpec, job: JobDir, folder: Path, settings: Settings, catalogue: Catalogue
) -> Exported:
    """Raises as :func:`pipelines.training.tuning.script.export.export`."""
    facts = facts_of(spec, job, catalogue)
    script = script_of(spec, facts)
    are_here(spec, settings)
    source = _source(spec, settings)
    written = partial(lines, task=spec.task, chat=bool(facts.template), margins=_margins(spec))
    return put(folder, script, source, written, notes_of(source, job))


def _margins(spec: Any) -> bool:
    return getattr(spec, "use_margins", False)


def _source(spec: Any, settings: Settings) -> Any:
    if isinstance(spec, OnlineSpec):
        return of_rewards(**kind_named(spec.task).load_given(), spec=spec, settings=settings)
    return source_of(spec, settings)
