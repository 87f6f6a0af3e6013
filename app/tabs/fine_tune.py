"""Fine-tune tab: have a model learn a task or a manner from rows of data, checked before it is launched."""

from app.fine_tune.tab import FineTune
from app.services import Services


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    FineTune(services).wire()
