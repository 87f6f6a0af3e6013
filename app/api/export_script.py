"""The named endpoint ``/export_script``. Its docstring is the API's documentation."""

from typing import Any

import gradio as gr

from app.errors import shown
from app.fine_tune.exporting import exported
from app.services import Services


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def export_script(request: gr.Request, job_id: str = "") -> dict[str, Any]:
        """A run that tunes a model as one Python file of plain TRL, PEFT and transformers that repeats it,
        with the exact versions of the libraries and nothing of Glassworks.

        Parameters:
            job_id: the id that /submit_job gave, of the kind "sft", "encoder", "dpo",
                "kto", "orpo", "reward", "grpo" or "rloo"; the job may be in any state.
        Returns:
            script (its text), archive (a zip with train.py, train.jsonl and validation.jsonl: the rows as the
            run has split them; in Python the path to which the client has downloaded it), rows, held_out, and
            notes: rows that were left out, data that have changed since.
        """
        found, archive = exported(services, job_id, request)
        file = {"path": str(archive), "orig_name": archive.name, "meta": {"_type": "gradio.FileData"}}
        told = {"rows": found.rows, "held_out": found.held_out, "notes": list(found.notes)}
        return {"script": found.script, "archive": file, **told}

    gr.api(shown(export_script), api_name="export_script", concurrency_id="zip", concurrency_limit=1)
