"""The named endpoint ``/metric``. Its docstring is the API's documentation."""

from typing import Any

import gradio as gr

from app.errors import shown
from app.evaluate.metrics_asking import answer, plain, references_given, texts_given
from app.services import Services
from pipelines.evaluation.metrics.requests import RANDOMISATION, MetricRequest


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def metric(
        request: gr.Request,
        name: str,
        predictions: Any,
        references: Any = None,
        settings: dict[str, Any] | None = None,
        against: Any = None,
        test: str = RANDOMISATION,
        samples: int = 1000,
        seed: int = 12345,
    ) -> dict[str, Any]:
        """Measure texts by a text metric, with every count that its figure is made of.

        Parameters:
            name: "bleu", "chrf", "ter" (as sacrebleu computes them), "rouge1", "rouge2", "rougeL",
                "rougeLsum" (rouge-score), "meteor" (nltk), "bertscore" (bert-score's numbers), "exact_match",
                "f1" (SQuAD's), "edit_distance", "distinct" or "self_bleu"; the last two look at predictions
                alone.
            predictions: a text, or a list of at most 2,000.
            references: of each prediction a text or a list of texts; nothing where the metric needs none.
            settings: a JSON object with settings of this metric; what it does not accept is answered by the
                list of those that it has. "model" of bertscore is an encoder, MiniLM if none is named.
            against: predictions of a second system for the same references, to be compared with the first.
            test: "randomisation" (approximate, paired) or "bootstrap" (paired), both as in sacrebleu; the
                interval is the bootstrap's.
            samples: how many are drawn, 100 to 10,000.
            seed: of what is drawn; sacrebleu's is 12345.
        Returns:
            {"metric", "value" (0 to 100 for bleu, chrf, ter and self_bleu, else 0 to 1), "low", "high" (95 %
            by the bootstrap; null where that says nothing), "signature" (what another must know to get the
            same), "formula", "parts": [{"name", "value", "of"}] (n-grams
            matched, brevity penalty, edits …), "pairs": [{"value", "parts", "alignment" (of the first 50: the
            units of both texts, how each counted, and links between them)}], "note", "compared": {"first",
            "second", "difference", "low", "high", "p_value", "test", "samples"}}.
        """
        asked = MetricRequest(
            name,
            texts_given("predictions", predictions),
            () if references is None else references_given(references),
            settings or {},
            () if against is None else texts_given("against", against),
            test,
            samples,
            seed,
        )
        return plain(answer(services, services.identity.visitor(request), asked))

    gr.api(shown(metric), api_name="metric", concurrency_id="metric")
