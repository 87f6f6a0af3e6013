"""RAG chat tab: answers from one's own documents, each stage to be seen and each claim to be traced."""

from app.rag.tab import RagChat
from app.services import Services


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    RagChat(services).wire()
