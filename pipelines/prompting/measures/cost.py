"""What a cell costs, from the price of a million tokens. Standard library only."""

from dataclasses import dataclass

from pipelines.core.fields import check, knob
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.measures.graded import Cell

_MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """In whatever currency the visitor thinks of."""

    prompt: float = knob(
        0.0, label="Price of prompts", low=0, high=100_000, help="For a million tokens that the model reads."
    )
    completion: float = knob(
        0.0, label="Price of answers", low=0, high=100_000, help="For a million tokens that it writes."
    )

    def __post_init__(self) -> None:
        check(self)

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """
        >>> Prices(0.5, 2.0).of(1_000_000, 250_000)
        1.0
        """
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / _MILLION


@dataclass(frozen=True)
class Cost:
    """``per_item`` is None without items, ``per_right`` where no answer is right."""

    total: float
    per_item: float | None
    per_right: float | None


def cost(cell: Cell, prices: Prices, rule: str = FLEXIBLE) -> Cost:
    total = sum(prices.of(one.prompt_tokens, one.completion_tokens) for one in cell.items)
    right = sum(cell.rights(rule))
    return Cost(total, total / len(cell.items) if cell.items else None, total / right if right else None)
