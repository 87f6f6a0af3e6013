"""What every tool is: a name, what it does in few words, and a call from text to text. A tool never raises at
what a model writes: a fault is an observation too, and says what is accepted. Standard library only.
"""

from typing import Protocol

MOST = 2_000  # characters of an observation
_SHOWN = 80


class Tool(Protocol):
    """``does`` stands in the instruction, behind the name."""

    name: str
    does: str

    def __call__(self, given: str) -> str:
        """The observation, one of at most :data:`MOST` characters."""


class RefusedError(Exception):
    """Inside a tool: the message is the observation."""


def bounded(text: str, most: int = MOST) -> str:
    """
    >>> bounded("1234567890" * 9, 40)
    '123456789012345678… (cut: 90 characters)'
    """
    end = f"… (cut: {len(text):,} characters)"
    return text if len(text) <= most else text[: most - len(end)] + end


def one_line(text: str, most: int = _SHOWN) -> str:
    """Foreign text to be named in an observation: in one line, and short."""
    flat = " ".join(text[: 4 * most].split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
