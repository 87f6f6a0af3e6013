"""What a request to the inference worker costs, in tokens that are written. Knows the messages; no visitor.

Reading is cheap beside writing, a forward for the whole text instead of one for each token: forty characters
count as one token, wherever in the request they stand. Token ids count as four characters each.
"""

from dataclasses import fields, is_dataclass
from typing import Any

from pipelines.attention.requests import InterveneRequest, Subject
from pipelines.generation.comparing import DecodeRequest, DecodeStep
from pipelines.generation.requests import GenerateRequest, Token

_READ_AS_ONE = 40  # characters
_OF_AN_ID = 4


def reading(request: Any) -> int:
    """
    >>> reading(GenerateRequest("house/tales", "x" * 400))
    10
    """
    return _characters(request) // _READ_AS_ONE


def most_written(request: Any) -> int:
    """As many as the request may have written, all its texts and beams together.

    >>> most_written(GenerateRequest("house/tales", "Once"))
    200
    """
    match request:
        case GenerateRequest():
            return request.decoding.max_new_tokens
        case DecodeRequest():
            return request.rows * request.max_new_tokens
        case InterveneRequest():
            return request.subject.new_tokens + 2 * request.sample_tokens
    subject = getattr(request, "subject", None)
    return subject.new_tokens if isinstance(subject, Subject) else 0


def is_counted(request: Any) -> bool:
    """Whether the events tell how much of that was written."""
    return isinstance(request, GenerateRequest | DecodeRequest)


def written(event: Any) -> int:
    """Tokens that this event brings."""
    match event:
        case Token():
            return 1
        case DecodeStep():
            return sum(len(one.ids) for one in (*event.wrote, *event.beams))
    return 0


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    if isinstance(value, list | tuple):
        return sum(_OF_AN_ID if isinstance(one, int) else _characters(one) for one in value)
    if is_dataclass(value):
        return sum(_characters(getattr(value, field.name)) for field in fields(value))
    return 0
