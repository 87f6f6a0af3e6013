"""What the page's own script may call: a function of what it sends and who sends it, answered as JSON. Every
one is public, so what is sent is checked and the service asks whose the round is.
"""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.errors import message_of
from app.services import Services
from pipelines.core.errors import NotFoundError

Told = dict[str, Any]
Answer = Callable[[Told, str], Told]  # (what was sent, the visitor's id) → what is sent back
_MOST_SECONDS = 86_400.0


def server_functions(services: Services, answers: dict[str, Answer]) -> list[Any]:
    """For ``gr.HTML``: each answers JSON, ``{"refused": why}`` for what cannot be done, with ``gone`` for
    what is not there."""
    return [_function(services, name, answer) for name, answer in answers.items()]


def _function(services: Services, name: str, answer: Answer) -> Any:
    def asked(data: Any, request: gr.Request) -> str:
        try:
            visitor = services.identity.visitor(gr.Request(request)).id
            return json.dumps(answer(data if isinstance(data, dict) else {}, visitor))
        except NotFoundError as error:
            return json.dumps({"refused": str(error), "gone": True})
        except Exception as error:
            return json.dumps({"refused": message_of(error)})

    asked.__name__ = name
    return asked


def text(data: Told, name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def whole(value: Any) -> int:
    """At least 0; 0 for what is no number."""
    digits = str(value)
    return int(digits) if digits.isdecimal() and len(digits) < 9 else 0


def seconds(value: Any) -> float:
    """What the page's clock said, which anyone may have written; 0 where it is no time."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_SECONDS
    return float(value) if fits else 0.0
