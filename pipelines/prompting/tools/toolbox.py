"""Which tools a run may use, and with what: a spec, and the tools that are made of it."""

from dataclasses import dataclass
from typing import NoReturn

from pipelines.common.sandbox.run import Limits
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.fields import check, knob
from pipelines.prompting.tools.base import Tool
from pipelines.prompting.tools.calculator import Calculator
from pipelines.prompting.tools.finish import Finish
from pipelines.prompting.tools.lookup import Lookup
from pipelines.prompting.tools.python import LIMITS, Python
from pipelines.prompting.tools.search import Search, Searching
from pipelines.prompting.tools.table import MOST_CHARACTERS, read_table

NAMES = ("calculator", "lookup", "search", "python")


@dataclass(frozen=True)
class ToolSpec:
    """*finish* is always there. Raises :class:`SpecError` for a field that cannot be used."""

    tools: tuple[str, ...] = knob(
        ("calculator",),
        label="Tools",
        help=f"What the model may call: {', '.join(NAMES)}.",
        high=len(NAMES),
    )
    table: str = knob(
        "",
        label="Table",
        help="For lookup: CSV, or JSON as a list of objects. The first column names the rows.",
        max_chars=MOST_CHARACTERS,
    )
    collection: str = knob(
        "",
        label="Collection",
        help="For search: the id of a collection of documents, or `lessons`.",
        max_chars=40,
    )
    results: int = knob(3, label="Search results", help="Passages that a search shows.", low=1, high=10)
    seconds: int = knob(
        LIMITS.seconds,
        label="Seconds of Python",
        help="Computing time of one run; twice as long if it waits.",
        low=1,
        high=60,
        advanced=True,
    )
    memory: int = knob(
        LIMITS.memory >> 20,
        label="Memory of Python, MB",
        help="Address space of one run.",
        low=64,
        high=4096,
        advanced=True,
    )

    def __post_init__(self) -> None:
        check(self)
        for name in self.tools:
            if name not in NAMES or self.tools.count(name) > 1:
                raise SpecError("tools", name, f"each of {', '.join(NAMES)} at most once")
        if "lookup" in self.tools:
            read_table(self.table)
        if "search" in self.tools and not self.collection.strip():
            raise SpecError("collection", self.collection, "the id of a collection where search is a tool")


def make(spec: ToolSpec, search: Searching | None = None) -> dict[str, Tool]:
    """Name → tool, in the order of :data:`NAMES`, *finish* last.

    ``search`` is that of the chosen collection; without it the tools can be told of, and a search says that
    it failed.
    """
    limits = Limits(spec.memory << 20, spec.seconds, LIMITS.output)
    made = {
        "calculator": Calculator,
        "lookup": lambda: Lookup(read_table(spec.table)),
        "search": lambda: Search(search or _nowhere, spec.results),
        "python": lambda: Python(limits),
    }
    chosen = [made[name]() for name in NAMES if name in spec.tools]
    return {tool.name: tool for tool in (*chosen, Finish())}


def _nowhere(query: str, k: int) -> NoReturn:
    raise GlassworksError("No collection is open here.")
