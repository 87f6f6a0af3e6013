"""Requirement lines: read from a lock, and written for a target whose PyTorch is another.

A line of the lock is ``name==version ; marker  # what needs it``.
"""

import re
from dataclasses import dataclass

from pipelines.space.targets import Target

_PINNED = re.compile(r"==\s*([\w.!+]+)$")
_LINE = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*])?\s*([^;]*?)\s*(;.*)?$")


@dataclass(frozen=True)
class Line:
    """One requirement. ``version`` is empty where the line pins none; ``by`` names what asked for it."""

    name: str
    version: str
    text: str
    by: tuple[str, ...] = ()


def canonical(name: str) -> str:
    """As package indexes compare names: ``Foo.Bar_baz`` → ``foo-bar-baz``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(text: str) -> dict[str, Line]:
    """The requirements by canonical name; comments, empty lines and options of pip are no requirements."""
    found = {}
    for raw in text.splitlines():
        wanted, _, by = raw.partition("#")
        if (match := _LINE.match(wanted.strip())) is None:
            continue
        pin = _PINNED.match(match[2])
        needs = tuple(one.strip() for one in by.split(",") if one.strip())
        line = Line(canonical(match[1]), pin[1] if pin else "", wanted.strip(), needs)
        found[line.name] = line
    return found


def written(text: str, target: Target, index: str = "") -> str:
    """The lock for ``target``. ``index`` is the address of one more package index, such as PyTorch's of CPU
    builds.

    With another PyTorch than the lock's, what only PyTorch asked for is left to it: its versions differ. All
    other pins stay.
    """
    lines = read(text)
    kept = [line.text for line in lines.values() if not target.torches or not _of_torch(line)]
    pins = [f"torch=={target.torches[0]}"] if target.torches else []
    extra = [one for one in target.packages if one.partition("==")[0] not in lines]
    head = [f"# Made by `make space` from requirements.txt, for the hardware {target.hardware[0]}."]
    options = [f"--extra-index-url {index}"] if index else []
    return "\n".join([*head, *options, *pins, *kept, *extra, ""])


def _of_torch(line: Line) -> bool:
    return line.name == "torch" or line.by == ("torch",)
