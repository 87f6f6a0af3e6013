"""The marks of a document as a text that is kept beside its own, and back. Standard library only."""

import json
from collections.abc import Iterable

from pipelines.rag.documents.document import Mark

_NEEDLESS = {"row"}  # a chunker does not ask for them, and a table has very many


def marks_text(marks: Iterable[Mark]) -> str:
    """
    >>> marks_text([Mark("heading", 0, 4, "Tide", 1)])
    '[["heading", 0, 4, "Tide", 1]]'
    """
    kept = [(m.kind, m.start, m.end, m.label, m.level) for m in marks if m.kind not in _NEEDLESS]
    return json.dumps(kept)


def marks_of(text: str) -> tuple[Mark, ...]:
    """What :func:`marks_text` made of them."""
    return tuple(Mark(*one) for one in json.loads(text))
