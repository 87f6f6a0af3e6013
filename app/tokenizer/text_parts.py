"""The parts about one text, shown together: the aligned view always, and of the details the one that is open.

Of a long text the beginning is shown at once, as a text of its own, and the whole when it is tokenized.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from app.errors import message_of
from app.parts import Part, Parts
from app.services import Services
from app.status_line import status_line
from app.tokenizer.parts import Text

LONG = 60_000  # characters that take more than a blink of the eye
_BEGINNING = 12_000  # characters, more than any window shows
_COMPARE = "compare"


class TextParts:
    """What the handlers of the text's inputs do. Their inputs are the open detail's name, the four of
    :class:`Text`, then those of each part; their outputs the status line, the focus, then those of each part.
    """

    def __init__(self, services: Services, compare: Part, details: Mapping[str, Part]):
        self._services = services
        self.parts = Parts({_COMPARE: compare, **details})

    def everything(self, request: gr.Request, opened: str, *values: Any) -> Iterator[list[Any]]:
        """The aligned view and the open detail; whatever goes wrong becomes the status line."""
        text = read(values[:4])
        try:
            if len(text.text) > LONG and text.tokenizers:
                yield [_busy(text), gr.skip(), *self._shown(request, beginning(text), values, _COMPARE)]
            yield [_status(text), _focus(text), *self._shown(request, text, values, _COMPARE, opened)]
        except Exception as error:
            yield self._failed(error)

    def detail(self, request: gr.Request, opened: str, *values: Any) -> list[Any]:
        """The open detail alone."""
        text = read(values[:4])
        try:
            return [_status(text), _focus(text), *self._shown(request, text, values, opened)]
        except Exception as error:
            return self._failed(error)

    def _shown(self, request: gr.Request, text: Text, values: Sequence[Any], *names: str) -> list[Any]:
        visitor = self._services.identity.visitor(request)
        return self.parts.updates(visitor, text, values[4:], *names)

    def _failed(self, error: Exception) -> list[Any]:
        return [status_line("failed", message_of(error)), gr.skip(), *self.parts.stay()]


def read(values: Sequence[Any]) -> Text:
    """The inputs as they stand; a focus that is not among the tokenizers is the first of them."""
    text, names, focus, special = values
    names = tuple(dict.fromkeys(name for name in names or () if isinstance(name, str)))
    focus = focus if focus in names else next(iter(names), "")
    return Text(text if isinstance(text, str) else "", names, focus, bool(special))


def beginning(text: Text) -> Text:
    """The first lines or words of a long text."""
    start = text.text[:_BEGINNING]
    cut = max(start.rfind("\n", _BEGINNING // 2), start.rfind(" ", _BEGINNING // 2))
    return replace(text, text=start[:cut] if cut > 0 else start)


def _busy(text: Text) -> str:
    return status_line("waiting", "Tokenizing the whole of it …", [f"{len(text.text):,} characters"])


def _status(text: Text) -> str:
    if not text.tokenizers:
        return status_line("idle", "Choose at least one tokenizer")
    if not text.text:
        return status_line("idle", "Ready")
    count = len(text.tokenizers)
    numbers = [f"{len(text.text):,} characters", f"{count} tokenizer{'s' * (count != 1)}"]
    return status_line("done", "Tokenized", numbers)


def _focus(text: Text) -> Any:
    return gr.Dropdown(choices=list(text.tokenizers), value=text.focus or None)
