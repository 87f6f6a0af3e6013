"""A free answer: a name, a word, a list. Compared as SQuAD compares. Standard library only."""

import re

from pipelines.common.metrics import squad_normalised
from pipelines.prompting.extraction.forms import last_named

# The end of a sentence, but not after a title or an initial.
_END = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bMrs)(?<!\b[A-Z])[.!?]+(?=\s+\S|\s*$)")


class Free:
    """Reads what is left of the sentence."""

    def begin(self, text: str) -> tuple[str, int] | None:
        """
        >>> Free().begin(" Mr. Brown. He said so.\\nYes")
        ('Mr. Brown', 10)
        """
        line = text.split("\n", 1)[0]
        end = _END.search(line)
        stop = end.start() if end else len(line.rstrip())
        answer = line[:stop].strip()
        return (answer, stop) if answer else None

    def last(self, text: str) -> str | None:
        """What the last of any form names, else the last line that is not empty.

        >>> Free().last("The last letters are y and a.\\nThe answer is ya."), Free().last("Well,\\nya.\\n")
        ('ya', 'ya')
        """
        named = last_named(text)
        if named is not None and (found := self.begin(named)):
            return found[0]
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return (lines[-1].rstrip(".!") or lines[-1]) if lines else None

    def key(self, answer: str) -> str | None:
        """What SQuAD's normalisation leaves; of an answer that it empties (an article, brackets) the answer
        itself without spaces."""
        return squad_normalised(answer) or "".join(answer.casefold().split()) or None
