"""Preferences tab: collect pairs from people, train on them, and vote again to see whether it worked."""

from app.preferences.tab import Preferences
from app.services import Services


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    Preferences(services).wire()
