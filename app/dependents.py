"""What stands on a run: adapters, which are nothing without their base, and jobs that still read it."""

from itertools import chain
from typing import Any

from app.services import Services
from pipelines.core.errors import ConflictError, GlassworksError
from pipelines.models.names import Source, parse

_BASES = ("base", "teacher", "start_from", "start_adapter")  # fields of a spec that name a model
_LISTS = ("models",)  # those that name several
_MOST = 1000
_NAMED = 5


def adapters_on(services: Services, job_id: str) -> list[str]:
    """Names of the adapters whose base is what the job made."""
    return [entry.name for entry in services.models.entries() if _is_of(entry.adapter_of, job_id)]


def check_nothing_stands_on(services: Services, job_id: str) -> None:
    """Raise ConflictError, naming the adapters that stand on what the job made: without it they could not be
    used any more. Jobs that are not over yet count as well."""
    if adapters := adapters_on(services, job_id):
        names = ", ".join(adapters[:_NAMED])
        more = f" and {len(adapters) - _NAMED} more" if len(adapters) > _NAMED else ""
        what = "is an adapter" if len(adapters) == 1 else "are adapters"
        raise ConflictError(
            f"{names}{more} {what} upon run/{job_id} and of no use without it. Delete what stands on it "
            "first, or keep a merged model."
        )
    waiting = [job for job in services.jobs.list(_MOST) if not job.state.final]
    if any(_is_of(name, job_id) for job in waiting for name in _read_by(job.spec)):
        raise ConflictError(
            f"A job that is not over yet begins from run/{job_id}. Wait for its end, or cancel it first."
        )


def _read_by(spec: dict[str, Any]) -> list[object]:
    several = (spec.get(name) or () for name in _LISTS)
    return [*(spec.get(name) for name in _BASES), *chain.from_iterable(several)]


def _is_of(name: object, job_id: str) -> bool:
    """Whether a model's name, of its end or of a checkpoint, is that of the job."""
    try:
        parsed = parse(name) if name else None
    except GlassworksError:
        return False
    return parsed is not None and parsed.source is Source.RUN and parsed.rest == job_id
