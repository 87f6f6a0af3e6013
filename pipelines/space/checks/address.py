"""The app listens where the Hub can reach it: nothing in the tree sets the address to loopback."""

import ast
import re
from collections.abc import Iterator

from pipelines.space.tree import Tree

_VARIABLE = "GRADIO_SERVER_NAME"
_LOOPBACK = r"localhost|127(?:\.\d+){3}|::1|\[::1]"
# Where it is set outside Python: a shell's line, a Dockerfile, YAML, the README's fields.
_SET = re.compile(rf"\b(?:{_VARIABLE}|server_name)\b[\"']?\s*[=: ]\s*[\"']?(?:{_LOOPBACK})(?![\w.])", re.I)
_TEXTS = ("README.md", "Dockerfile", "Makefile")
_SUFFIXES = (".sh", ".toml", ".yaml", ".yml", ".cfg", ".ini", ".env")


def loopback(tree: Tree) -> Iterator[str]:
    """Each place with its line."""
    for name, node in tree.nodes(ast.Call, ast.Assign, ast.AnnAssign, ast.Dict):
        if any(_is_loopback(value) for value in _addresses(node)):
            yield _told(name, node.lineno)
    for name in tree.files:
        if name in _TEXTS or name.endswith(_SUFFIXES):
            text = tree.text(name)
            for match in _SET.finditer(text):
                yield _told(name, text.count("\n", 0, match.start()) + 1)


def _addresses(node: ast.Call | ast.Assign | ast.AnnAssign | ast.Dict) -> Iterator[ast.expr | None]:
    """What this node sets the server's name to: an argument of any call, an entry, a variable."""
    if isinstance(node, ast.Dict):
        yield from (v for k, v in zip(node.keys, node.values, strict=True) if _names_it(k))
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(_names_it(getattr(target, "slice", target)) for target in targets):
            yield node.value
    else:
        yield from (word.value for word in node.keywords if word.arg in ("server_name", _VARIABLE))
        if node.args and _names_it(node.args[0]):  # as os.environ.setdefault has it: a name, then a value
            yield from node.args[1:2]


def _names_it(node: ast.expr | None) -> bool:
    name = node.value if isinstance(node, ast.Constant) else getattr(node, "id", getattr(node, "attr", ""))
    return name in ("server_name", "SERVER_NAME", _VARIABLE)


def _is_loopback(node: ast.expr | None) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and re.fullmatch(_LOOPBACK, value.strip(), re.I) is not None


def _told(name: str, line: int) -> str:
    return (
        f"{name}, line {line}, sets the server's name to loopback, where no Space is reached. Leave it "
        f"unset: the Hub sets {_VARIABLE}."
    )
