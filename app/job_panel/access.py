"""Who may see and steer which job. Every handler is public, so every handler asks here."""

from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from app.access import check_model
from app.row_sets import seen_rows
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.evaluation.specs import TEXT, EvalSpec
from pipelines.evaluation.tasks.registry import task_named
from pipelines.jobs.service import Job, JobStatus
from pipelines.jobs.states import Action
from pipelines.models.entries import ModelEntry
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.models.tokenizers import TokenizerEntry
from pipelines.prompting.lab.grid import grid_of
from pipelines.prompting.lab.questions import from_the_hub
from pipelines.prompting.specs import PromptLabSpec
from pipelines.training.preferring.online.reward_models import check_reward_model
from pipelines.training.start_model import starting
from pipelines.training.tuning.bases import check_base, check_teacher
from pipelines.training.tuning.distillation.vocabulary import check_shared, vocabulary_in
from pipelines.training.tuning.start_adapter import check_start_adapter

_OWN_DISK, _UPLOAD = "path:", "upload:"
_TRAIN_HERE = "train"
_CORPORA = ("corpus", "second_corpus")  # the fields of a spec that name one
_ROWS = ("dataset", "validation")


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

    On a Space most jobs need the owner (:mod:`app.visitor_jobs`). A path on this machine's disk needs the
    owner everywhere; an uploaded or cleaned corpus and the model of a run are for those who made them.
    """
    services.visitor_jobs.admit(kind, spec, request)
    spec, visitor = reached(services, spec, request), services.identity.visitor(request)
    title = getattr(spec, "name", "")
    start = partial(services.jobs.submit, kind, spec.to_dict(), owner=visitor.id, title=title)
    return services.visitor_jobs.put(request, start)


def steer(services: Services, job_id: Any, action: str, request: gr.Request) -> Job:
    """Pause, resume, stop or cancel a job that this visitor may see; a resumed one has to wait its turn and
    is counted like a new one."""
    job = seen_job(services, job_id, request)
    act = partial(services.jobs.control, job.id, action)
    if action != Action.RESUME:
        return act()
    services.visitor_jobs.admit(job.kind, None, request)  # the rest was asked when it was started
    return services.visitor_jobs.put(request, act)


def reached(services: Services, spec: Any, request: gr.Request) -> Any:
    """The spec after checking every corpus, data set and model that it names: what stands for nothing is
    refused before the queue; where it starts from a model, with that model's architecture."""
    for corpus in filter(None, (getattr(spec, name, "") for name in _CORPORA)):
        seen_corpus(services, corpus, request)
    for rows in filter(None, (getattr(spec, name, "") for name in _ROWS)):
        seen_rows(services, rows, request)
    if base := getattr(spec, "base", ""):
        check_base(spec, seen_model(services, base, request))
    if adapter := getattr(spec, "start_adapter", ""):
        _check_start_adapter(services, spec, adapter, request)
    if isinstance(spec, PromptLabSpec):
        _check_lab(services, spec, request)
    if isinstance(spec, EvalSpec):
        spec = _own_evaluation(services, spec, request)
    if teacher := getattr(spec, "teacher", ""):
        _check_teacher(services, spec, teacher, request)
    if judge := getattr(spec, "reward_model", ""):
        check_reward_model(judge, seen_model(services, judge, request))
    tokenizer, start = getattr(spec, "tokenizer", ""), getattr(spec, "start_from", "")
    if tokenizer not in ("", _TRAIN_HERE):
        seen_tokenizer(services, tokenizer, request)
    return starting(spec, seen_model(services, start, request)) if start else spec


def seen_model(services: Services, name: str, request: gr.Request) -> ModelEntry | None:
    """The model's entry, when this visitor may train with it; None for one of the Hub that the job would
    fetch first. A stranger's run and no run at all give the same message."""
    return services.models.get(name) if _is_here(services, name, "model", request) else None


def _check_start_adapter(services: Services, spec: Any, adapter: str, request: gr.Request) -> None:
    if _is_here(services, adapter, "model", request):
        check_start_adapter(spec, services.models.place(adapter))


def _check_lab(services: Services, spec: PromptLabSpec, request: gr.Request) -> None:
    """Whether this visitor may ask these models, and read the file if one is named."""
    visitor = services.identity.visitor(request)
    if spec.file:
        services.identity.require_owner(visitor, "read a file of this machine")
    for name in spec.models:
        _check_writes(services, "models", name, request)
    if "search" in spec.tools.tools:
        _check_collection(services, spec.tools.collection, visitor.id)
    if not from_the_hub(spec):
        grid_of(spec)  # raises for what would end the run by itself


def _check_writes(services: Services, field: str, name: str, request: gr.Request) -> None:
    """Whether this visitor may ask the model, and it continues text."""
    if parse(name).source is Source.ENDPOINT:
        check_model(name, services.identity.visitor(request))
        services.models.endpoint(name)
    elif (entry := seen_model(services, name, request)) and "causal-lm" not in entry.capabilities:
        raise SpecError(field, name, "models that continue a text (causal-lm)")


def _own_evaluation(services: Services, spec: EvalSpec, request: gr.Request) -> EvalSpec:
    """The spec after checking its models, tasks, texts and file; it says whose those are."""
    visitor = services.identity.visitor(request)
    for field, names in (("models", spec.models), ("judge", filter(None, (spec.judge,)))):
        for name in names:
            _check_writes(services, field, name, request)
    for task in spec.tasks:
        if task.startswith(TEXT):
            seen_corpus(services, task.removeprefix(TEXT), request)
        else:
            task_named(task)
    if spec.file.startswith(_UPLOAD):
        seen_rows(services, spec.file, request)
    elif spec.file:
        services.identity.require_owner(visitor, "read a file of this machine")
    return replace(spec, reader=visitor.id)


def _check_collection(services: Services, collection: str, visitor: str) -> None:
    """Whether this visitor may search it; the job knows it by its id."""
    found = services.rag.collection(collection, visitor)
    if found.id != collection:
        raise SpecError("collection", collection, f"its id, {found.id}")


def _check_teacher(services: Services, spec: Any, teacher: str, request: gr.Request) -> None:
    """Whether it can be one for this student, as far as that is known of models that are here."""
    check_teacher(spec, seen_model(services, teacher, request))
    both = (spec.base, teacher) if spec.base else ()
    if both and all(_is_here(services, name, "model", request) for name in both):
        student, other = (vocabulary_in(services.models.tokenizer_folder(name)) for name in both)
        check_shared(spec.base, student, teacher, other)


def seen_tokenizer(services: Services, name: str, request: gr.Request) -> TokenizerEntry | None:
    """As :func:`seen_model`, for the tokenizer of a model or of a tokenizer run."""
    return services.models.tokenizer(name) if _is_here(services, name, "tokenizer", request) else None


def _is_here(services: Services, name: str, noun: str, request: gr.Request) -> bool:
    """False for what is on the Hub and not here; raises a GlassworksError for what is not this visitor's."""
    visitor = services.identity.visitor(request)
    check_model(name, visitor)
    parsed = parse(name)
    if parsed.source is Source.RUN and not visitor.is_owner:
        try:
            seen_job(services, parsed.rest, request)
        except NotFoundError:
            raise NotFoundError(f"There is no {noun} {name!r} among yours.") from None
    return parsed.source is not Source.HUB or on_disk(parsed.rest)


def seen_corpus(services: Services, corpus_id: str, request: gr.Request) -> Any:
    """The corpus's CorpusInfo, when this visitor may read it: a cleaned one is for those who see its job."""
    visitor = services.identity.visitor(request)
    if corpus_id.startswith(_OWN_DISK):
        services.identity.require_owner(visitor, "read files of this machine")
    elif corpus_id.startswith("hub:"):
        services.identity.require_owner(visitor, "fetch data from the Hub")
    elif corpus_id.startswith("run:"):
        seen_job(services, corpus_id.removeprefix("run:"), request)
    elif corpus_id != "sample" and not visitor.is_owner:
        own = {info.id for info in services.corpora.list(visitor.id)}
        if corpus_id not in own:
            raise NotFoundError(f"There is no corpus {corpus_id[:40]!r} among yours.")
    return services.corpora.describe(corpus_id)
