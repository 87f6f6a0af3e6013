"""Text of people in the text of a program: what they wrote stays a value or a remark, whatever it says.
Standard library only.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_WIDE = 96  # characters of a value that still stand on its line
_PIECE = 80
_ESCAPED = {'"': '\\"', "'": "'"}


def literal(value: Any) -> str:
    """A Python expression of the same value. A text too long for a line is written in pieces.

    >>> print(literal("it's"), literal("two\\nlines"))
    "it's" "two\\nlines"
    """
    if isinstance(value, str):
        whole = _quoted(value)
        if len(whole) <= _WIDE:
            return whole
        pieces = (value[at : at + _PIECE] for at in range(0, len(value), _PIECE))
        return "(\n" + "".join(f"    {_quoted(piece)}\n" for piece in pieces) + ")"
    return repr(value)


def listed(values: Iterable[str]) -> str:
    """A list of texts: on one line where they fit, else one a line."""
    items = [literal(value) for value in values]
    line = f"[{', '.join(items)}]"
    if len(line) <= _WIDE and "\n" not in line:
        return line
    return "[\n" + "".join(f"{indented(item)},\n" for item in items) + "]"


def remark(text: str, most: int = 80) -> str:
    """The text on one line, without what a terminal or an editor would obey.

    >>> remark("a\\nb = 1")
    'a b = 1'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most].strip()


def called(function: str, arguments: Mapping[str, str]) -> str:
    """A call with each argument on a line of its own; a value may be several lines, and may end in a remark
    after two spaces and a hash."""
    return f"{function}(\n" + "".join(_argument(name, value) for name, value in arguments.items()) + ")"


def indented(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line if line else line for line in text.split("\n"))


def _argument(name: str, value: str) -> str:
    expression, hash_, why = value.partition("  # ")
    line = f"{name}={expression},{hash_}{why}" if name else f"{expression},{hash_}{why}"
    return indented(line) + "\n"


def _quoted(text: str) -> str:
    """As ``repr``, in double quotes unless that would need more escapes."""
    if '"' in text and "'" not in text:
        return repr(text)
    return '"' + "".join(_ESCAPED.get(c) or repr(c)[1:-1] for c in text) + '"'
