"""Which models may answer in a visitor's round. Page and API ask here before the service does anything."""

from dataclasses import replace

from app.access import entry_of
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.models.names import Source, parse
from pipelines.preferences.records import Round
from pipelines.preferences.specs import RoundSpec

ANSWERING = (
    "model_a",
    "model_b",
    "system",
    "max_new_tokens",
    "temperature_a",
    "temperature_b",
    "top_p",
    "seed",
)


def check_round(services: Services, visitor: Visitor, spec: RoundSpec) -> None:
    """Raises a GlassworksError for a model that is not there, not for this visitor, or writes no text."""
    for field in ("model_a", "model_b"):
        name = getattr(spec, field)
        if parse(name).source is Source.ENDPOINT:
            raise SpecError(field, name, "a model that runs here; servers are not asked for pairs")
        entry = entry_of(services, visitor, name)
        if entry is not None and "causal-lm" not in entry.capabilities:
            raise SpecError(field, name, "a model that continues text, as /models lists them (causal-lm)")


def made_round(services: Services, visitor: Visitor, spec: RoundSpec) -> Round:
    """A new round of this visitor's."""
    check_round(services, visitor, spec)
    return services.preferences.create(spec, visitor.id, visitor.name)


def otherwise(services: Services, visitor: Visitor, spec: RoundSpec, changes: dict) -> RoundSpec | None:
    """The round's settings with these changes, checked; None where there are none."""
    if not changes:
        return None
    unknown = [name for name in changes if name not in ANSWERING]
    if unknown:
        raise SpecError("settings", unknown[0], f"only {', '.join(ANSWERING)}")
    changed = replace(spec, **changes)
    check_round(services, visitor, changed)
    return changed
