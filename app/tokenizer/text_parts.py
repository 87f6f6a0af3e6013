"""The parts about one text, shown together: the aligned view always, and of the details the one that is open.
What stands there already is not shown again.

Of a long text the beginning is shown at once, as a text of its own, and the whole when it is tokenized.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from app.choosers import chooser
from app.errors import message_of
from app.parts import Part, Parts, stays
from app.services import Services
from app.status_line import status_line
from app.tokenizer.parts import Text

LONG = 60_000  # characters that take more than a blink of the eye
_BEGINNING = 12_000  # characters, more than any window shows
_COMPARE = "compare"


class TextParts:
    """What the tab does after each change. Its inputs are the open detail's name, what each part was last
    drawn of, the four of :class:`Text`, then those of each part; its outputs the status line, what each part
    is drawn of now, the focus, then those of each part.
    """

    def __init__(self, services: Services, compare: Part, details: Mapping[str, Part]):
        self._services = services
        self._details = tuple(details)
        self.parts = Parts({_COMPARE: compare, **details})

    def draw(
        self, request: gr.Request, opened: str, drawn: dict[str, Any], *values: Any
    ) -> Iterator[list[Any]]:
        """The aligned view and the open detail; whatever goes wrong becomes the status line."""
        text = read(values[:4])
        marks = self._marks(text, opened, values)
        names = [name for name, mark in marks.items() if drawn.get(name) != mark]
        focus = chooser(text.tokenizers, values[2], text.focus or None)
        try:
            if _COMPARE in names and len(text.text) > LONG and text.tokenizers:
                shown = self._shown(request, beginning(text), values, _COMPARE)
                yield [_busy(text), gr.skip(), gr.skip(), *shown]
            yield [_status(text), {**drawn, **marks}, focus, *self._shown(request, text, values, *names)]
            yield stays(range(3)) + self.parts.stay()  # the last answer is sent twice: let it be a small one
        except Exception as error:
            yield [status_line("failed", message_of(error)), gr.skip(), gr.skip(), *self.parts.stay()]

    def _marks(self, text: Text, opened: str, values: Sequence[Any]) -> dict[str, Any]:
        """Of what the parts to be seen are drawn: equal marks, equal views. The aligned view has no focus."""
        seen = {_COMPARE: replace(text, focus=""), **({opened: text} if opened in self._details else {})}
        return {name: (one, *self.parts.values_of(name, values[4:])) for name, one in seen.items()}

    def _shown(self, request: gr.Request, text: Text, values: Sequence[Any], *names: str) -> list[Any]:
        visitor = self._services.identity.visitor(request)
        return self.parts.updates(visitor, text, values[4:], *names)


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
