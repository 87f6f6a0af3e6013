"""Prompt lab tab: strategies of prompting on the same labelled questions, with honest statistics."""

from app.prompt_lab.tab import PromptLab
from app.services import Services


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    PromptLab(services).wire()
