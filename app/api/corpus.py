"""Named endpoints of the corpus workbench: clean a corpus, read the report, see it as training rows."""

from dataclasses import asdict
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.corpus_preview import packing_preview as rows_of
from app.errors import shown
from app.job_panel.access import seen_status, submit
from app.services import Services
from pipelines.core.errors import ConflictError
from pipelines.jobs.states import JobState
from pipelines.training.curation.packing import Layout
from pipelines.training.curation.specs import CurateSpec


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""

    def curate_corpus(request: gr.Request, corpus: str = "sample", spec: str = "{}") -> str:
        """Put the cleaning of a corpus into the queue and return the job's id. When the job has succeeded,
        the result is the corpus run:<job id>, for the field "corpus" of a "pretrain" spec.

        Parameters:
            corpus: "sample", what /add_corpus gave, run:<job id>, path:<file or folder> (owner) or
                hub:<owner>/<name>[/<config>][@<split>][#<column>] (owner).
            spec: the other fields as a JSON object, such as {"near_threshold": 0.8, "languages": "en"}.
        """
        parsed = CurateSpec.from_dict({**spec_object(spec), "corpus": corpus})
        return submit(services, "curate", parsed, request).id

    def corpus_report(request: gr.Request, job_id: str) -> dict[str, Any]:
        """What a cleaning has found: "read" and "kept" (documents, characters, bytes, words, lengths as
        counts in bins of 10^(i/4) characters, languages), and "removed", a count and examples for each step.

        Parameters:
            job_id: the id that /curate_corpus gave.
        """
        status = seen_status(services, job_id, request)
        if status.job.kind != "curate":
            raise ConflictError(f"The job {status.job.title!r} cleans no corpus, so it has no report.")
        if status.job.state is not JobState.SUCCEEDED:
            raise ConflictError(
                f"The job is {status.job.state.value}; its report comes when it has succeeded."
            )
        return services.corpora.report(status.artifact).to_dict()

    def packing_preview(
        request: gr.Request,
        corpus: str = "sample",
        tokenizer: str = "",
        context_length: int = 64,
        documents: int = 4,
    ) -> dict[str, Any]:
        """The first documents of a corpus as training rows in three ways: packed, padded and cut.

        Parameters:
            corpus: as in /curate_corpus; a Hub data set only once a job has fetched it.
            tokenizer: a model's name from /models, or run/<job id> of a trained tokenizer; empty takes the
                best house model's, else the newest run's.
            context_length: tokens a row, 8 to 4096.
            documents: how many documents, 1 to 24; of about 40,000 characters together.
        Returns:
            "tokens" (for each document its tokens as text, the last one end-of-text) and for each way its
            rows as [document, start, length] spans with padding, padding_share, lost_share and documents_cut.
        """
        made = rows_of(services, request, corpus, tokenizer, documents, context_length)
        ways = {way: _layout(layout) for way, layout in made.layouts.items()}
        return {"context_length": made.context, "tokens": [list(row) for row in made.tokens], **ways}

    for function in (curate_corpus, corpus_report, packing_preview):
        gr.api(shown(function), api_name=function.__name__, queue=function is curate_corpus)


def _layout(layout: Layout) -> dict[str, Any]:
    rows = [
        {"spans": [[s.document, s.start, s.length] for s in row.spans], "padding": row.padding}
        for row in layout.rows
    ]
    shares = {"padding_share": layout.padding_share, "lost_share": layout.lost_share}
    return {**asdict(layout), "rows": rows, **shares}
