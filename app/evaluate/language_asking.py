"""A text and the models that read it, between the form and the inference worker. No Gradio."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.access import entry_of
from app.errors import message_of
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.evaluation.language.requests import LanguageRequest, Measuring
from pipelines.evaluation.language.result import LanguageResult

MOST_MODELS = 4


@dataclass(frozen=True)
class Asked:
    """What the form holds."""

    models: tuple[str, ...]
    text: str
    context: int = 0
    stride: int = 0

    def requests(self, services: Services, visitor: Visitor) -> tuple[LanguageRequest, ...]:
        """One a model; raises a GlassworksError for what does not fit or is not for this visitor."""
        if not 0 < len(self.models) <= MOST_MODELS or len(set(self.models)) < len(self.models):
            raise SpecError("models", list(self.models), f"1 to {MOST_MODELS} different models")
        made = tuple(LanguageRequest(one, self.text, self.context, self.stride) for one in self.models)
        for one in self.models:
            entry_of(services, visitor, one)
        return made


@dataclass(frozen=True)
class Board:
    """What is known of each model: its result, or why there is none. ``reading`` is the one at work, with the
    share of the text that it has read; empty when all are done. ``text`` is what they read, empty for a
    corpus."""

    models: tuple[str, ...]
    text: str = ""
    results: tuple[LanguageResult, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    reading: str = ""
    share: float = 0.0

    def letter(self, model: str) -> str:
        """By which it is told from the others, whichever of them are done."""
        return "ABCD"[self.models.index(model)]


def boards(services: Services, requests: Sequence[LanguageRequest]) -> Iterator[Board]:
    """As the models come to their ends, one after the other; a model that cannot is left out with its reason,
    and the others go on."""
    board = Board(tuple(one.model for one in requests), requests[0].text)
    for request in requests:
        board = replace(board, reading=request.model, share=0.0)
        yield board
        try:
            for event in services.runtime.stream(request):
                if isinstance(event, Measuring):
                    board = replace(board, share=event.characters / max(1, event.total))
                elif isinstance(event, LanguageResult):
                    board = replace(board, results=(*board.results, event), share=1.0)
                yield board
        except Exception as error:
            board = replace(board, failed={**board.failed, request.model: message_of(error)})
    yield replace(board, reading="", share=1.0)


def whole(name: str, value: object) -> int:
    """A number of the form, an emptied one as 0; what is none is refused by name."""
    if value is None:
        return 0
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value != int(value):
        raise SpecError(name, value, "a whole number")
    return int(value)
