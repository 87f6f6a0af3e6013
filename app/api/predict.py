"""The named endpoint ``/predict``. Its docstring is the API's documentation."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.access import entry_of
from app.errors import shown
from app.filling import as_json as filled_json
from app.filling import filling_request, follow
from app.identity import Visitor
from app.model_picker import able
from app.services import Services
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.generation.fill_mask_requests import KINDS as FILLING
from pipelines.generation.fill_mask_requests import FillMaskSpec
from pipelines.prediction.requests import KINDS, Answers, Entities, Labels, PredictRequest, Reward
from pipelines.runtime.messages import Loading

_ACCEPTED = "sequence-classification, token-classification, question-answering or masked-lm"
_NONE_HERE = "There is no model with a task of its own here yet. Tune one: task classify, tag or answer."


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def predict(request: gr.Request, model: str = "", text: str = "", context: str = "") -> dict[str, Any]:
        """Ask a model that was tuned for a task: labels, names in a text, the answer to a question, or words
        for the gaps of a text.

        Parameters:
            model: A name from /models with the capability sequence-classification, token-classification,
                question-answering or masked-lm; empty takes the first.
            text: The text; the question for question-answering; for masked-lm with [MASK], <mask> or <|mask|>
                for each gap.
            context: For question-answering the text that holds the answer; for sequence-classification a
                second text, where the model compares two; for a reward model the answer to the prompt in
                text; else empty.
        Returns:
            model, kind, text, and by the kind: labels (each label and probability, likeliest first); of a
            reward model answer and reward, a number whose difference to another answer's counts; entities
            (type, text, start, end in characters, probability); answer (text, start, end in characters of the
            context, probability; null where the model finds none), no_answer (the probability that there is
            none) and candidates (up to three such answers); or filled and masks, as /fill_mask gives them.
            windows says in how many overlapping pieces a long text was read.
        """
        visitor = services.identity.visitor(request)
        return predicted(services, visitor, model, text, context)

    gr.api(shown(predict), api_name="predict", concurrency_id="generation")


def predicted(services: Services, visitor: Visitor, model: str, text: str, context: str) -> dict[str, Any]:
    """The answer as plain values, by whichever path the model's capability asks for. Raises a
    GlassworksError."""
    name = model or _first(services)
    entry = entry_of(services, visitor, name)
    if entry and entry.capabilities & set(FILLING) and "seq2seq-lm" not in entry.capabilities:
        if context:
            raise SpecError("context", context, f"nothing with {name}: the gaps stand in text")
        asked = filling_request(services, visitor, name, text, FillMaskSpec.top_k)
        *_, last = follow(services.runtime.stream(asked), text)
        return filled_json(name, last)
    if entry and not entry.capabilities & set(KINDS):
        able_to = ", ".join(sorted(entry.capabilities)) or entry.architecture
        raise GlassworksError(
            f"{name} has no task to predict with: it is a model of the kind {able_to}. Accepted are models "
            f"with the capability {_ACCEPTED}; tune one in the Fine-tune tab, or choose one in /models."
        )
    return _told(PredictRequest(name, text, context), services)


def _told(request: PredictRequest, services: Services) -> dict[str, Any]:
    found = next(_answers(services.runtime.stream(request)))
    told: dict[str, Any] = {"model": request.model, "text": request.text, "windows": found.windows}
    if isinstance(found, Labels):
        labels = [{"label": label.name, "probability": label.probability} for label in found.labels]
        return {**told, "kind": "sequence-classification", "labels": labels}
    if isinstance(found, Reward):
        return {**told, "kind": "reward", "answer": request.context, "reward": found.value}
    if isinstance(found, Entities):
        entities = [_placed(entity, request.text, type=entity.type) for entity in found.entities]
        return {**told, "kind": "token-classification", "entities": entities}
    spans = [_placed(span, request.context) for span in found.spans]
    return {
        **told,
        "kind": "question-answering",
        "answer": spans[0] if found.answered else None,
        "no_answer": found.nothing,
        "candidates": spans,
    }


def _answers(stream: Iterator[Any]) -> Iterator[Labels | Reward | Entities | Answers]:
    for event in stream:
        if not isinstance(event, Loading):
            yield event


def _placed(span: Any, text: str, **facts: Any) -> dict[str, Any]:
    where = {"text": text[span.start : span.end], "start": span.start, "end": span.end}
    return {**facts, **where, "probability": span.probability}


def _first(services: Services) -> str:
    found = able(services, KINDS)
    if not found:
        raise NotFoundError(_NONE_HERE)
    return found[0].name
