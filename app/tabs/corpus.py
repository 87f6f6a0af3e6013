"""Corpus tab: see what a text collection holds, clean it, and see it as the rows that a training reads."""

from app.services import Services
from app.tabs.corpus_part import CorpusPart


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    CorpusPart(services).wire()
