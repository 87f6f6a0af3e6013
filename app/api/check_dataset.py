"""The named endpoint ``/check_dataset``. Its docstring is the API's documentation."""

from dataclasses import asdict
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.api.uploaded import uploaded
from app.errors import shown
from app.fine_tune.checking import check_events
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.training.checks.requests import Checked
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.tasks import task_named


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def check_dataset(
        request: gr.Request,
        spec: str = "{}",
        file: dict | None = None,
        rows: str = "",
        show: list[int] | None = None,
    ) -> dict[str, Any]:
        """Check the rows of a fine-tuning run before it starts, and see them as the tokens that it learns.

        Parameters:
            spec: the fields of the "sft", "distill", "encoder", "dpo", "kto", "orpo", "reward", "grpo" or
                "rloo" spec as a JSON object, such as {"base": "house/story-base", "task": "instruct",
                "dataset": "upload:<id>", "max_length": 512}; the task says which of them ("dpo" and so on are
                tasks of their own), "teacher" that it is a distillation. "grpo" and "rloo" need no rows where
                "problems" are made ("sums", "words"); what is shown are the prompts.
            file: in place of "dataset", an uploaded .jsonl, .json, .csv, .tsv, .conll, .txt or .parquet
                file: handle_file(path) in Python.
            rows: in place of "dataset", the rows themselves as JSON lines, JSON, CSV, TSV or CoNLL.
            show: numbers of up to 64 rows to show as tokens; empty shows the first ones, and the first ones
                that something was found in.
        Returns:
            "dataset" (the id under which the rows are kept, for the spec of /submit_job), "format",
            "training" and "held_out" (rows), "blocked" (whether a finding stands against the start),
            "findings" (each with check, level "blocks" or "warns", words, rows, count, file and mend: fields
            of the spec with new values, or drop_rows), "lengths" (measured, longest, middle, cut_rows,
            cut_share, tokens, learnt) and "preview" (row, tokens, ids, trained, special, cut, held_out,
            window, windows, note).
        """
        told = spec_object(spec)
        dataset = _kept(services, request, rows, file) if rows or file else told.get("dataset", "")
        parsed = parsed_spec({**told, "dataset": dataset})
        *_, checked = check_events(services, parsed, request, tuple(show or ()))
        return {"dataset": dataset, **as_json(checked)}

    gr.api(shown(check_dataset), api_name="check_dataset", concurrency_id="tokenizers")


def parsed_spec(values: dict[str, Any]) -> Any:
    """The spec of the job that does the task. Raises SpecError naming the field."""
    task = task_named(values.get("task", SftSpec.task))
    return kind_named("distill" if "teacher" in values else task.job).parse(values)


def as_json(checked: Checked) -> dict[str, Any]:
    return {**asdict(checked), "blocked": checked.blocked}


def _kept(services: Services, request: gr.Request, rows: Any, file: Any) -> str:
    """The id of the data set that the rows or the file became."""
    if rows and file:
        raise SpecError("file", "a file and rows", "a file, or nothing beside rows")
    owner = services.identity.visitor(request).id
    if rows:
        return services.rows.add_text(rows, owner).id
    path = uploaded(file)
    return services.rows.add_file(path, str(file.get("orig_name") or path.name), owner).id
