"""An assembled tree, read once for all checks."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.lasting import lasting
from pipelines.space import front_matter, locks
from pipelines.space.gather import LOCK, README
from pipelines.space.targets import Target


class Tree:
    """``root`` as ``target`` would get it. What cannot be read is empty here; a check says so."""

    def __init__(self, root: Path, target: Target):
        self.root, self.target = root, target

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file by its place in the tree."""
        found = (path for path in sorted(self.root.rglob("*")) if path.is_file() or path.is_symlink())
        return tuple(path.relative_to(self.root).as_posix() for path in found)

    @cached_property
    def front(self) -> dict[str, Any]:
        try:
            return front_matter.read(self.text(README))
        except GlassworksError:
            return {}

    @cached_property
    def requirements(self) -> dict[str, locks.Line]:
        return locks.read(self.text(LOCK))

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """The syntax of each Python file that has one."""
        found = {}
        with lasting():  # a million nodes, and none of them waste
            for name in self.files:
                if name.endswith(".py"):
                    with suppress(SyntaxError, ValueError):
                        found[name] = ast.parse(self.text(name))
        return found

    def text(self, name: str) -> str:
        """A file as text, empty where there is none."""
        try:
            return (self.root / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
        """Every node of these kinds, with its file."""
        for name, module in self.modules.items():
            yield from ((name, node) for node in ast.walk(module) if isinstance(node, kinds))
