"""What the generators of instructions hand on: a conversation and the skill that it teaches.

Standard library only.
"""

import re
from dataclasses import dataclass
from typing import Any

_END = re.compile(r'(?<=[.!?])(["\']?)\s+(?=["\']?[A-Z])')


@dataclass(frozen=True)
class Row:
    """``turns`` are what the user and the assistant say, in turn; ``system`` may come before them."""

    skill: str
    turns: tuple[str, ...]
    system: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.turns)

    def to_json(self) -> dict[str, Any]:
        """A line of a data set in the *messages* format."""
        roles = ("user", "assistant")
        told = [{"role": roles[i % 2], "content": turn} for i, turn in enumerate(self.turns)]
        first = [{"role": "system", "content": self.system}] if self.system else []
        return {"messages": first + told, "skill": self.skill}


def sentences(text: str) -> list[str]:
    """Cut after an end mark that a capital follows; a quotation mark stays with what it closes.

    >>> sentences('"Stop!" said Tom. He ran. It was 3.5 miles.')
    ['"Stop!" said Tom.', 'He ran.', 'It was 3.5 miles.']
    """
    marked = _END.sub(lambda match: match[1] + "\0", text)
    return [part.strip() for line in marked.split("\n") for part in line.split("\0") if part.strip()]
