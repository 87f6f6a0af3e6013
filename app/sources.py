"""Under which name a model is shown in code that a visitor takes away."""

from app.identity import Visitor
from app.services import Services
from pipelines.core.settings import REPOSITORY
from pipelines.models.names import Source, parse


def source_of(services: Services, visitor: Visitor, name: str) -> str:
    """What ``from_pretrained`` takes: a Hub name as it is, else the folder. A folder outside the house is the
    owner's to know; another visitor sees the model's name here."""
    if parse(name).source is Source.HUB:
        return name
    folder = services.models.get(name).path
    if folder.is_relative_to(REPOSITORY):
        return str(folder.relative_to(REPOSITORY))
    return str(folder) if visitor.is_owner else name
