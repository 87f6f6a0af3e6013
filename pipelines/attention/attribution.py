"""Answers an AttributeRequest: what a prediction rests on by three methods, beside what was measured."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from pipelines.attention import flow as flows
from pipelines.attention.agreement import spearman
from pipelines.attention.answers import Attribution
from pipelines.attention.explained import Explained, explained
from pipelines.attention.gradient import gradient_times_input
from pipelines.attention.graph import graph_of
from pipelines.attention.removed import must_measure, removed
from pipelines.attention.requests import AttributeRequest
from pipelines.attention.rollout import rollout
from pipelines.attention.trace import Trace
from pipelines.core.errors import SpecError
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of


def attribute(loaded: LoadedModel, found: Trace, request: AttributeRequest) -> Iterator[Any]:
    """An :class:`~pipelines.attention.answers.Attribution` from the subject's trace; None between the steps.

    Of a model that continues text, the token after ``position`` is explained by those up to it; of a masked
    model the one at a mask by all; of an encoder–decoder the decoder's token after ``position`` by the
    encoder's. ``agreement`` leaves out a method that gives all tokens the same.
    """
    loaded.need("causal-lm", "masked-lm", "seq2seq-lm")
    must_measure(loaded)
    asked = explained(loaded, found.read, request.position)
    token_id, log_prob = _prediction(asked, request.token_id)
    yield None
    fall = yield from removed(asked, found.anatomy, token_id)
    gradient = gradient_times_input(asked, token_id)
    yield None
    graph = graph_of(found, asked.length)
    small = asked.count <= flows.MAX_TOKENS
    methods = {
        "rollout": rollout(graph, asked.position),
        "flow": (yield from flows.flow(graph, asked.position)) if small else np.zeros(0, np.float32),
        "gradient": gradient,
    }
    agreement = {name: spearman(told, fall) for name, told in methods.items() if len(told)}
    return Attribution(
        position=asked.position,
        token_id=token_id,
        token=texts_of(loaded.tokenizer, [token_id])[0],
        log_prob=log_prob,
        removed=fall,
        **methods,
        agreement={name: value for name, value in agreement.items() if math.isfinite(value)},
    )


@torch.inference_mode()
def _prediction(asked: Explained, token_id: int | None) -> tuple[int, float]:
    told = asked.log_probabilities()[0]
    if token_id is None:
        token_id = int(told.argmax())
    if token_id >= len(told):
        raise SpecError("token_id", token_id, f"0 to {len(told) - 1:,} with {asked.loaded.name}")
    return token_id, float(told[token_id])
