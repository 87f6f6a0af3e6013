"""Where a passage stands in the documents of a collection: for what is imported, and for what was kept while
a document changed. Texts are asked for one by one; nothing else is known of the collection.
"""

import re
from collections.abc import Callable, Sequence

from pipelines.core.errors import SpecError
from pipelines.rag.measuring.questions import MOST_GOLD_CHARS, Gold, Question

MOST_SEARCHED = 20_000_000  # characters that are searched for passages whose document is not named


class Documents:
    """``names`` of a collection's documents and ``text(name)``."""

    def __init__(self, names: Sequence[str], text: Callable[[str], str]):
        self._names, self._read = tuple(dict.fromkeys(names)), text
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        if name not in self._texts:
            self._texts[name] = self._read(name)
        return self._texts[name]

    def named(self, name: str) -> str | None:
        """The document of that name; a name without its ending will do where only one fits."""
        if name in self._names:
            return name
        fitting = [one for one in self._names if one.rpartition(".")[0] == name]
        return fitting[0] if len(fitting) == 1 else None

    def place(self, passage: str, document: str) -> Gold | None:
        """Where the passage stands for the first time in that document; line breaks and runs of spaces count
        as one space."""
        text = self.text(document)
        start = text.find(passage)
        if start >= 0:
            return _gold(document, text, start, start + len(passage))
        words = passage.split()
        spaced = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
        return _gold(document, text, *spaced.span()) if spaced else None

    def anywhere(self, passage: str) -> Gold | None:
        """The first document that has it. Raises :class:`SpecError` for a collection too large for that."""
        searched = 0
        for name in self._names:
            if found := self.place(passage, name):
                return found
            searched += len(self.text(name))
            if searched > MOST_SEARCHED:
                raise SpecError(
                    "document", "nothing", "the name of the document: there is too much to search"
                )
        return None

    def again(self, gold: Gold) -> Gold | None:
        """The same place in the document as it is now; None where document or words are gone."""
        if gold.document not in self._names:
            return None
        text = self.text(gold.document)
        if gold.whole:
            return gold
        if text[gold.start : gold.end] == gold.text:
            return gold
        return self.place(gold.text, gold.document)


def golds_now(question: Question, documents: Documents) -> tuple[Gold, ...]:
    """The places of the question that are still there."""
    return tuple(found for gold in question.gold if (found := documents.again(gold)))


def _gold(document: str, text: str, start: int, end: int) -> Gold:
    end = min(end, start + MOST_GOLD_CHARS)
    return Gold(document, start, end, text[start:end])
