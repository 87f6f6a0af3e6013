"""A tuning run as a zip with its script, for a visitor who may see it. Shared by the page and the API."""

import tempfile
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from app.downloads import zipped
from app.job_panel.access import reached, seen_job
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.kinds import KINDS, kind_named
from pipelines.training.preferring.script.export import export as export_preferences
from pipelines.training.tuning.script.export import Exported, export
from pipelines.training.tuning.tasks import PREFERENCES

TUNINGS = ("sft", "encoder")  # kinds of job
SCRIPTED = (*TUNINGS, *PREFERENCES)


def exported(services: Services, job_id: Any, request: gr.Request) -> tuple[Exported, Path]:
    """(the script, the zip in Gradio's own temporary folder). The run may be in any state.

    Raises :class:`GlassworksError` for a job of another visitor or kind, and for data or a base that are
    gone, are not here yet or are no longer this visitor's to read.
    """
    job = seen_job(services, job_id, request)
    if job.kind not in SCRIPTED:
        what = KINDS[job.kind].title if job.kind in KINDS else job.kind
        raise GlassworksError(
            f"A script is made of runs that tune a model, jobs of the kinds {', '.join(SCRIPTED)}; {job.id} "
            f"is of the kind {job.kind} ({what})."
        )
    spec = reached(services, kind_named(job.kind).parse(job.spec), request)
    settings = services.settings
    with tempfile.TemporaryDirectory(prefix="script-") as folder:
        make = export if job.kind in TUNINGS else export_preferences
        made = make(spec, JobDir(settings.runs / job.id), Path(folder), settings, services.models)
        archive = zipped(Path(folder), f"script-{job.id}", Path(get_upload_folder()) / "archives")
    return made, archive
