"""A run as a folder to take away: ``train.py``, and the rows that it learns from and is measured on, split as
in the run. No torch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.core.files import read_json
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.models.catalogue import Catalogue
from pipelines.training.rows.examples import Example
from pipelines.training.rows.store import RowStore
from pipelines.training.tuning.script.gathering import facts_of
from pipelines.training.tuning.script.rows import lines
from pipelines.training.tuning.script.whole import script_of
from pipelines.training.tuning.sources import Source, source_of
from pipelines.training.tuning.specs import EncoderSpec, SftSpec, TuneSpec

SCRIPT = "train.py"


@dataclass(frozen=True)
class Exported:
    """``rows`` and ``held_out`` are counted; ``notes`` is what the visitor should know."""

    script: str
    rows: int
    held_out: int
    notes: tuple[str, ...]


def export(
    spec: SftSpec | EncoderSpec, job: JobDir, folder: Path, settings: Settings, catalogue: Catalogue
) -> Exported:
    """Write the files into ``folder``. Of a job in any state: what it needs are its spec and its rows.

    Raises :class:`GlassworksError` for rows or a base that are gone, for rows of the Hub that no job has
    fetched yet (nothing is fetched for a script), and for a method that has no script.
    """
    facts = facts_of(spec, job, catalogue)
    script = script_of(spec, facts)
    are_here(spec, settings)
    source = source_of(spec, settings)
    return put(folder, script, source, partial(lines, chat=bool(facts.template)), notes_of(source, job))


def are_here(spec: TuneSpec, settings: Settings) -> None:
    """Raises as :func:`export` for rows that are not."""
    store = RowStore(settings)
    for name in filter(None, (spec.dataset, spec.validation)):
        store.path(name)


def put(
    folder: Path,
    script: str,
    source: Source,
    lines_of: Callable[[Sequence[Example]], Iterable[str]],
    notes: tuple[str, ...],
) -> Exported:
    """The files of a script; ``lines_of`` writes the rows of a side."""
    (folder / SCRIPT).write_text(script, encoding="utf-8")
    for side, examples in (("train", source.training), ("validation", source.validation)):
        with (folder / f"{side}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(lines_of(examples))
    return Exported(script, len(source.training), len(source.validation), notes)


def notes_of(source: Source, job: JobDir) -> tuple[str, ...]:
    """What the visitor should know of the rows."""
    changed = "The data have changed since the run: the script's rows are those of now."
    then = _digests(job)
    is_other = any(then.get(what, digest) != digest for what, digest in source.sha256.items())
    return tuple(filter(None, (changed if is_other else "", source.left_out)))


def _digests(job: JobDir) -> dict[str, str]:
    """Of the files that the run has read, as far as it has written them down."""
    lineage = read_json(job.artifact / "glassworks.json", {})
    told = {"dataset": "corpus", "validation": "validation"}
    found = {what: (lineage.get(name) or {}).get("sha256", "") for what, name in told.items()}
    kept = read_json(job.path / "data" / "data.json", {}).get("sha256") or {}
    return kept | {what: digest for what, digest in found.items() if digest}
