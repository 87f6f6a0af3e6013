"""The named endpoint ``/fill_mask``. Its docstring is the API's documentation."""

from typing import Any

import gradio as gr

from app.errors import shown
from app.filling import as_json, filling_request, follow
from app.services import Services
from pipelines.generation.fill_mask_requests import FillMaskSpec


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def fill_mask(
        request: gr.Request, model: str = "", text: str = "", top_k: int = FillMaskSpec.top_k
    ) -> dict[str, Any]:
        """Say what could stand in the gaps of a text, with probabilities.

        Parameters:
            model: A name from /models with the capability masked-lm or seq2seq-lm; empty takes the first.
            text: The text, with <|mask|>, [MASK] or <mask> for each gap; any of them works with any model.
            top_k: So many candidates a gap, 1 to 50; a span model (seq2seq-lm) gives at most 10.
        Returns:
            model, kind, text, filled (the text with the likeliest candidates), and masks: for each gap start
            and end (characters of the text that a candidate replaces, spaces before the mark included) and
            candidates, each with text, probability and token_ids.
        """
        visitor = services.identity.visitor(request)
        asked = filling_request(services, visitor, model, text, top_k)
        *_, last = follow(services.runtime.stream(asked), asked.text)
        return as_json(asked.model, last)

    gr.api(shown(fill_mask), api_name="fill_mask", concurrency_id="generation")
