"""Which results a visitor may see: those of the models that are for them, and what was read of their own
files. Every handler is public, so every handler asks here.
"""

from typing import Any

import gradio as gr

from app.access import check_model
from app.identity import Visitor
from app.job_panel.access import seen_jobs
from app.services import Services
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.evaluation.results.board import Board
from pipelines.evaluation.results.records import Result
from pipelines.models.names import Source, parse

_MOST_JOBS = 10_000


def seen_models(services: Services, request: gr.Request) -> tuple[str, ...]:
    """Of the models that there are results of."""
    visitor = services.identity.visitor(request)
    names = services.evaluation.models()
    if visitor.is_owner:
        return names
    own = {job.id for job in seen_jobs(services, request, _MOST_JOBS)}
    return tuple(name for name in names if _is_for(visitor, name, own))


def seen_board(services: Services, request: gr.Request) -> Board:
    reader = services.identity.visitor(request).id
    return services.evaluation.leaderboard(seen_models(services, request), reader)


def seen_result(services: Services, key: Any, request: gr.Request) -> Result:
    """Raises NotFoundError, in the same words for what is not there and what is another's."""
    missing = NotFoundError(f"There is no result {str(key)[:40]!r} among yours. The leaderboard lists them.")
    try:
        found = services.evaluation.result(key if isinstance(key, str) else "")
    except NotFoundError:
        raise missing from None
    reader = services.identity.visitor(request).id
    if found.reader not in ("", reader) or found.model not in seen_models(services, request):
        raise missing
    return found


def _is_for(visitor: Visitor, name: str, own: set[str]) -> bool:
    """``own`` are the jobs of this visitor."""
    try:
        check_model(name, visitor)
        parsed = parse(name)
    except GlassworksError:
        return False
    return parsed.source is not Source.RUN or parsed.rest in own
