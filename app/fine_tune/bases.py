"""Which models a task can tune."""

import gradio as gr

from app.job_panel.access import seen_model
from app.model_picker import able, caption
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.models.entries import ModelEntry
from pipelines.training.tuning.tasks import task_named


def bases_for(services: Services, task: str, request: gr.Request | None = None) -> list[tuple[str, str]]:
    """(label, name) of the models that the task can tune and this visitor may train on; without a request
    only those that come with the house."""
    entries = able(services, task_named(task).bases)
    if request is None:
        return [(caption(entry), entry.name) for entry in entries if not entry.name.startswith("run/")]
    return [(caption(entry), entry.name) for entry in entries if _is_theirs(services, entry.name, request)]


def template_for(entry: ModelEntry | None) -> str:
    """The chat template that a run on this base begins with: its own where it has one."""
    return "model" if entry is None or "chat" in entry.capabilities else "house"


def _is_theirs(services: Services, name: str, request: gr.Request) -> bool:
    try:
        seen_model(services, name, request)
    except GlassworksError:
        return False
    return True
