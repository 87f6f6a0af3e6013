"""The named endpoint ``/train_tokenizer``. Its docstring is the API's documentation."""

import time
from dataclasses import replace
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.api.uploaded import uploaded
from app.errors import shown
from app.job_panel.access import submit
from app.job_panel.history import History, folded
from app.services import Services
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import JobState
from pipelines.tokenization.specs import TokenizerSpec

_LOOK_SECONDS = 0.1
_LONGEST = 300.0
_AT_WORK = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSING)


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def train_tokenizer(
        request: gr.Request,
        algorithm: str = TokenizerSpec.algorithm,
        vocab_size: int = TokenizerSpec.vocab_size,
        text: str = "",
        file: dict | None = None,
        options: str = "{}",
        wait: float = 60,
    ) -> dict[str, Any]:
        """Train a tokenizer as a job and wait for its end: some seconds for a few megabytes.

        Parameters:
            algorithm: "bpe", "wordpiece" or "unigram".
            vocab_size: how many tokens, special ones included; fewer where the text gives no more.
            text: what to learn from, its documents separated as /add_corpus takes them.
            file: instead of a text, an uploaded .txt, .md, .jsonl or .gz file: handle_file(path) in Python.
            options: the other fields of the spec as a JSON object, such as {"byte_level": false}. With
                neither text nor file, its "corpus" is read, which is the bundled sample if nothing is said.
            wait: how many seconds at most, 0 to 300. The job goes on after that; /job tells when it is done,
                /job_events gives the curve, and /control_job ends it.
        Returns:
            "job" (its id), "state", "name" (run/<id>, what every endpoint takes that takes a tokenizer; null
            until the job has succeeded), "metrics" (vocab_size, documents, characters, bytes_per_token,
            seconds) and "curve": vocab_size, tokens, bytes and bytes_per_token on held-out documents, for
            vocabularies from the alphabet to the whole.
        """
        told = {**spec_object(options), "algorithm": algorithm, "vocab_size": vocab_size}
        spec, seconds = TokenizerSpec.from_dict(told), _seconds(wait)
        if text or file:
            spec = replace(spec, corpus=_kept(services, request, text, file))
        job = submit(services, "tokenizer", spec, request)
        return _answer(services, _awaited(services, job.id, seconds))

    gr.api(shown(train_tokenizer), api_name="train_tokenizer")


def _seconds(wait: Any) -> float:
    if isinstance(wait, bool) or not isinstance(wait, (int, float)) or not 0 <= wait <= _LONGEST:
        raise SpecError("wait", wait, f"a number of seconds from 0 to {_LONGEST:g}")
    return float(wait)


def _kept(services: Services, request: gr.Request, text: Any, file: Any) -> str:
    """The corpus that the text or the file became."""
    owner, store = services.identity.visitor(request).id, services.corpora
    if text and file:
        raise SpecError("file", "a file and a text", "a file, or nothing beside a text")
    if text:
        return store.add_text(text, owner).id
    path = uploaded(file)
    return store.add_file(path, str(file.get("orig_name") or path.name), owner).id


def _awaited(services: Services, job_id: str, seconds: float) -> JobStatus:
    end = time.monotonic() + seconds
    while True:
        status = services.jobs.status(job_id)
        if status.job.state not in _AT_WORK or time.monotonic() >= end:
            return status
        time.sleep(_LOOK_SECONDS)


def _answer(services: Services, status: JobStatus) -> dict[str, Any]:
    """Raises GlassworksError with the job's reason when it has failed."""
    if status.job.state is JobState.FAILED:
        raise GlassworksError(status.job.message)
    events, _ = services.jobs.events(status.job.id)
    points = folded(History(), events).compression
    return {
        "job": status.job.id,
        "state": status.job.state.value,
        "name": status.artifact,
        "metrics": status.metrics,
        "curve": [
            {
                "vocab_size": point.vocab_size,
                "tokens": point.tokens,
                "bytes": point.bytes,
                "bytes_per_token": point.bytes_per_token,
            }
            for point in points
        ],
    }
