"""From a strategy to what its texts must be."""

from pipelines.generation.loop.containing import Containing
from pipelines.generation.loop.grammar import Grammar
from pipelines.generation.loop.search import Constraint
from pipelines.generation.strategy import Strategy


def constraint_of(strategy: Strategy) -> Constraint | None:
    """None for a strategy that has none. Raises SpecError naming ``pattern``."""
    if strategy.constraint == "none":
        return None
    if strategy.constraint == "must_contain":
        return Containing(strategy.pattern)
    return Grammar(strategy.constraint, strategy.pattern)
