"""What was made for a visitor: jobs with their models, comparisons, evaluations of their own files."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from app.dependents import check_nothing_stands_on
from app.services import Services
from app.your_data.kind import File, Gone, Kind, Left, lines_file, text_file
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.core.held import Held
from pipelines.jobs.service import Job
from pipelines.jobs.states import Action

_ALL = 1_000_000  # more jobs than anyone has
_PATIENCE, _LOOK = 10.0, 0.1  # seconds: for running jobs to be cancelled, and between two looks


def kinds(services: Services) -> tuple[Kind, ...]:
    return (_jobs(services), _groups(services), _evaluations(services))


def _jobs(services: Services) -> Kind:
    """The zip has what they were asked and what happened; weights are large and taken one by one."""
    jobs = services.jobs

    def mine(visitor: str) -> list[Job]:
        return jobs.list(_ALL, visitor)

    def held(visitor: str) -> Held:
        found = mine(visitor)
        return Held(len(found), sum(_size(services, one) for one in found))

    def files(visitor: str) -> Iterator[File]:
        yield from lines_file("jobs.jsonl", map(_job_row, mine(visitor)))
        for one in mine(visitor):
            with suppress(NotFoundError):
                yield from lines_file(f"jobs/{one.id}/events.jsonl", jobs.events(one.id)[0])

    def forget(visitor: str) -> Gone:
        return _forgotten(services, mine(visitor))

    words = "with the models they made; weights are taken in Jobs & models"
    return Kind("jobs", "Jobs and models", "job", held, files, forget, lambda _: words)


def _groups(services: Services) -> Kind:
    groups = services.groups

    def files(visitor: str) -> Iterator[File]:
        return lines_file("comparisons.jsonl", map(asdict, groups.of(visitor)))

    forget = lambda one: Gone(groups.forget(one))  # noqa: E731
    return Kind("comparisons", "Comparisons of jobs", "comparison", groups.held, files, forget)


def _evaluations(services: Services) -> Kind:
    evaluation = services.evaluation

    def files(visitor: str) -> Iterator[File]:
        for one in evaluation.mine(visitor):
            with suppress(NotFoundError):
                for file in evaluation.export([one.key]):
                    yield text_file(f"evaluations/{one.key}/{file.name}", file.text)

    return Kind(
        "evaluations", "Evaluations on your files", "evaluation", evaluation.held, files,
        lambda one: Gone(evaluation.forget(one)),
    )  # fmt: skip


def _forgotten(services: Services, jobs: list[Job]) -> Gone:
    """Running ones are cancelled first; adapters go before what they stand on. What is left says why."""
    _cancel(services, jobs)
    count, waiting, reasons = 0, jobs, {}
    while waiting:
        reasons = {}
        for job in waiting:
            try:
                check_nothing_stands_on(services, job.id)
                services.jobs.delete(job.id)
            except ConflictError as why:
                reasons[job.id] = str(why)
            except NotFoundError:  # deleted meanwhile
                continue
            else:
                count += 1
        left = [job for job in waiting if job.id in reasons]
        if len(left) == len(waiting):
            break
        waiting = left
    return Gone(count, tuple(Left(f"{job.title} ({job.id})", reasons[job.id]) for job in waiting))


def _cancel(services: Services, jobs: list[Job]) -> None:
    for job in jobs:
        with suppress(ConflictError, NotFoundError):
            services.jobs.control(job.id, Action.CANCEL)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and any(_is_live(services, job) for job in jobs):
        time.sleep(_LOOK)


def _is_live(services: Services, job: Job) -> bool:
    try:
        return services.jobs.get(job.id).state.live
    except NotFoundError:
        return False


def _size(services: Services, job: Job) -> int:
    try:
        return services.jobs.disk_use(job.id)
    except NotFoundError:
        return 0


def _job_row(job: Job) -> dict[str, Any]:
    told = ("id", "kind", "title", "spec", "created", "started", "finished", "message")
    return {name: getattr(job, name) for name in told} | {"state": job.state.value}
