"""Templates with ``{variables}``: read once, filled in one pass. A variable is a name and nothing else.

``str.format`` would let a template reach into what it is given (``{item.__class__}``); here a name is looked
up among texts, and what a value says is never read again. Knows no item. Standard library only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.core.errors import SpecError

_NAME = re.compile(r"[^\W\d][\w-]*(?: [\w-]+)*")
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SPELLING = (
    "variables of letters, digits, _, - and single spaces, such as {question}; write {{ and }} for braces"
)


@dataclass(frozen=True)
class Variable:
    name: str


Part = str | Variable


def parse(source: str, field: str = "template") -> tuple[Part, ...]:
    """The template's own texts and its variables, in order. Raises :class:`SpecError` naming ``field`` for a
    brace that stands alone and for what is no plain name: ``{a.b}``, ``{a!r}``, ``{a:>9}``, ``{0}``, ``{}``.

    >>> parse("Q: {question} {{sic}}")
    ('Q: ', Variable(name='question'), ' {sic}')
    """
    parts: list[Part] = []
    text, at = "", 0
    for found in _PART.finditer(source):
        text += source[at : found.start()]
        at = found.end()
        if found[0] in ("{{", "}}"):
            text += found[0][0]
            continue
        if found[1] is None or not _NAME.fullmatch(found[1]):
            raise SpecError(field, _around(source, found), _SPELLING)
        parts += [text, Variable(found[1])]
        text = ""
    return tuple(part for part in (*parts, text + source[at:]) if part)


def names(parts: Sequence[Part]) -> tuple[str, ...]:
    """The variables, each once, in the order of their first place."""
    return tuple(dict.fromkeys(part.name for part in parts if isinstance(part, Variable)))


def fill(parts: Sequence[Part], values: Mapping[str, str]) -> str:
    """The text with each variable's value in its place; ``values`` has all of them. A variable that is empty
    takes the template's white space before it along, at the very beginning that after it: a prompt without an
    instruction does not end in a space.

    >>> fill(parse("{question} {instruction}"), {"question": "1 + 1 = {x}?", "instruction": ""})
    '1 + 1 = {x}?'
    """
    told: list[str] = []
    own = False  # whether what was told last is the template's own text
    for part in parts:
        text = part if isinstance(part, str) else values[part.name]
        if not text and own:
            told[-1] = told[-1].rstrip()
        elif isinstance(part, str) and told and not any(told):
            text = text.lstrip()
        told.append(text)
        own = isinstance(part, str) or (own and not text)
    return "".join(told)


def _around(source: str, found: re.Match[str]) -> str:
    """What is wrong, with a little of what stands around a brace that is alone."""
    if found[1] is not None:
        return found[0]
    return source[max(0, found.start() - 10) : found.end() + 10]
