"""What is looked at before a tree is uploaded. Each check tells its faults: where, what, and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.space.checks import address, contents, fields, imports, pins, secrets
from pipelines.space.tree import Tree


@dataclass(frozen=True)
class Fault:
    """What the check called ``check`` found."""

    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.message}"


CHECKS: dict[str, Callable[[Tree], Iterator[str]]] = {
    "front matter": fields.front_matter,
    "python": fields.python,
    "links": fields.links,
    "gradio": pins.gradio,
    "pins": pins.exact,
    "torch": pins.torch,
    "imports": imports.required,
    "sizes": contents.sizes,
    "data": contents.data,
    "syntax": contents.syntax,
    "tokens": secrets.tokens,
    "address": address.loopback,
}


def faults(tree: Tree) -> list[Fault]:
    """What all checks found, in their order; nothing is started."""
    return [Fault(name, message) for name, check in CHECKS.items() for message in check(tree)]
