"""Who may see and steer which job. Every handler is public, so every handler asks here."""

from typing import Any

import gradio as gr

from app.access import check_model
from app.services import Services
from pipelines.core.errors import NotFoundError
from pipelines.jobs.service import Job, JobStatus
from pipelines.models.names import Source, parse

_OWN_DISK = "path:"
_TRAIN_HERE = "train"


def seen_job(services: Services, job_id: Any, request: gr.Request) -> Job:
    """The job, when this visitor may see it; to everyone else it does not exist."""
    return seen_status(services, job_id, request).job


def seen_status(services: Services, job_id: Any, request: gr.Request) -> JobStatus:
    """As :func:`seen_job`, with how far it is. A stranger's job and no job at all give the same message."""
    missing = NotFoundError(f"There is no job {str(job_id)[:40]!r} among yours. Jobs & models lists them.")
    try:
        status = services.jobs.status(job_id)
    except NotFoundError:
        raise missing from None
    if not services.identity.may_see(services.identity.visitor(request), status.job):
        raise missing
    return status


def seen_jobs(services: Services, request: gr.Request, limit: int = 100) -> list[Job]:
    """This visitor's jobs, newest first."""
    visitor = services.identity.visitor(request)
    return services.jobs.list(limit=limit, owner=None if visitor.is_owner else visitor.id)


def submit(services: Services, kind: str, spec: Any, request: gr.Request) -> Job:
    """Put a validated spec into the queue in this visitor's name, after checking what it reaches for.

    On a Space, training needs the owner. A path on this machine's disk needs the owner everywhere, and an
    uploaded corpus is for those who uploaded it.
    """
    visitor = services.identity.visitor(request)
    if services.settings.on_space:
        services.identity.require_owner(visitor, "train models here")
    corpus, tokenizer = getattr(spec, "corpus", ""), getattr(spec, "tokenizer", "")
    if tokenizer not in ("", _TRAIN_HERE):
        check_model(tokenizer, visitor)
        if parse(tokenizer).source in (Source.HOUSE, Source.RUN):
            services.models.get(tokenizer)  # a name that stands for nothing is refused before the queue
    if corpus:
        seen_corpus(services, corpus, request)
    return services.jobs.submit(kind, spec.to_dict(), owner=visitor.id, title=getattr(spec, "name", ""))


def seen_corpus(services: Services, corpus_id: str, request: gr.Request) -> Any:
    """The corpus's CorpusInfo, when this visitor may read it."""
    visitor = services.identity.visitor(request)
    if corpus_id.startswith(_OWN_DISK):
        services.identity.require_owner(visitor, "read files of this machine")
    elif corpus_id != "sample" and not visitor.is_owner:
        own = {info.id for info in services.corpora.list(visitor.id)}
        if corpus_id not in own:
            raise NotFoundError(f"There is no corpus {corpus_id[:40]!r} among yours.")
    return services.corpora.describe(corpus_id)
