"""Named endpoints for jobs: what the page does with jobs and corpora, for ``gradio_client`` and curl.

Nothing is computed here: each function validates, calls one service and returns plain JSON.
"""

import json
from typing import Any

import gradio as gr

from app.api.additions import addition_status, control_addition
from app.errors import shown
from app.job_panel.access import seen_corpus, seen_job, seen_jobs, seen_status, steer, submit
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.service import Job, JobStatus
from pipelines.jobs.states import JobState

_MAX_SPEC = 200_000  # characters
_MAX_TEXT = 20_000_000


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    for name, function in _endpoints(services).items():
        gr.api(shown(function), api_name=name, queue=name in ("submit_job", "add_corpus"))


def _endpoints(services: Services) -> dict[str, Any]:
    return {**_changing(services), **_reading(services)}


def _changing(services: Services) -> dict[str, Any]:
    def submit_job(request: gr.Request, kind: str, spec: str = "{}") -> str:
        """Put a job into the queue and return its id.

        Parameters:
            kind: what to do; "pretrain" trains a language model, "sft" tunes one on your rows, "encoder" an
                encoder, "distill" a small model on a larger one; "dpo", "kto" and "orpo" learn from
                preferences, "reward" makes a reward model, "grpo" and "rloo" learn from rewards; "curate"
                cleans a corpus, "tokenizer" trains a tokenizer (/train_tokenizer also waits for it);
                "evaluate" puts tasks to models (/evaluate).
            spec: the kind's fields as a JSON object; what is left out has its default. For "pretrain":
                {"corpus": "sample", "size": 2, "max_steps": 300}; "size" turns the dial that sets the rest.
        """
        parsed = kind_named(kind).parse(spec_object(spec))
        return submit(services, kind, parsed, request).id

    def control_job(request: gr.Request, job_id: str, action: str = "pause") -> dict[str, Any]:
        """Steer a job and return it as /job does.

        Parameters:
            job_id: the id that /submit_job gave, or /rag_add.
            action: "pause" (keep the place), "resume", "stop" (finish now, keep what there is) or
                "cancel" (end and discard; of /rag_add, documents that are done stay), the only one that
                /rag_add's jobs take.
        """
        if (told := control_addition(services, job_id, action, request)) is not None:
            return told
        job = steer(services, job_id, action, request)
        return _status(services.jobs.status(job.id))

    def add_corpus(request: gr.Request, text: str, title: str = "") -> str:
        """Keep a text for training and return its corpus id, for the field "corpus" of a spec.

        Parameters:
            text: the documents, separated by empty lines or as the page's paste box takes them.
            title: how lists call it.
        """
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            raise SpecError("text", f"{type(text).__name__}", f"text of at most {_MAX_TEXT:,} characters")
        visitor = services.identity.visitor(request)
        return services.corpora.add_text(text, visitor.id, str(title)[:80]).id

    return {"submit_job": submit_job, "control_job": control_job, "add_corpus": add_corpus}


def _reading(services: Services) -> dict[str, Any]:
    def job(request: gr.Request, job_id: str) -> dict[str, Any]:
        """How far a job is: state, phase, step, total, metrics, eta_seconds, artifact (the name of what a
        succeeded job has made), saved (whether that is also where finished jobs are kept, if such a place is
        set), message, spec, and the actions that /control_job accepts now. Of /rag_add, step and total count
        chunks, metrics documents, and artifact is the collection's id.

        Parameters:
            job_id: the id that /submit_job gave, or /rag_add.
        """
        if (told := addition_status(services, job_id, request)) is not None:
            return told
        status = seen_status(services, job_id, request)
        done = status.job.state is JobState.SUCCEEDED
        return {**_status(status), "saved": done and services.keeping.run_saved(status.job.id)}

    def jobs(request: gr.Request, limit: int = 100) -> list[dict[str, Any]]:
        """Your jobs, newest first: id, kind, title, state and times (seconds since 1970).

        Parameters:
            limit: how many at most, from 1 to 1000.
        """
        return [_row(j) for j in seen_jobs(services, request, _limit(limit))]

    def job_events(request: gr.Request, job_id: str, cursor: int = 0) -> dict[str, Any]:
        """What happened in a job since a cursor: {"events": […], "cursor": …}. Ask again with the returned
        cursor for what comes after; the same cursor means nothing new.

        Parameters:
            job_id: the id that /submit_job gave.
            cursor: 0 for the beginning, else the cursor of the last answer.
        """
        if isinstance(cursor, bool) or not isinstance(cursor, (int, float)) or cursor < 0:
            raise SpecError("cursor", cursor, "a whole number of at least 0")
        found = seen_job(services, job_id, request)
        events, after = services.jobs.events(found.id, int(cursor))
        return {"events": events, "cursor": after}

    def corpus(request: gr.Request, corpus_id: str = "sample") -> dict[str, Any]:
        """A corpus's title, documents, characters, bytes and the start of its first documents.

        Parameters:
            corpus_id: "sample", what /add_corpus gave, or run:<job id> of a cleaned corpus.
        """
        info = seen_corpus(services, corpus_id, request)
        facts = {"id": info.id, "title": info.title, "documents": info.documents}
        return {**facts, "characters": info.characters, "bytes": info.bytes, "preview": list(info.preview)}

    return {"job": job, "jobs": jobs, "job_events": job_events, "corpus": corpus}


def spec_object(text: Any) -> dict[str, Any]:
    """The spec as a dictionary; clients may send JSON text or the object itself."""
    if isinstance(text, dict):
        return text
    if not isinstance(text, str) or len(text) > _MAX_SPEC:
        raise SpecError("spec", type(text).__name__, f"a JSON object of at most {_MAX_SPEC:,} characters")
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise SpecError("spec", text, 'a JSON object such as {"corpus": "sample", "size": 2}')
    return values


def _limit(limit: Any) -> int:
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 1 <= limit <= 1000:
        raise SpecError("limit", limit, "a whole number from 1 to 1000")
    return int(limit)


def _row(job: Job) -> dict[str, Any]:
    times = {"created": job.created, "started": job.started, "finished": job.finished}
    facts = {"id": job.id, "kind": job.kind, "title": job.title, "state": job.state.value}
    return {**facts, **times, "message": job.message}


def _status(status: JobStatus) -> dict[str, Any]:
    far = {"phase": status.phase, "step": status.step, "total": status.total, "metrics": status.metrics}
    ends = {"eta_seconds": status.eta_seconds, "artifact": status.artifact, "spec": status.job.spec}
    return {**_row(status.job), **far, **ends, "actions": [action.value for action in status.actions]}
