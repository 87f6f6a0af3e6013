"""What of the lab a visitor may reach: a run of his own, and what it has found."""

import gradio as gr

from app.job_panel.access import seen_job
from app.services import Services
from pipelines.core.errors import NotFoundError
from pipelines.prompting.lab.summary import Results, results_in
from pipelines.prompting.specs import Answers, PromptLabSpec


def seen_results(
    services: Services, job_id: str, request: gr.Request, answers: Answers | None = None
) -> Results | None:
    """Of a run of this visitor's; None before it has asked anything. ``answers`` reads it another way."""
    job = seen_job(services, job_id, request)
    if job.kind != "prompt_lab":
        raise NotFoundError(f"The job {job_id} is no run of the prompt lab.")
    return results_in(services.settings.runs / job.id, PromptLabSpec.from_dict(job.spec), answers)
