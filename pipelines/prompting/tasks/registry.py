"""All task sets by name: what the page lists and a job asks for. Reads no item."""

from pipelines.core.errors import SpecError
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.all import MADE
from pipelines.prompting.tasks.public.sets import PUBLIC

KINDS: dict[str, Kind] = {
    **{name: one.kind for name, one in MADE.items()},
    **{name: one.kind for name, one in PUBLIC.items()},
}


def kind_named(name: object) -> tuple[Kind, str]:
    """(kind, the part that is asked for, or empty) of ``arithmetic`` or ``bbh/navigate``. Raises
    :class:`SpecError` with the valid names."""
    whole, slash, part = name.partition("/") if isinstance(name, str) else ("", "", "")
    kind = KINDS.get(whole)
    if kind is None:
        raise SpecError("task", name, f"one of {', '.join(KINDS)}")
    if slash and part not in kind.parts:
        parts = (
            f"{whole}/ and one of {', '.join(kind.parts)}" if kind.parts else f"{whole}, which has no parts"
        )
        raise SpecError("task", name, parts)
    return kind, part
