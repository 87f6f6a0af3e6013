"""The named endpoints ``/models`` and ``/generate``. Their docstrings are the API's documentation."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import gradio as gr

from app.access import generate_request
from app.errors import shown
from app.services import Services
from app.writing import follow
from pipelines.generation.specs import DecodingSpec

_DEFAULT = {f.name: f.default for f in fields(DecodingSpec)}


def build(services: Services) -> None:
    """Register the endpoints in the surrounding Blocks."""

    def models() -> list[dict[str, Any]]:
        """List the models that can be used here: the house models first, then finished runs, newest first.

        Returns:
            One object a model: name (what the other endpoints take), title, parameters, context_length in
            tokens, capabilities (such as causal-lm), created in seconds since 1970, adapter_parameters (0
            for a whole model).
        """
        return [_listed(entry) for entry in services.models.entries()]

    def generate(
        request: gr.Request,
        model: str = "",
        prompt: str = "",
        max_new_tokens: int = _DEFAULT["max_new_tokens"],
        temperature: float = _DEFAULT["temperature"],
        top_k: int = _DEFAULT["top_k"],
        top_p: float = _DEFAULT["top_p"],
        repetition_penalty: float = _DEFAULT["repetition_penalty"],
        seed: int = _DEFAULT["seed"],
    ) -> Iterator[str]:
        """Continue a prompt with a model, streaming the new text as it grows; the last value is the whole.

        Parameters:
            model: A name from /models; empty takes the best house model, else the newest run.
            prompt: The text to continue.
            max_new_tokens: At most this many tokens are made, 1 to 4096.
            temperature: Divides the logits, 0 to 5; 0 is greedy.
            top_k: Keep the k likeliest tokens, 0 to 1000; 0 keeps all.
            top_p: Keep the likeliest tokens up to this total probability, 0.01 to 1; 1 keeps all.
            repetition_penalty: Above 1 discourages tokens that already stand in the text, 0.5 to 3.
            seed: Same seed, same text, on the same machine.
        Returns:
            The new text so far, without the prompt.
        """
        decoding = {
            "max_new_tokens": max_new_tokens,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "repetition_penalty": repetition_penalty,
            "seed": seed,
        }
        visitor = services.identity.visitor(request)
        asked = generate_request(services, visitor, model, prompt, decoding)
        for writing in follow(services.runtime.stream(asked)):
            yield writing.text

    gr.api(shown(models), api_name="models")
    gr.api(shown(generate), api_name="generate", concurrency_id="generation")


def _listed(entry: Any) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "parameters": entry.parameters,
        "context_length": entry.context_length,
        "capabilities": sorted(entry.capabilities),
        "created": entry.created,
        "adapter_parameters": entry.adapter_parameters,
    }
