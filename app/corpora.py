"""Which corpora a visitor may choose: the sample, their own texts, and what their jobs have cleaned."""

import gradio as gr

from app.job_panel.access import seen_jobs
from app.services import Services
from pipelines.core.errors import GlassworksError
from pipelines.jobs.kinds import CORPUS, result_of
from pipelines.jobs.states import JobState

SAMPLE = ("Bundled sample", "sample")


def corpus_choices(services: Services, request: gr.Request | None) -> list[tuple[str, str]]:
    """(label, corpus id), the newest of each sort first; without a request only what everyone has."""
    if request is None:
        return [SAMPLE]
    visitor = services.identity.visitor(request)
    own = [(f"{i.title} · {i.documents:,} documents", i.id) for i in services.corpora.list(visitor.id)]
    return [SAMPLE, *_cleaned(services, request), *own]


def _cleaned(services: Services, request: gr.Request) -> list[tuple[str, str]]:
    found = []
    for job in seen_jobs(services, request):
        if result_of(job.kind) is CORPUS and job.state is JobState.SUCCEEDED:
            try:
                info = services.corpora.describe(CORPUS.named(job.id))
            except GlassworksError:  # its folder is gone or damaged: nothing to choose
                continue
            found.append((f"{info.title} · {info.documents:,} documents, cleaned", info.id))
    return found
