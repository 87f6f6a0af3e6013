"""Answers a NextTokensRequest inside the worker: what a causal model would write after each of some texts."""

from collections.abc import Iterator
from typing import Any

import torch

from pipelines.generation.fill_mask_requests import Filling, NextTokens, NextTokensRequest
from pipelines.generation.pieces import piece
from pipelines.generation.prompt import encode_prompt
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel


def next_tokens(request: NextTokensRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, None after each text but the last, then
    NextTokens. Of a text that is longer than the context, the end is read."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        loaded.need("causal-lm")
        found = []
        for text in request.texts:
            if found:
                yield None
            found.append(_likeliest(loaded, text, request.spec.top_k))
        yield NextTokens(tuple(found))


@torch.inference_mode()
def _likeliest(loaded: LoadedModel, text: str, top_k: int) -> tuple[Filling, ...]:
    given = torch.tensor([encode_prompt(loaded, text, 1).ids], device=loaded.device)
    said = loaded.model(input_ids=given, use_cache=False, **last_rows(loaded.model))
    logits = said.logits[0, -1].float()
    best = logits.softmax(-1).topk(min(top_k, len(logits)))
    return tuple(
        Filling(piece(loaded.tokenizer, id_), probability, (id_,))
        for id_, probability in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    )
