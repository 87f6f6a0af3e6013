"""Search over a collection, which is handed in as a function: this module knows no collection, no index and
no encoder. Standard library only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.core.errors import GlassworksError
from pipelines.prompting.tools.base import MOST, bounded, one_line

Searching = Callable[[str, int], Sequence[tuple[str, str, float]]]
"""``search(query, k)`` → at most ``k`` of (title, text, score), the best first."""

_QUERY = 500
_TITLE, _SNIPPET = 80, 400
_AROUND = 10  # what stands around a title and its snippet


@dataclass(frozen=True)
class Search:
    """Shows the best ``k`` passages, numbered, each cut so that all have room."""

    search: Searching
    k: int = 3
    name: str = "search"
    does: str = "finds passages about what you write, such as the name of a thing"

    def __call__(self, given: str) -> str:
        query = given.strip()
        if not query:
            return "search needs a few words: search[what to look for]"
        if len(query) > _QUERY:
            return f"search accepts at most {_QUERY} characters; these are {len(query):,}."
        try:
            found = list(self.search(query, self.k))[: self.k]
        except GlassworksError as error:
            return bounded(f"The search failed: {error}")
        except Exception:  # the function is not ours, and one step that fails ends no run
            return "The search failed. Go on without it."
        if not found:
            return f'Nothing was found for "{one_line(query)}". Try other words.'
        room = min(_SNIPPET, MOST // self.k - _TITLE - _AROUND)
        return "\n".join(_shown(at, title, text, room) for at, (title, text, _) in enumerate(found, 1))


def _shown(at: int, title: str, text: str, room: int) -> str:
    named = one_line(title, _TITLE)
    return f"[{at}] {named}: {one_line(text, room)}" if named else f"[{at}] {one_line(text, room)}"
