"""Argilla's records: ``fields`` that are shown, ``responses`` by people with their ids and a status, and
``suggestions`` by models and programs. Every pair is a record, whatever was said of it.

Read are also records of other projects: two texts among the fields, and answers to a question of which is
better (a label, or a ranking of the two fields).
"""

from collections.abc import Iterator
from typing import Any

from pipelines.preferences.formats.base import (
    Answered,
    Format,
    RowFault,
    Said,
    Told,
    Values,
    each,
    note,
    others,
)
from pipelines.preferences.formats.base import text as text_of
from pipelines.preferences.formats.dialogues import are_messages, as_text, asked, messages
from pipelines.preferences.records import Choice, Kind, Vote

_QUESTION = "preference"
_PROMPTS = ("prompt", "instruction", "question", "input", "context")
_SIDES = [
    (f"{word}{mark}{first}", f"{word}{mark}{second}")
    for word in ("response", "answer", "text", "generation", "completion", "output")
    for mark in ("_", "-", "")
    for first, second in (("a", "b"), ("1", "2"), ("0", "1"))
] + [("chosen", "rejected")]
_TIES, _BAD = ("tie", "equal", "same", "both", "draw"), ("both_bad", "both bad", "neither", "none")


def _write(told: Told) -> Iterator[dict[str, Any]]:
    pair = told.pair
    people = [vote for vote in told.votes if vote.kind == Kind.HUMAN]
    yield {
        "id": pair.id,
        "fields": {"prompt": as_text(pair.prompt), "response_a": pair.text_a, "response_b": pair.text_b},
        "metadata": {"model_a": pair.model_a, "model_b": pair.model_b, "origin": pair.origin},
        "responses": [_response(vote) for vote in people],
        "suggestions": [_suggestion(vote) for vote in told.votes if vote.kind != Kind.HUMAN],
    }


def _response(vote: Vote) -> dict[str, Any]:
    """A skip is a response that was discarded; one in Argilla has no values."""
    if vote.choice == Choice.SKIP:
        return {"user_id": vote.annotator, "status": "discarded", "values": {}}
    told = {_QUESTION: vote.choice.value, "note": vote.note, "edited": vote.edited}
    values = {name: {"value": value} for name, value in told.items() if value}
    return {"user_id": vote.annotator, "status": "submitted", "values": values}


def _suggestion(vote: Vote) -> dict[str, Any]:
    kind = "model" if vote.kind == Kind.JUDGE else "program"
    value = vote.choice.value
    return {"question_name": _QUESTION, "value": value, "agent": vote.annotator, "type": kind}


def _read(values: Values) -> Iterator[Answered]:
    fields = values["fields"]
    prompt = next((name for name in _PROMPTS if name in fields), None)
    sides = next((pair for pair in _SIDES if all(name in fields for name in pair)), None)
    if prompt is None or sides is None:
        raise RowFault("fields with a prompt and two responses (response_a and response_b, say)")
    given = fields[prompt]
    said = messages(given, prompt) if are_messages(given) else asked(text_of(fields, prompt))
    votes = (*_responses(values.get("responses"), sides), *_suggestions(values.get("suggestions"), sides))
    extra = others(values, "fields", "responses", "suggestions")
    if more := others(fields, prompt, *sides):
        extra["fields"] = more
    yield Answered(said, *(text_of(fields, name) for name in sides), votes, extra)


def _responses(told: Any, sides: tuple[str, str]) -> Iterator[Said]:
    """Both ways: a list of users with values by question, or an object of questions with users' values."""
    for user, status, answers in _by_user(told):
        if status == "discarded":
            yield Said(Choice.SKIP, user)
        elif status in ("submitted", None) and (choice := _first(answers.values(), sides)):
            better, why = answers.get("edited"), answers.get("note")
            if better is not None and not isinstance(better, str):
                raise RowFault("responses whose edited text is a text")
            yield Said(choice, user, note=note({"note": why}, "note"), edited=better or "")


def _by_user(told: Any) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    if isinstance(told, dict):
        users: dict[str, dict[str, Any]] = {}
        for question, answers in told.items():
            for one in answers if isinstance(answers, list) else ():
                if isinstance(one, dict):
                    users.setdefault(_name(one.get("user_id")), {})[question] = one.get("value")
        yield from ((user, None, answers) for user, answers in users.items())
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and isinstance(one.get("values") or {}, dict):
            answers = {name: _value(value) for name, value in (one.get("values") or {}).items()}
            yield _name(one.get("user_id")), one.get("status"), answers


def _suggestions(told: Any, sides: tuple[str, str]) -> Iterator[Said]:
    """A list with ``question_name``, or an object by question."""
    each_one = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    for one in each_one:
        if isinstance(one, dict) and (choice := _choice(one.get("value"), sides)):
            kind = Kind.PROGRAM if one.get("type") == "program" else Kind.JUDGE
            yield Said(choice, _name(one.get("agent")), kind)


def _first(values: Any, sides: tuple[str, str]) -> Choice | None:
    return next((choice for value in values if (choice := _choice(value, sides))), None)


def _choice(value: Any, sides: tuple[str, str]) -> Choice | None:
    """A label, or a ranking as a list of ``{"value": field, "rank": 1}``; None for another question's."""
    if isinstance(value, list):
        ranks = {one.get("value"): one.get("rank") for one in value if isinstance(one, dict)}
        first, second = (ranks.get(side) for side in sides)
        if not isinstance(first, int) or not isinstance(second, int):
            return None
        return Choice.TIE if first == second else Choice.A if first < second else Choice.B
    word = str(value).strip().lower() if isinstance(value, str) else ""
    named = {sides[0]: Choice.A, sides[1]: Choice.B, "a": Choice.A, "b": Choice.B, "skip": Choice.SKIP}
    return named.get(word) or (Choice.TIE if word in _TIES else Choice.BOTH_BAD if word in _BAD else None)


def _value(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value


def _name(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int) else ""


FORMAT = Format(
    name="argilla",
    title="Argilla",
    accepted="fields (a prompt and two responses), responses and suggestions",
    fits=lambda values: isinstance(values.get("fields"), dict),
    read=each(_read),
    write=_write,
    edits=None,
)
