"""The addition of documents as a job: what /job and /control_job say of one."""

from typing import Any

import gradio as gr

from app.services import Services
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.rag.records import Addition, State

_CANCEL = "cancel"


def addition_status(services: Services, addition_id: Any, request: gr.Request) -> dict[str, Any] | None:
    """In the words of /job; None where this visitor has no such addition."""
    visitor = services.identity.visitor(request)
    try:
        found = services.rag.addition(addition_id, visitor.id)
    except NotFoundError:
        return None
    return _row(found, visitor.id)


def control_addition(
    services: Services, addition_id: Any, action: str, request: gr.Request
) -> dict[str, Any] | None:
    """As :func:`addition_status`, after the action. Raises ConflictError for one that is not accepted."""
    status = addition_status(services, addition_id, request)
    if status is None:
        return None
    if action not in status["actions"]:
        accepted = ", ".join(status["actions"]) or "nothing"
        raise ConflictError(f"This addition of documents accepts {accepted} now; got {action!r}.")
    owner = services.identity.visitor(request).id
    return _row(services.rag.cancel(addition_id, owner), owner)


def _row(one: Addition, owner: str) -> dict[str, Any]:
    over = not one.live
    can_end = one.live and not one.cancelling and one.owner == owner
    return {
        "id": one.id,
        "kind": "rag_add",
        "title": one.document or f"{one.documents:,} document{'s' if one.documents != 1 else ''}",
        "state": one.state.value,
        "created": one.created,
        "started": None if one.state is State.QUEUED else one.created,
        "finished": one.updated if over else None,
        "message": one.message,
        "phase": one.phase,
        "step": one.done,
        "total": one.total,
        "metrics": {"documents": one.documents, "finished": one.finished, "failed": one.failed},
        "eta_seconds": None,
        "artifact": one.collection,
        "spec": {"collection": one.collection},
        "actions": [_CANCEL] if can_end else [],
    }
