"""Sample rows as the model gets them: tokens as text, and which are learnt."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.models.pieces import texts_of
from pipelines.training.checks.requests import DATA, Finding, PreviewRow
from pipelines.training.checks.subject import Item, Subject
from pipelines.training.preferring.encode import encode_answer
from pipelines.training.preferring.online.encode import encode_asked, prompt_tokens
from pipelines.training.rows.examples import Answered, Asked, Example, Labelled, Tagged
from pipelines.training.rows.sides import BAD, CHOSEN, GOOD, REJECTED
from pipelines.training.tuning.encode import Encoded, encode, shortened, special_ids
from pipelines.training.tuning.windows import windows

_ANSWERS = {CHOSEN: "Preferred", REJECTED: "Rejected", GOOD: "A good answer", BAD: "A bad answer"}
_WINDOWS = 3  # of one row
_NOTE = 200


def preview(
    subject: Subject, findings: Sequence[Finding], rows: Sequence[int], show: int
) -> tuple[PreviewRow, ...]:
    """The rows with these numbers, or at most ``show``: the first of each finding, then the first of all."""
    chosen = _asked(subject, rows) if rows else _sample(subject, findings, show)
    return tuple(made for item in chosen for made in _shown(subject, item))


def _asked(subject: Subject, rows: Sequence[int]) -> list[Item]:
    """Several examples may come from one row."""
    order = {row: place for place, row in enumerate(rows)}
    found = [item for item in subject.texts if item.file == DATA and item.row in order]
    return sorted(found, key=lambda item: order[item.row])


def _sample(subject: Subject, findings: Sequence[Finding], show: int) -> list[Item]:
    named = {(finding.file, finding.rows[0]) for finding in findings if finding.rows}
    faulty = [item for item in subject.texts if (item.file, item.row) in named]
    usual = [item for item in _learnt(subject)[:show] if (item.file, item.row) not in named]
    half = max(show // 2, show - len(usual))
    return [*usual[: show - min(half, len(faulty))], *faulty[:half]][:show]


def _learnt(subject: Subject) -> list[Item]:
    return [item for item in subject.texts if not item.held_out]


def _shown(subject: Subject, item: Item) -> Iterator[PreviewRow]:
    try:
        found = _encoded(item.example, subject)
    except GlassworksError:
        return  # a finding says why
    special = special_ids(subject.tokenizer)
    for number, encoded in enumerate(found[:_WINDOWS], 1):
        yield PreviewRow(
            row=item.row,
            tokens=texts_of(subject.tokenizer, encoded.input_ids),
            ids=encoded.input_ids,
            trained=encoded.trained,
            special=tuple(id_ in special for id_ in encoded.input_ids),
            cut=encoded.cut,
            held_out=item.held_out,
            file=item.file,
            window=number,
            windows=len(found),
            note=_ANSWERS.get(item.answer, "") or _note(item.example),
        )


def _encoded(example: Example, subject: Subject) -> Sequence[Encoded]:
    spec: Any = subject.spec
    if spec.what.asks:
        whole = encode_asked(example, subject.tokenizer, spec.chat_template)
        ids = whole.input_ids[: prompt_tokens(whole)]
        return [Encoded(ids, (False,) * len(ids))]
    if spec.what.compares:
        return [shortened(encode_answer(example, subject.tokenizer, spec.chat_template), spec.max_length)]
    if spec.what.causal:
        return [encode(example, subject.tokenizer, spec)]
    return windows(example, subject.tokenizer, spec.max_length)


def _note(example: Example) -> str:
    match example:
        case Labelled():
            said = f"Label: {example.label}"
        case Tagged():
            pairs = zip(example.words, example.tags, strict=False)
            said = "Tags: " + ", ".join(f"{word} {tag}" for word, tag in pairs if tag != "O")
        case Answered():
            said = f"Answer: {example.answers[0]}" if example.answers else "No answer"
        case Asked():
            said = f"Answer: {example.answer}" if example.answer else ""
        case _:
            return ""
    return said if len(said) <= _NOTE else said[: _NOTE - 1] + "…"
