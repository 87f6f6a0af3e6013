"""Answers a ReadRequest inside the worker: one forward over a prompt and what stands behind it."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from pipelines.generation.detokenizer import Detokenizer
from pipelines.generation.loop.telling import given_of, told
from pipelines.generation.prompt import check_read, prompt_ids
from pipelines.generation.reading_requests import Read, ReadRequest
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

_TAIL = 6  # tokens before a typed text that are written anew with it


def read(request: ReadRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, then a Read."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        loaded.need("causal-lm")
        yield read_after(loaded, request)


@torch.inference_mode()
def read_after(loaded: LoadedModel, request: ReadRequest) -> Read:
    """Raises SpecError for ids that the model does not know, and for more tokens than its context holds."""
    before = [*prompt_ids(loaded, request.prompt), *request.after]
    new = list(request.ids) or typed_ids(loaded.tokenizer, before, request.text)
    logits = _logits(loaded, [*before, *new], len(new) + 1)
    given = given_of(logits)
    rows = told(given.rows(slice(0, len(new))), new) if new else []
    best = given.log_probs[-1].exp().topk(min(request.top, logits.shape[-1]))
    ids = best.indices.tolist()
    return Read(
        ids=np.array(new, np.int32),
        texts=_pieces(loaded.tokenizer, before, new),
        log_probs=np.array([one.log_prob for one in rows], np.float32),
        ranks=np.array([one.rank for one in rows], np.int32),
        entropies=np.array([one.entropy for one in rows], np.float32),
        likeliest=np.array(ids, np.int32),
        names=texts_of(loaded.tokenizer, ids),
        probs=best.values.float().cpu().numpy(),
        entropy=float(given.entropies[-1]),
    )


def typed_ids(tokenizer: Any, before: Sequence[int], text: str) -> list[int]:
    """The ids of a text that goes on from others. It is written together with the tokens before it, since
    some tokenizers put a space before whatever begins; where both would become one token, alone."""
    if not text:
        return []
    tail = tokenizer.decode(
        list(before[-_TAIL:]), skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    both, own = _encoded(tokenizer, tail + text), _encoded(tokenizer, tail)
    apart = bool(own) and both[: len(own)] == own
    return both[len(own) :] if apart else _encoded(tokenizer, text)


def _encoded(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def _logits(loaded: LoadedModel, ids: list[int], last: int) -> torch.Tensor:
    """[last, vocabulary], float32: what is said after each of the last ids."""
    check_read(loaded, ids, ", the branch counted")
    given = torch.tensor([ids], device=loaded.device)
    said = loaded.model(input_ids=given, use_cache=False, **last_rows(loaded.model, last))
    return said.logits[0, -last:].float()


def _pieces(tokenizer: Any, before: Sequence[int], new: Sequence[int]) -> tuple[str, ...]:
    detokenizer = Detokenizer(tokenizer, before)
    pieces = [detokenizer.add(one) for one in new]
    if pieces:
        pieces[-1] += detokenizer.finish()
    return tuple(pieces)
