"""Source code: the whole text as it is, with marks on what functions and classes are called. Python by its
syntax tree, other languages by the look of their lines."""

import ast
import warnings
from typing import BinaryIO

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.decoding import text_of
from pipelines.rag.documents.draft import Draft
from pipelines.rag.documents.formats.signatures import PYTHON, Found, signatures
from pipelines.rag.documents.normal import one_line, seen

_UNNAMED = (".css", ".scss", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".xml")  # nothing in them has a name
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    text = seen(text_of(source, draft))
    if not text.strip():
        raise GlassworksError("it is empty; a document with some text is accepted.")
    draft.title = name
    draft.add_raw(text)
    for start, end, level in _marked(text, name.lower()):
        draft.mark("heading", start, end, one_line(text[start:end]), min(level, 6))


def _marked(text: str, name: str) -> list[Found]:
    if name.endswith(_UNNAMED):
        return []
    if not name.endswith((".py", ".pyi")):
        return signatures(text)
    try:
        return _python(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # of another version, or half a program
        return signatures(text, PYTHON)


def _python(text: str) -> list[Found]:
    """(start, end, level) of ``def name`` and ``class Name``, however deep, without recursion."""
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(text)
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: list[Found] = []
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack:
        node, level = stack.pop()
        if isinstance(node, _DEFINITIONS):
            line = lines[node.lineno - 1]
            column = len(line.encode()[: node.col_offset].decode())
            if name := PYTHON[0].match(line, column):
                start = starts[node.lineno - 1]
                found.append((start + name.start("told"), start + name.end("told"), level))
            level += 1
        stack += [(child, level) for child in ast.iter_child_nodes(node)]
    return sorted(found)
