"""Which row data sets a visitor may choose and read. Shared by the page and the API."""

from typing import Any

import gradio as gr

from app.services import Services
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.training.rows.formats import recognise

_FAVOURED = "sample:story-prompts"  # what the house's own model learns something from


def row_choices(services: Services, request: gr.Request | None) -> list[tuple[str, str]]:
    """(label, id): the bundled samples, then the visitor's own, the newest first; without a request only what
    everyone has."""
    owner = services.identity.visitor(request).id if request else None
    infos = [*services.rows.samples(), *(services.rows.list(owner) if owner else ())]
    return [(f"{info.title} · {info.rows:,} rows", info.id) for info in infos]


def seen_rows(services: Services, dataset: str, request: gr.Request) -> Any:
    """What is known of the data set, when this visitor may read it. Someone else's and none at all give the
    same message."""
    visitor = services.identity.visitor(request)
    if dataset.startswith("path:"):
        services.identity.require_owner(visitor, "read files of this machine")
    elif dataset.startswith("hub:"):
        services.identity.require_owner(visitor, "fetch data from the Hub")
    elif dataset.startswith("upload:") and not visitor.is_owner:
        own = {info.id for info in services.rows.list(visitor.id)}
        if dataset not in own:
            raise NotFoundError(f"There is no data set {dataset[:40]!r} among yours.")
    return services.rows.describe(dataset)


def sample_for(services: Services, task: str) -> str:
    """The bundled sample to try a task with; empty where there is none."""
    samples = sorted(services.rows.samples(), key=lambda info: info.id != _FAVOURED)
    first = (info.id for info in samples if info.task == task)
    return next(first, next((info.id for info in samples if _serves(info, task)), ""))


def _serves(info: Any, task: str) -> bool:
    try:
        recognise(info.head, task)
    except GlassworksError:
        return False
    return True
