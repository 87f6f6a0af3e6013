"""Named endpoints for comparing methods of fine-tuning: submit one job a method, and read how each stands.

Nothing is computed here: each function validates, calls one part and returns plain JSON.
"""

from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.errors import shown
from app.fine_tune.compare_methods import MethodComparisons
from app.fine_tune.compare_results import as_json, chief
from app.fine_tune.compare_variants import variants_of
from app.services import Services
from pipelines.jobs.groups import Group


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    comparisons = MethodComparisons(services)

    def compare_methods(
        request: gr.Request, spec: str = "{}", methods: list[dict[str, Any]] | None = None, title: str = ""
    ) -> dict[str, Any]:
        """Put one job a method into the queue, all on the same data, split, seed and steps, and return the
        comparison as /methods_compared does.

        Parameters:
            spec: the fields that all share, as a JSON object: those of "sft" or "encoder" (/submit_job),
                "task" among them; "method" and "name" are not read.
            methods: two to eight objects: "method" (lora, qlora, full, ia3, bottleneck, prompt, prefix,
                bitfit or layernorm), "learning_rate" (else the one that suits the method), and its size
                where it has one: "lora_r", "bottleneck_width" or "num_virtual_tokens".
            title: how lists call the comparison.
        """
        variants = variants_of(methods)
        return answer(comparisons.launched(spec_object(spec), variants, title, request))

    def methods_compared(request: gr.Request, comparison: str) -> dict[str, Any]:
        """How each method of a comparison stands.

        Parameters:
            comparison: the id that /compare_methods gave.
        Returns:
            {"id", "title", "measure" (the one by which quality is judged), "methods": [{"letter", "label",
            "method", "size", "learning_rate", "job", "state", "reason" (why there is no result),
            "trainable", "percent", "memory_bytes" (the measured peak), "seconds" (of training), "measures"
            and "before" (of the kept checkpoint, and of step 0)}]}; what is not known yet is null.
        """
        return answer(comparisons.seen(comparison, request))

    def answer(group: Group) -> dict[str, Any]:
        told = {"id": group.id, "title": group.title, "measure": chief(group.entries)}
        return {**told, "methods": as_json(comparisons.outcomes(group))}

    gr.api(shown(compare_methods), api_name="compare_methods")
    gr.api(shown(methods_compared), api_name="methods_compared", queue=False)
