"""A filter: steps that turn what a model wrote into what is compared. Standard library only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

INVALID = "[invalid]"  # stands where nothing was found, as in lm-evaluation-harness
Texts = tuple[str, ...]
Row = Mapping[str, Any]
Step = Callable[[Texts, Row], Texts]


@dataclass(frozen=True)
class Filter:
    """``name`` is lm-evaluation-harness's. The steps see all texts of one item, and its row."""

    name: str
    steps: tuple[Step, ...] = ()

    def read(self, texts: Texts, row: Row | None = None) -> str:
        """The first of the texts that the steps leave.

        >>> Filter("last", (lambda texts, row: texts[::-1],)).read(("a", "b"))
        'b'
        """
        for step in self.steps:
            texts = step(texts, row or {})
        return texts[0]
