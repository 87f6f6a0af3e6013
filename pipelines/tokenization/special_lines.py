"""Special tokens written as lines: ``bos+eos=<|end|>``, ``mask+lstrip=<|mask|>`` or just ``<|user|>``.

Before the equals sign stand roles and flags, joined by plus signs. Standard library only.
"""

from dataclasses import dataclass

from pipelines.core.errors import SpecError

ROLES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
FLAGS = ("lstrip", "rstrip", "single_word", "normalized")
FORM = (
    f"lines such as <|user|> or bos+eos=<|endoftext|>; before '=' stand any of {', '.join((*ROLES, *FLAGS))}"
)


@dataclass(frozen=True)
class SpecialLine:
    """A token, the roles that it fills, and how it is found in a text."""

    text: str
    roles: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def read_lines(lines: tuple[str, ...]) -> tuple[SpecialLine, ...]:
    """Raises :class:`SpecError` for an empty token, one that is there twice, or a role that two fill."""
    read = tuple(_read(line) for line in lines)
    texts = [line.text for line in read]
    roles = [role for line in read for role in line.roles]
    for found, what in ((texts, "each token once"), (roles, "each role once")):
        double = next((value for value in found if found.count(value) > 1), None)
        if double is not None:
            raise SpecError("special_tokens", double, what)
    return read


def _read(line: str) -> SpecialLine:
    before, equals, after = line.partition("=")
    words = before.split("+")
    if equals and all(word in (*ROLES, *FLAGS) for word in words):
        text = after
    else:
        words, text = [], line
    if not text.strip():
        raise SpecError("special_tokens", line, FORM)
    roles = tuple(word for word in words if word in ROLES)
    return SpecialLine(text, roles, tuple(word for word in words if word in FLAGS))
