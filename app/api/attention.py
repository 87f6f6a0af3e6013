"""The named endpoints about the inside of a model. Their docstrings are the API's documentation."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from app.attention.asking import ask
from app.attention.plain import head_json, intervened_json, lens_json, summary_json
from app.errors import shown
from app.identity import Visitor
from app.model_picker import default_model
from app.services import Services
from pipelines.attention.answers import Captured, Part
from pipelines.attention.interventions import Intervention, interventions_of
from pipelines.attention.requests import (
    CAPABILITIES,
    MAX_POSITIONS,
    CaptureRequest,
    InterveneRequest,
    LensRequest,
    RowsRequest,
    Subject,
)
from pipelines.core.errors import NotFoundError, SpecError

_WHOLE = 512  # tokens up to which all rows of a head are given at once


def build(services: Services) -> None:
    """Register the endpoints in the surrounding Blocks."""

    def attention(
        request: gr.Request,
        model: str = "",
        text: str = "",
        layer: int = 0,
        head: int = 0,
        part: str = "",
        target: str = "",
        new_tokens: int = 0,
        first: int = 0,
        count: int = 0,
    ) -> dict[str, Any]:
        """Say whom each token of a text attends to, in one head of a model.

        Parameters:
            model: A name from /models, an encoder too, or run/<job id>@<step> for a checkpoint of a run;
                empty takes the first.
            text: The text, as long as the model can read.
            layer: Counts from 0.
            head: Counts from 0.
            part: self, or of an encoder–decoder encoder, decoder or cross; empty takes self or encoder.
            target: What the decoder of an encoder–decoder reads; empty: it writes it itself.
            new_tokens: Tokens, the likeliest each time, that the model writes after the text, 0 to 200.
            first: The first row (query) that is wanted.
            count: How many rows, 1 to 256; 0 takes all, of a text of at most 512 tokens.
        Returns:
            model, part, layer, head, first; queries and keys: the tokens of the rows and of the columns, each
            with position, id, text, start and end (characters of the text, null for none), special and
            generated; and weights: for each query a list of numbers, one a key, that sum to 1 (less where the
            head has a sink that is no token).
        """
        visitor, subject, captured = _captured(services, request, model, text, target, new_tokens)
        found = _part(captured, part, subject.model)
        asked = RowsRequest(subject, found.name, layer, head, first, count or MAX_POSITIONS)
        blocks = _blocks(asked, count, len(found.queries.ids))
        weights = np.concatenate([ask(services, visitor, block).weights for block in blocks])
        return head_json(subject.model, found, asked, weights)

    def attention_summary(
        request: gr.Request, model: str = "", text: str = "", target: str = "", new_tokens: int = 0
    ) -> dict[str, Any]:
        """Describe what every head and layer of a model does with a text, in a few numbers each.

        Parameters:
            model: As in /attention.
            text: The text, as long as the model can read.
            target: What the decoder of an encoder–decoder reads; empty: it writes it itself.
            new_tokens: Tokens that the model writes after the text, 0 to 200.
        Returns:
            model; kind; positions (how it knows order: rope, learned, sinusoidal, alibi, relative or none);
            parts: for each kind of attention its layers, heads, kv_heads, causal, windows (of each layer in
            tokens, null for none) and measures, by layer and head: entropy (nats), distance (tokens), and the
            mass on the first token, itself, the previous one, a duplicate, and what followed a duplicate
            (induction); streams: for each stack of layers the mean length of the residual stream before the
            first layer and after each, and of what attention, cross-attention and mlp wrote; and tokens, each
            with loss (nats) and rank (0: the likeliest) given those before it. What has no meaning is null.
        """
        _, subject, captured = _captured(services, request, model, text, target, new_tokens)
        return summary_json(subject.model, captured)

    def logit_lens(
        request: gr.Request,
        model: str = "",
        text: str = "",
        top_k: int = 5,
        first: int = 0,
        count: int = 64,
        target: str = "",
        new_tokens: int = 0,
    ) -> dict[str, Any]:
        """Say what a model would predict if it ended after each of its layers.

        Parameters:
            model: As in /attention; one that predicts tokens.
            text: The text, as long as the model can read.
            top_k: So many predictions a layer and position, 1 to 20.
            first: The first position that is wanted.
            count: How many positions, 1 to 64.
            target: What the decoder of an encoder–decoder reads; empty: it writes it itself.
            new_tokens: Tokens that the model writes after the text, 0 to 200.
        Returns:
            model, first, tokens (of these positions), and layers: first the embedding's, then one after each
            layer, the last being the model's own output. Each is a list with, for each position, rank (where
            the final likeliest token stood), kl (from this distribution to the final one, nats), entropy
            (nats) and top: predictions with id, text and probability.
        """
        visitor, subject, captured = _captured(services, request, model, text, target, new_tokens)
        found = ask(services, visitor, LensRequest(subject, first, count, top_k))
        return lens_json(subject.model, captured, found)

    def intervene(
        request: gr.Request,
        model: str = "",
        text: str = "",
        interventions: list[dict[str, Any]] | None = None,
        sample_tokens: int = 20,
        temperature: float = 0.0,
        seed: int = 0,
        top_k: int = 10,
        target: str = "",
        new_tokens: int = 0,
    ) -> dict[str, Any]:
        """Switch parts of a model off or hide tokens from it, and compare what it says before and after.

        Parameters:
            model: As in /attention; one that predicts tokens.
            text: The text, as long as the model can read.
            interventions: One to 256 objects with kind and what it needs of part (self, encoder, decoder or
                cross), layer, head, query and key, all counted from 0. head: a head writes nothing (part,
                layer, head). attention or mlp: that of a layer writes nothing (part, layer). block: a query
                does not see a key (query, key; layer, head and query may be -1 for all). local: every query
                sees only the key tokens nearest before it (key; layer may be -1).
            sample_tokens: Tokens that both write after the text, 0 to 200.
            temperature: Of that writing, 0 to 5; 0 takes the likeliest.
            seed: Of that writing; both use the same noise.
            top_k: So many next tokens, 1 to 50.
            target: What the decoder of an encoder–decoder reads; empty: it writes it itself.
            new_tokens: Tokens that the model writes before anything is changed, 0 to 200.
        Returns:
            model, kind, tokens, and before and after, each with loss (nats, one a token, null where there is
            no prediction), mean_loss, top (next tokens, or those of the first gap, with id, text and
            probability) and sample; and kl, the divergence from before to after, in nats.
        """
        edits = read_interventions(interventions)
        visitor, subject, captured = _captured(services, request, model, text, target, new_tokens)
        asked = InterveneRequest(subject, edits, sample_tokens, temperature, seed, top_k)
        return intervened_json(subject.model, captured, ask(services, visitor, asked))

    for endpoint in (attention, attention_summary, logit_lens, intervene):
        gr.api(shown(endpoint), api_name=endpoint.__name__, concurrency_id="generation")


def read_interventions(given: Any) -> tuple[Intervention, ...]:
    """From JSON: a list of objects, or its text. Raises SpecError naming what is accepted."""
    if isinstance(given, str):
        with suppress(ValueError, RecursionError):
            given = json.loads(given)
    return interventions_of(given)


def _captured(
    services: Services, request: gr.Request, model: str, text: str, target: str, new_tokens: int
) -> tuple[Visitor, Subject, Captured]:
    visitor = services.identity.visitor(request)
    name = model or default_model(services, CAPABILITIES)
    if not name:
        raise NotFoundError("There is no model here yet. Train one in the Pretrain tab first.")
    subject = Subject(name, text, target, new_tokens)
    return visitor, subject, ask(services, visitor, CaptureRequest(subject))


def _blocks(asked: RowsRequest, count: int, tokens: int) -> list[RowsRequest]:
    """The request in pieces, where all rows are wanted. Raises SpecError where these are too many."""
    if count:
        return [asked]
    if tokens - asked.first > _WHOLE:
        raise SpecError(
            "count",
            count,
            f"1 to {MAX_POSITIONS} rows, from first on: the text has {tokens:,} tokens, and all rows are "
            f"given of at most {_WHOLE}",
        )
    starts = range(asked.first, max(tokens, asked.first + 1), MAX_POSITIONS)
    return [replace(asked, first=at) for at in starts]


def _part(captured: Captured, wanted: str, model: str) -> Part:
    found = {part.name: part for part in captured.parts}
    if wanted and wanted not in found:
        raise SpecError("part", wanted, f"{' or '.join(found)} with {model}")
    return found[wanted] if wanted else captured.parts[0]
