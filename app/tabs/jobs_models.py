"""Jobs & models tab: every job and every model, with parent, disk use, details, delete and download; several
runs beside each other, and what came out of what.
"""

import gradio as gr

from app.job_panel import job_panel
from app.services import Services
from app.tabs.compare_part import ComparePart
from app.tabs.jobs_part import JobsPart
from app.tabs.models_part import ModelsPart

_LEAD = (
    "See what runs, what has run and what came of it: every job with its curves, every model with its origin."
)
_HINT = "Choose a job in the table to see its curves, texts, log and controls."


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
    jobs = JobsPart(services)
    panel = job_panel(services, hint=_HINT)
    compared = ComparePart(services)
    models = ModelsPart(services)
    jobs.wire(panel, models.refresh_with)
    compared.wire()
    models.wire()
