"""What a visitor may have a search do on this machine. Whose a collection is, the service checks."""

from app.access import check_model
from app.identity import Visitor
from pipelines.rag.specs import SearchSpec


def check_search(spec: SearchSpec, visitor: Visitor) -> None:
    """A reranker is fetched from the Hub or read from this disk: for the owner alone. Raises
    NotAllowedError."""
    if spec.reranker:
        check_model(spec.reranker, visitor)
