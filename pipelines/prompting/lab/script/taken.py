"""Functions and classes of this project as they stand in a script: their own source, so that a script reads
and reckons as the lab does. Only for modules that need nothing but the standard library and each other.
"""

import ast
import inspect
import re
from types import ModuleType

from pipelines.prompting.lab.script.parts import Part

_HOUSE = "pipelines"


def taken(module: ModuleType, *names: str, without: str = "") -> Part:
    """These of its names with all of the module that they use; without names, the whole module. Private names
    get the module's before them, for another module may have the same. ``without`` is the name of a module
    whose own names are to stand alone."""
    source = inspect.getsource(module)
    lines, tree = source.splitlines(), ast.parse(source)
    defined = {name: node for node in tree.body for name in _names(node)}
    wanted = _with_what_they_use(names or tuple(defined), defined)
    kept = dict.fromkeys(node for name, node in defined.items() if name in wanted)
    code = _in_order(lines, sorted(kept, key=lambda node: node.lineno))
    short = module.__name__.rpartition(".")[2]
    for name in (one for one in defined if one.startswith("_")):
        code = re.sub(rf"(?<!\w){name}(?!\w)", f"_{short}{name}", code)
    if without:
        code = re.sub(rf"(?<![\w.]){without}\.", "", code)
    return Part(code, tuple(map(ast.unparse, filter(_foreign, tree.body))), below=True)


def _names(node: ast.stmt) -> list[str]:
    """What a statement of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [one.id for target in targets if target for one in ast.walk(target) if isinstance(one, ast.Name)]


def _with_what_they_use(names: tuple[str, ...], defined: dict[str, ast.stmt]) -> set[str]:
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            used = (one.id for one in ast.walk(defined[name]) if isinstance(one, ast.Name))
            waiting += [one for one in used if one in defined]
    return found


def _in_order(lines: list[str], nodes: list[ast.stmt]) -> str:
    """The statements with the remarks above them."""
    text = ""
    for node in nodes:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))]) - 1
        while first and lines[first - 1].startswith("#"):
            first -= 1
        wide = isinstance(node, (ast.FunctionDef, ast.ClassDef)) or text.rpartition("\n")[2].startswith(" ")
        text += ("\n\n\n" if wide else "\n") * bool(text) + "\n".join(lines[first : node.end_lineno])
    return text


def _foreign(node: ast.stmt) -> bool:
    """An import of something else than this project."""
    if isinstance(node, ast.ImportFrom):
        return not (node.module or "").startswith(_HOUSE)
    return isinstance(node, ast.Import)
