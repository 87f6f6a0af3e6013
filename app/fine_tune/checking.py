"""The check before launch, asked of the tokenizer worker for a visitor who may use what the spec names, and
what its mends change. No Gradio components.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr

from app.job_panel.access import reached
from app.row_sets import seen_rows
from app.services import Services
from pipelines.core.errors import ConflictError, GlassworksError, SpecError
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.training.checks.requests import VALIDATION, Checked, Checking, CheckRequest

_MOST_DROPPED = 200_000


def check_events(
    services: Services, spec: Any, request: gr.Request, rows: tuple[int, ...] = ()
) -> Iterator[Checking | Checked]:
    """The progress of the check, then its answer; ``rows`` are the numbers of those to show as tokens. Raises
    a GlassworksError for what is not this visitor's."""
    spec = rows_of(reached(services, spec, request))
    base = parse(spec.base)
    if base.source is Source.HUB and not on_disk(base.rest):
        raise ConflictError(f"{spec.base} is not on this machine yet, so its rows cannot be shown as tokens.")
    asked = CheckRequest(
        spec.to_dict(),
        str(services.rows.path(spec.dataset)) if spec.dataset else "",  # a run may make its own
        str(services.models.tokenizer_folder(spec.base)),
        str(services.rows.path(spec.validation)) if spec.validation else "",
        rows=rows,
    )
    with closing(services.tokenizers.stream(asked)) as events:
        yield from (event for event in events if isinstance(event, (Checking, Checked)))


def rows_of(spec: Any) -> Any:
    """The spec that says what is learnt of the rows: for a distillation, the tuning without its teacher."""
    return getattr(spec, "tuning", spec)


def mend_of(text: object) -> dict[str, Any]:
    """What a button sent, which anyone may have written. Raises SpecError."""
    try:
        mend = json.loads(str(text))
    except (ValueError, RecursionError):
        mend = None
    if not isinstance(mend, dict) or not mend:
        raise SpecError("mend", str(text)[:80], "an object with fields of the spec, or with drop_rows")
    return mend


def without(services: Services, dataset: str, dropped: object, request: gr.Request) -> Any:
    """A data set of this visitor's own: the same rows but for those numbers. Raises a GlassworksError."""
    info = seen_rows(services, dataset, request)
    if not isinstance(dropped, list) or not 1 <= len(dropped) <= _MOST_DROPPED:
        raise SpecError("drop_rows", str(dropped)[:80], "a list of row numbers")
    gone = {number for number in dropped if isinstance(number, int)}
    table = services.rows.table(dataset)
    kept = [row for number, row in zip(table.numbers, table.rows, strict=True) if number not in gone]
    if not kept:
        raise GlassworksError("No row would be left. Bring other rows, or say which column plays which role.")
    lines = "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in kept)
    owner = services.identity.visitor(request).id
    return services.rows.add_text(
        lines, owner, f"{info.title}, {len(table.rows) - len(kept):,} left out"[:80]
    )


def dropped_from(mend: dict[str, Any]) -> str:
    """The spec's field whose data set loses rows."""
    return "validation" if mend.get("file") == VALIDATION else "dataset"
