"""Everything that is kept of a visitor, kind by kind: told, packed, forgotten. Every method takes the
visitor's id and touches nothing of another's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.errors import message_of
from app.services import Services
from app.your_data import brought, made, said
from app.your_data.kind import File, Gone, Kind, Left
from pipelines.core.errors import SpecError
from pipelines.core.held import Held


@dataclass(frozen=True)
class Told:
    """How much there is of one kind."""

    kind: Kind
    held: Held
    more: str


class Yours:
    """Safe to share between threads."""

    def __init__(self, services: Services):
        # Jobs first: what reads a file goes before the file.
        self.kinds = (*made.kinds(services), *said.kinds(services), *brought.kinds(services))

    def told(self, visitor: str, names: Sequence[str] = ()) -> tuple[Told, ...]:
        found = ((kind, kind.held(visitor)) for kind in self.named(names))
        return tuple(Told(kind, held, _more(kind, held, visitor)) for kind, held in found)

    def files(self, visitor: str, names: Sequence[str] = ()) -> Iterator[File]:
        """Of these kinds, of all where none is named; made as they are read."""
        for kind in self.named(names):
            yield from kind.files(visitor)

    def forget(self, visitor: str, names: Sequence[str] = ()) -> dict[str, Gone]:
        """Delete these kinds, all where none is named. One that fails does not keep the others."""
        return {kind.name: _forgotten(kind, visitor) for kind in self.named(names)}

    def named(self, names: Sequence[str]) -> tuple[Kind, ...]:
        """Raises SpecError for a kind that there is not."""
        known = [kind.name for kind in self.kinds]
        if not isinstance(names, list | tuple) or any(one not in known for one in names):
            raise SpecError("kinds", names, f"a list of some of {', '.join(known)}, or none for all")
        return tuple(kind for kind in self.kinds if not names or kind.name in names)


def _more(kind: Kind, held: Held, visitor: str) -> str:
    """A name in a round is told of also where there is no vote yet."""
    return kind.more(visitor) if held.count or kind.name == "votes" else ""


def _forgotten(kind: Kind, visitor: str) -> Gone:
    try:
        return kind.forget(visitor)
    except Exception as error:
        return Gone(0, (Left(kind.title, message_of(error)),))
