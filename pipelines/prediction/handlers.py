"""Answers a PredictRequest inside the worker, as the model's kind asks for."""

from collections.abc import Iterator
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.models.loader import LoadedModel
from pipelines.prediction.answer import answer
from pipelines.prediction.classify import classify
from pipelines.prediction.requests import KINDS, PredictRequest
from pipelines.prediction.reward import is_reward_model, reward
from pipelines.prediction.tag import tag


def predict(request: PredictRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, None between two batches of windows, then
    one Labels, Reward, Entities or Answers."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        yield from predicted(loaded, request.text, request.context)


def predicted(loaded: LoadedModel, text: str, context: str) -> Iterator[Any]:
    """Raises :class:`GlassworksError` for a model without such a task, :class:`SpecError` for a context that
    is missing or has no meaning."""
    loaded.need(*KINDS)
    if loaded.kind == "question-answering":
        if not context.strip():
            raise SpecError("context", context, "the text in which the answer to the question is to be found")
        yield from answer(loaded, text, context)
    elif loaded.kind == "token-classification":
        if context:
            raise SpecError("context", context, f"nothing with {loaded.name}: it finds names in text alone")
        yield from tag(loaded, text)
    elif is_reward_model(loaded):
        yield from reward(loaded, text, context)
    else:
        yield from classify(loaded, text, context)
