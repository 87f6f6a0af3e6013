"""Questions about a context whose answer is a part of it: SQuAD as published (articles with paragraphs), as
the Hub has it (one question a row), and rows that only say the answer, which is then searched for.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from pipelines.training.rows.examples import Answered
from pipelines.training.rows.kinds.base import (
    Format,
    Role,
    RowFault,
    Values,
    clipped,
    is_list_of,
    is_text,
    kind_of,
    list_of,
    only,
    text_of,
    unpacked,
)

_GAP = r"\s+"


def _build_nested(row: int, values: Values) -> Iterator[Answered | RowFault]:
    for place, paragraph in enumerate(list_of(values, "paragraphs"), 1):
        questions = paragraph.get("qas") if isinstance(paragraph, dict) else None
        if not isinstance(questions, list):
            yield RowFault(f"paragraph {place} has no list of questions ('qas')")
            continue
        for number, asked in enumerate(questions, 1):
            given = asked if isinstance(asked, dict) else {}
            try:
                yield _answered(row, {**given, "context": paragraph.get("context")})
            except RowFault as fault:
                yield RowFault(f"paragraph {place}, question {number}: {fault}")


def _build_flat(row: int, values: Values) -> Iterator[Answered]:
    yield _answered(row, values)


def _answered(row: int, values: Values) -> Answered:
    context = text_of(values, "context", empty=False)
    question = text_of(values, "question", empty=False)
    impossible = values.get("is_impossible") in (True, "True", "true")
    found = [] if impossible else _spans(values.get("answers"), context)
    return Answered(row, question, context, tuple(t for t, _ in found), tuple(s for _, s in found))


def _spans(answers: Any, context: str) -> list[tuple[str, int]]:
    """Each answer as it stands in the context, and where; none where there is no answer. An answer that is
    not in the context is passed over when another is."""
    given = [(text, start) for text, start in _given(unpacked(answers)) if text.strip()]
    found, missing = [], []
    for text, start in given:
        span = _at(text, start, context) if start is not None else find(text, context)
        (found if span else missing).append(span or text)
    if missing and not found:
        raise RowFault(f"the answer {clipped(missing[0])} does not occur in the context")
    return list(dict.fromkeys(found))


def _given(answers: Any) -> list[tuple[str, int | None]]:
    """(answer, its start or None) out of the ways to write them."""
    if answers is None:
        raise RowFault("answers are missing; an unanswerable question has an empty list")
    if isinstance(answers, dict):
        texts, starts = answers.get("text"), answers.get("answer_start")
        texts = [texts] if isinstance(texts, str) else texts
        starts = [starts] if isinstance(starts, int) else starts
        if not starts and isinstance(texts, list):
            starts = [None] * len(texts)
        if not (isinstance(texts, list) and isinstance(starts, list) and len(texts) == len(starts)):
            raise RowFault("answers need 'text' and 'answer_start', lists that are equally long")
        return [(_text(text), start) for text, start in zip(texts, starts, strict=True)]
    items = answers if isinstance(answers, list) else [answers]
    pairs = (_given(item) if isinstance(item, dict) else [(_text(item), None)] for item in items)
    return list(chain.from_iterable(pairs))


def _text(value: Any) -> str:
    if isinstance(value, (list, dict, bool, type(None))):
        raise RowFault(f"an answer is {kind_of(value)}; a text is accepted")
    return str(value)


def _at(text: str, start: Any, context: str) -> tuple[str, int]:
    if isinstance(start, int) and start >= 0 and context.startswith(text, start):
        return text, start
    raise RowFault(
        f"the answer {clipped(text)} is not at its answer_start {start}; leave answer_start away and it is "
        "searched for"
    )


def find(answer: str, context: str) -> tuple[str, int] | None:
    """The answer as the context has it and its first place: letter for letter if that occurs, else in other
    case or with other white space, as whole words.

    >>> find("the snow man", "Here The Snow  Man stood.")
    ('The Snow  Man', 5)
    """
    exact, words = answer.strip(), answer.split()
    whole = (place for place in _places(exact, context) if _is_whole(place, len(exact), context))
    if (place := next(whole, None)) is not None:
        return exact, place
    if words and words[0].lower() in context.lower():
        loose = re.compile(rf"(?<!\w){_GAP.join(map(re.escape, words))}(?!\w)", re.IGNORECASE)
        if hit := loose.search(context):
            return hit.group(), hit.start()
    return next(((exact, place) for place in _places(exact, context)), None)


def _places(text: str, context: str) -> Iterator[int]:
    place = context.find(text)
    while place >= 0:
        yield place
        place = context.find(text, place + 1)


def _is_whole(start: int, length: int, context: str) -> bool:
    """Whether no letter or digit stands directly before or after the span."""
    around = context[start - 1 : start] + context[start + length : start + length + 1]
    return not any(character.isalnum() for character in around)


def _is_answers(value: Any) -> bool:
    answers = unpacked(value)
    if isinstance(answers, dict):
        return "text" in answers
    items = answers if isinstance(answers, list) else [answers]
    return all(isinstance(item, str) or (isinstance(item, dict) and "text" in item) for item in items)


FLAT = Format(
    name="squad",
    title="SQuAD (question, context, answers)",
    task="answer",
    makes=Answered,
    roles=(
        Role("question", ("question", "query"), is_text, "The question."),
        Role("context", ("context", "passage", "paragraph", "section", "story", "text"), is_text,
             "The text that holds the answer."),
        Role("answers", ("answers", "answer", "answer_text"), _is_answers,
             "The answer or several, as texts, or as SQuAD has them with answer_start."),
        Role("is_impossible", ("is_impossible",), lambda value: isinstance(value, (bool, str)),
             "Whether the context does not answer it.", required=False),
    ),
    build=_build_flat,
)  # fmt: skip

NESTED = Format(
    name="squad articles",
    title="SQuAD (articles)",
    task="answer",
    makes=Answered,
    roles=(
        Role("paragraphs", ("paragraphs",), is_list_of("context", "qas"),
             'Paragraphs of an article, each with "context" and its questions "qas".', by_content=only),
    ),
    build=_build_nested,
)  # fmt: skip
