"""What is odd about a data set and the responses to it, so that a low accuracy is not laid to the model: a
label that no response ever names, wanted answers that are none of their kind, responses without an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.prompting.calls import Item
from pipelines.prompting.extraction.kinds import KINDS, LABEL, LETTER
from pipelines.prompting.extraction.reading import Reading

_SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """``about`` is ``label``, ``wanted`` or ``unread``; ``count`` how many items it concerns."""

    about: str
    text: str
    count: int


def findings(reading: Reading, items: Sequence[Item], responses: Sequence[str]) -> list[Finding]:
    """``responses`` are all there are, of whatever cell: in any order and number."""
    return [
        *unreadable(reading, items),
        *absent_labels(reading, items, responses),
        *unread(reading, responses),
    ]


def unreadable(reading: Reading, items: Sequence[Item]) -> list[Finding]:
    """Wanted answers that cannot be read as their kind: no response can be the same as they."""
    bad = [item for item in items if reading.key(item.answer, item.choices) is None]
    if not bad:
        return []
    shown = ", ".join(f"{item.id} ({item.answer[:40]!r})" for item in bad[:_SHOWN])
    what = KINDS[reading.kind].split(":")[0].lower()
    return [
        Finding(
            "wanted", f"{_items(len(bad))} want an answer that is not {what}: {shown}{_more(bad)}.", len(bad)
        )
    ]


def absent_labels(reading: Reading, items: Sequence[Item], responses: Sequence[str]) -> list[Finding]:
    """Labels that stand in no response, in whatever case: misspelt in the data, or unknown to the model."""
    if reading.kind != LABEL or not responses:
        return []
    found = []
    for label in reading.labels:
        told = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)".replace(r"\ ", r"\s+"), re.I)
        if not any(told.search(response) for response in responses):
            wanted = sum(reading.same(item.answer, label) for item in items)
            text = f"No response names the label {label!r}, which {_items(wanted)} want."
            found.append(Finding("label", text, wanted))
    return found


def unread(reading: Reading, responses: Sequence[str]) -> list[Finding]:
    """Responses in which even the flexible reading finds nothing. Letters are left out: they depend on the
    options of their item."""
    if reading.kind == LETTER:
        return []
    flexible = replace(reading, pattern="")
    empty = sum(flexible.read(response).flexible is None for response in responses)
    if not empty:
        return []
    text = f"In {empty:,} of {len(responses):,} responses stands no answer of this kind."
    return [Finding("unread", text, empty)]


def _items(count: int) -> str:
    return f"{count:,} item" + "s" * (count != 1)


def _more(bad: Sequence[Item]) -> str:
    return f" and {len(bad) - _SHOWN:,} more" if len(bad) > _SHOWN else ""
