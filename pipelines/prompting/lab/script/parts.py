"""The form of a script's parts, and values of people and models in its text. Standard library only."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.texts import is_whole

_WIDE = 92  # characters of a text that still stand on one line
_OWN = ("huggingface_hub", "peft", "torch", "transformers")


@dataclass(frozen=True)
class Part:
    """``imports`` are lines as Python has them; those of which no name is used are left out. ``below``: it
    stands after what a reader wants to see first."""

    code: str
    imports: tuple[str, ...] = ()
    below: bool = False


def part(code: str, *imports: str) -> Part:
    return Part(code.strip("\n"), imports)


def joined_parts(parts: Sequence[Part]) -> str:
    """Two empty lines between them, and above them what they import and use."""
    body = "\n\n\n".join(one.code for one in parts if one.code) + "\n"
    lines = _imports(body, [line for one in parts for line in one.imports])
    return f"{lines}\n\n\n{body}" if lines else body


def value(given: Any, indent: int = 0) -> str:
    """A Python expression of the same value, of texts, lists and objects: nothing in it is ever code.

    >>> print(value({"a": ["it's", 'say "so"'], "b": "two\\nlines"}))
    {
        "a": ["it's", 'say "so"'],
        "b": "two\\nlines",
    }
    """
    pad = " " * indent
    if isinstance(given, (list, tuple)) and all(isinstance(one, str) for one in given):
        line = f"[{', '.join(_text(one, pad) for one in given)}]"
        if len(line) <= _WIDE and "\n" not in line:
            return line
    if isinstance(given, dict):
        lines = [f"{pad}    {_quoted(key)}: {value(one, indent + 4)},\n" for key, one in given.items()]
        return "{\n" + "".join(lines) + pad + "}" if lines else "{}"
    if isinstance(given, (list, tuple)):
        lines = [f"{pad}    {value(one, indent + 4)},\n" for one in given]
        return "[\n" + "".join(lines) + pad + "]" if lines else "[]"
    return _text(given, pad) if isinstance(given, str) else repr(given)


def remark(text: str, most: int = 90) -> str:
    """The text on one line, without what a terminal or an editor would obey.

    >>> remark("a\\nb = 1")
    'a b = 1'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most].strip()


def _text(given: str, pad: str) -> str:
    """A long one line by line."""
    if not is_whole(given):
        raise SpecError("items", given[:60], "text without half surrogate pairs, to be put in a script")
    *lines, last = given.split("\n")
    if len(given) <= _WIDE or not lines:
        return _quoted(given)
    pieces = [f"{line}\n" for line in lines] + ([last] if last else [])
    return "(\n" + "".join(f"{pad}    {_quoted(piece)}\n" for piece in pieces) + pad + ")"


def _quoted(text: str) -> str:
    """As ``repr``, in double quotes unless that would need more escapes."""
    if '"' in text:
        return repr(text)
    return '"' + "".join("'" if c == "'" else repr(c)[1:-1] for c in text) + '"'


def _imports(body: str, lines: Iterable[str]) -> str:
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    whole, of = set(), {}
    for statement in ast.parse("\n".join(lines)).body:
        names = {one.name for one in statement.names if one.name.partition(".")[0] in used}
        if isinstance(statement, ast.Import):
            whole |= {f"import {name}" for name in names}
        elif names:
            of.setdefault(statement.module, set()).update(names)
    told = [
        *sorted(whole),
        *(f"from {module} import {', '.join(sorted(of[module]))}" for module in sorted(of)),
    ]
    theirs = [line for line in told if line.split()[1].partition(".")[0] in _OWN]
    ours = [line for line in told if line not in theirs]
    return "\n\n".join("\n".join(block) for block in (ours, theirs) if block)
