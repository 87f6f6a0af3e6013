"""Evaluate tab: benchmarks, a leaderboard with tests between models, language modelling, text metrics."""

from app.evaluate.tab import Evaluate
from app.services import Services


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    Evaluate(services).wire()
