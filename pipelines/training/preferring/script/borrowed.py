"""Functions of this repository as text for a script: their source, and that of what they use."""

import ast
import inspect
from collections.abc import Iterable
from types import ModuleType

from pipelines.training.tuning.script.facts import Part, part


def borrowed(module: ModuleType, names: Iterable[str]) -> Part:
    """The definitions of these names and of all that they use of the module, in its order, with what they
    import."""
    source = inspect.getsource(module)
    tree = ast.parse(source)
    made = {name: node for node in tree.body for name in _defined(node)}
    wanted, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name in made and name not in wanted:
            wanted.add(name)
            left += _used(made[name])
    nodes = [node for node in tree.body if wanted & _defined(node)]
    code = "".join(_between(node) + (ast.get_source_segment(source, node) or "") for node in nodes)
    return part(code, ", ".join(_imports(tree, {used for node in nodes for used in _used(node)})))


def _between(node: ast.stmt) -> str:
    return "\n\n\n" if isinstance(node, ast.FunctionDef | ast.ClassDef) else "\n"


def _defined(node: ast.stmt) -> set[str]:
    """The names that a statement of a module makes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _used(node: ast.stmt) -> list[str]:
    return [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]


def _imports(tree: ast.Module, used: set[str]) -> list[str]:
    """As :func:`part` takes them."""
    found = []
    for node in tree.body:
        for alias in getattr(node, "names", ()):
            if (alias.asname or alias.name) in used:
                found.append(
                    f"{node.module}:{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
                )
    return found
