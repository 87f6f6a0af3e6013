"""KTO's rows: one answer, and whether it is a good one. A pair is two rows; both bad are two bad answers,
and of a tie nothing can be said but, where ties are wanted, that both are good.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.preferences.formats.base import (
    Answered,
    Format,
    Over,
    Row,
    RowFault,
    Said,
    Told,
    Values,
    kind_of,
    others,
    text,
)
from pipelines.preferences.formats.dialogues import Messages, answer, are_messages, as_text, asked, messages
from pipelines.preferences.records import Choice

_LABELS = {Choice.A: (True, False), Choice.B: (False, True), Choice.BOTH_BAD: (False, False)}
_USED = ("prompt", "completion", "label", "tie")
One = tuple[Row, Messages, str]  # a row, its prompt, its answer


def _write(told: Told) -> Iterator[dict[str, Any]]:
    labels = {**_LABELS, Choice.TIE: (True, True)} if told.ties else _LABELS
    if told.choice in labels:
        for completion, label in zip((told.pair.text_a, told.pair.text_b), labels[told.choice], strict=True):
            yield {"prompt": as_text(told.pair.prompt), "completion": completion, "label": label}


def _read(rows: list[Row]) -> Iterator[tuple[Row, Answered]]:
    """Of each prompt the first good answer with the first bad one, and so on. Good ones that are left over
    are ties by twos, bad ones both bad. Raises :class:`SpecError` for one that is left alone."""
    by_prompt: dict[Messages, dict[bool, list[One]]] = {}
    for row in rows:
        with row.faults_placed():
            prompt, said, good = _answer(row.values)
        by_prompt.setdefault(prompt, {True: [], False: []})[good].append((row, prompt, said))
    for told in by_prompt.values():
        good, bad = told[True], told[False]
        paired = min(len(good), len(bad))
        for first, second in zip(good, bad, strict=False):
            yield _joined(first, second, Choice.A)
        yield from _by_twos(good[paired:], Choice.TIE)
        yield from _by_twos(bad[paired:], Choice.BOTH_BAD)


def _by_twos(left: list[One], choice: Choice) -> Iterator[tuple[Row, Answered]]:
    for first, second in zip(left[::2], left[1::2], strict=False):
        yield _joined(first, second, choice)
    if len(left) % 2:
        with left[-1][0].faults_placed():
            raise RowFault("a second answer to the same prompt somewhere in the file: two make a pair")


def _joined(first: One, second: One, choice: Choice) -> tuple[Row, Answered]:
    extra = {**others(second[0].values, *_USED), **others(first[0].values, *_USED)}
    return first[0], Answered(first[1], first[2], second[2], (Said(choice),), extra)


def _answer(values: Values) -> tuple[Messages, str, bool]:
    label, said = values.get("label"), values.get("completion")
    if not isinstance(label, bool):
        raise RowFault(f"label as true or false, not {kind_of(label)}")
    given = values.get("prompt")
    prompt = messages(given, "prompt") if are_messages(given) else asked(text(values, "prompt"))
    if are_messages(said):
        return prompt, answer(messages(said, "completion"), prompt, "completion"), label
    return prompt, text(values, "completion"), label


FORMAT = Format(
    name="kto",
    title="KTO",
    accepted="prompt, completion and label (true or false)",
    fits=lambda values: "completion" in values and "label" in values,
    read=_read,
    write=_write,
    edits=Over.REJECTED,
)
