"""Named endpoints for holding runs beside each other and for a model's family.

Nothing is computed here: each function validates, calls one part and returns plain JSON.
"""

from typing import Any

import gradio as gr

from app.compare.runs import Comparer, as_json
from app.compare.spec import MAX_RUNS, ComparisonSpec
from app.errors import shown
from app.family import lineage_json
from app.services import Services
from pipelines.core.errors import SpecError


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    comparer = Comparer(services)

    def compare_runs(
        request: gr.Request, jobs: list[str], metric: str = "bits_per_byte", x: str = "steps"
    ) -> dict[str, Any]:
        """Curves of two to eight runs over one axis, and what differs in their settings.

        Parameters:
            jobs: job ids as /jobs lists them; the first is run A, the next B, and so on.
            metric: bits_per_byte, validation_loss, training_loss, learning_rate, gradient_norm,
                tokens_per_second, perplexity, second_bits_per_byte or second_loss; a run's own reading as
                train.<name> or eval.<name>. The answer's "metrics" are those that the runs have reported.
            x: "steps", "tokens", "flops" or "seconds" (of training, pauses left out).
        Returns:
            {"metric", "x", "metrics", "runs": [{"letter", "job", "title", "kind", "state", "x": […],
            "y": […], "final": {…}}], "differences": {field: {letter: value}}}. Long curves are thinned to
            about a thousand points that keep the extremes.
        """
        spec = ComparisonSpec.from_dict({"runs": _ids(jobs), "metric": metric, "x": x})
        if len(spec.runs) < 2:
            raise SpecError("jobs", jobs, f"two to {MAX_RUNS} different job ids")
        return as_json(spec, comparer.runs(spec, request))

    def lineage(request: gr.Request, model: str) -> dict[str, Any]:
        """What a model was made from, and what was made from it.

        Parameters:
            model: a name from /models.
        Returns:
            {"model", "ancestors" (the nearest first), "descendants" (parents before their children)}; each
            model as name, title, parent, here (false for one that is only named as a parent), method,
            parameters, created (seconds since 1970), metrics, corpora (id and sha256), tokenizer
            ("train" for one learnt with the model, else its name), code_version and spec. A run's origin is
            for whoever trained it: others get null for method and from metrics on.
        """
        return lineage_json(services, model, request)

    for name, function in (("compare_runs", compare_runs), ("lineage", lineage)):
        gr.api(shown(function), api_name=name, queue=False)


def _ids(jobs: Any) -> Any:
    """Clients may send one id a line or split by commas, as well as a list."""
    return [job.strip() for job in jobs.replace(",", "\n").split()] if isinstance(jobs, str) else jobs
