"""A look at a subject: its tokens, one forward pass, and what is told of it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipelines.attention.anatomy import anatomy_of
from pipelines.attention.encode import Read, read
from pipelines.attention.forward import run_watched
from pipelines.attention.requests import Subject
from pipelines.attention.told import losses, tell
from pipelines.attention.trace import Trace
from pipelines.core.errors import SpecError
from pipelines.models.attention import lets_choose
from pipelines.models.loader import LoadedModel
from pipelines.runtime.messages import Waiting

WHOLE_TOKENS = 1_024  # of a model whose weights must be taken whole from the library's slow attention
_POOL = ThreadPoolExecutor(1, thread_name_prefix="capture")  # one at a time: others are answered meanwhile


def trace(loaded: LoadedModel, subject: Subject) -> Iterator[Any]:
    """The :class:`~pipelines.attention.trace.Trace` of a subject. A generator, for ``yield from``: it yields
    None or Waiting until it is there. Raises SpecError for a text that does not fit, GlassworksError for a
    model without attention."""
    began = time.perf_counter()
    anatomy = anatomy_of(loaded.model, loaded.name)
    found = Trace(subject, anatomy, (yield from read(loaded, subject)))
    if not lets_choose(loaded.model):
        _check_size(loaded, found.read)
    work = _POOL.submit(run_watched, loaded, found)
    while not work.done():
        yield Waiting()
    work.result()
    loss, ranks = yield from losses(loaded, found)
    found.captured = tell(loaded, found, loss, ranks, time.perf_counter() - began)
    found.reducers.clear()
    return found


def _check_size(loaded: LoadedModel, tokens: Read) -> None:
    longest = max(len(one.ids) for one in tokens.sequences.values())
    if longest > WHOLE_TOKENS:
        raise SpecError(
            "text",
            f"{longest:,} tokens",
            f"at most {WHOLE_TOKENS:,} tokens with {loaded.name}: its kind gives its weights only whole",
        )
