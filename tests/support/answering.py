"""Answers requests for the tokenizer worker here and now, by its own handlers, without its process."""

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from pipelines.runtime.messages import Waiting
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization.loaded import LoadedTokenizer


class Loaded:
    """Stands for the worker's cache: every tokenizer is in memory already."""

    def __init__(self, tokenizer: Callable[[str], LoadedTokenizer]):
        self._tokenizer = tokenizer

    def use(self, name: str) -> Any:
        def ready():
            yield from ()
            return self._tokenizer(name)

        return nullcontext(SimpleNamespace(ready=ready))


def answering(tokenizer: Callable[[str], LoadedTokenizer], asked: list[Any]) -> Callable[..., Any]:
    """Stands for ``app.tokenizer.asking.ask``: ``tokenizer(name)`` is what a name stands for, and ``asked``
    gets every request."""
    handlers = TOKENIZERS.load_handlers()

    def ask(_services: Any, _visitor: Any, request: Any) -> Any:
        asked.append(request)
        events = handlers[type(request)](request, Loaded(tokenizer))
        *_, answer = (event for event in events if not isinstance(event, Waiting))
        return answer

    return ask
