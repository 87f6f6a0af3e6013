"""Every import of the app is installed on the Space: its package stands in ``requirements.txt``."""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

from pipelines.space.gather import LOCK
from pipelines.space.locks import canonical
from pipelines.space.tree import Tree

# Imported only where they are there: Ray by a setting, langdetect by IFEval, spaces by ZeroGPU itself.
_OPTIONAL = {"ray", "langdetect", "spaces"}


def required(tree: Tree) -> Iterator[str]:
    """Modules whose package is not in the requirements, each with a file that wants it."""
    own = {name.partition("/")[0].removesuffix(".py") for name in tree.files}
    packages = _distributions()
    for module, file in sorted(_imported(tree).items()):
        if module in own or module in sys.stdlib_module_names or module in _OPTIONAL:
            continue
        owners = {canonical(one) for one in packages.get(module, [module])}
        if not owners & set(tree.requirements):
            names = " or ".join(sorted(owners))
            yield f"{file} imports {module}, but {LOCK} does not name {names}."


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Module → the installed packages that bring it; a module of none is sought by its own name."""
    return packages_distributions()


def _imported(tree: Tree) -> dict[str, str]:
    """The top-level modules of absolute imports → the first file that has one."""
    found: dict[str, str] = {}
    for file, node in tree.nodes(ast.Import, ast.ImportFrom):
        if file.startswith("assets/"):  # recipes: the app runs none of them
            continue
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for name in names if not getattr(node, "level", 0) else ():
            found.setdefault(name.partition(".")[0], file)
    return found
