"""A text, or two that are compared, and one label, under the many names that such columns have."""

from collections.abc import Iterator

from pipelines.training.rows.examples import Labelled
from pipelines.training.rows.kinds.base import (
    Format,
    Role,
    RowFault,
    Values,
    clipped,
    fewest,
    is_label,
    is_text,
    kind_of,
    longest,
    sound,
    text_of,
    written,
)

_CHARS = 200
_TEXTS = (
    "text", "sentence", "sentence1", "premise", "text1", "text_a", "question1", "review", "content", "tweet",
    "comment", "headline", "utterance", "phrase", "message", "body", "title", "question", "query", "document",
    "email", "story", "prompt",
)  # fmt: skip
_LABELS = (
    "label_text", "label_name", "label", "labels", "category", "class", "class_name", "sentiment", "intent",
    "topic", "emotion", "polarity", "genre", "rating", "stars", "score", "type", "target", "gold", "y",
)  # fmt: skip


def _build(row: int, values: Values) -> Iterator[Labelled]:
    second = text_of(values, "second") if values.get("second") is not None else ""
    yield Labelled(row, text_of(values, "text", empty=False), _label(values.get("label")), second)


def _label(value: object) -> str:
    if value is None:
        raise RowFault("label is missing")
    if isinstance(value, (list, dict)):
        raise RowFault(f"label is {kind_of(value)}; one label a row is accepted, as a text or a number")
    label = written(value).strip()
    if not label:
        raise RowFault("label is empty")
    if len(label) > _CHARS:
        raise RowFault(
            f"label is {len(label):,} characters long ({clipped(label)}); at most {_CHARS} are accepted"
        )
    return sound(label, "label")


FORMAT = Format(
    name="text-label",
    title="Text and label",
    task="classify",
    makes=Labelled,
    roles=(
        Role(
            "text",
            _TEXTS,
            is_text,
            "The text that is classified.",
            by_content=longest,
            weak=True,
        ),
        Role(
            "label",
            _LABELS,
            is_label,
            "The label that it should get.",
            by_content=fewest,
            weak=True,
        ),
        Role(
            "second",
            ("sentence2", "hypothesis", "text2", "text_b", "question2", "second"),
            is_text,
            "A second text that is compared with the first.",
            required=False,
        ),
    ),
    build=_build,
)
