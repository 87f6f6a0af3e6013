"""Fixtures for a conftest to take: real corpora, jobs and models in a folder of the test's own. A job is done
at once, without its process.
"""

from types import SimpleNamespace

import pytest

from app.identity import Visitor
from app.limits import Limits
from app.visitor_jobs import VisitorJobs
from pipelines.core.database import Database
from pipelines.core.errors import GlassworksError, NotAllowedError
from pipelines.jobs.context import JobContext
from pipelines.jobs.groups import GroupStore
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.service import JobService
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.training.corpora import CorpusStore
from pipelines.training.rows.store import RowStore


class Header:
    """The header X-Glassworks-Visitor says who asks; nobody in particular is the owner."""

    def visitor(self, request) -> Visitor:
        name = (request.headers.get("x-glassworks-visitor") if request else None) or "owner"
        return Visitor(name, name == "owner", name)

    def require_owner(self, visitor, what):
        if not visitor.is_owner:
            raise NotAllowedError(f"Only the owner may {what}.")

    def may_see(self, visitor, job):
        return visitor.is_owner or visitor.id == job.owner


@pytest.fixture
def services(settings, monkeypatch):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    made = {"models": Catalogue(settings), "corpora": CorpusStore(settings), "rows": RowStore(settings)}
    made |= {"groups": GroupStore(Database(settings.url)), "runtime": None}
    return SimpleNamespace(**vars(jobs_of(settings)), **made)


def jobs_of(settings):
    """The services that jobs need."""
    identity, jobs = Header(), JobService(settings)
    visitor_jobs = VisitorJobs(settings, identity, Limits(settings), jobs)
    return SimpleNamespace(settings=settings, identity=identity, jobs=jobs, visitor_jobs=visitor_jobs)


@pytest.fixture
def do(services):
    """``do(job_id)`` does a queued job here and now, as its worker and the supervisor would."""

    def work(job_id: str) -> None:
        job, folder = services.jobs.get(job_id), JobDir(services.settings.runs / job_id)
        kind = kind_named(job.kind)
        try:
            with JobContext(folder, job_id) as context:
                left = Exit(kind.load_runner()(kind.parse(job.spec), context))
        except GlassworksError as fault:
            left = Exit(JobState.FAILED, str(fault))
        folder.leave(left)
        services.jobs._store.transition(job_id, {JobState.QUEUED}, left.state, message=left.message)

    return work


@pytest.fixture
def asked_by():
    """``asked_by("eve", tab="corpus")`` is a request of that visitor with that query."""
    return lambda name="owner", **query: SimpleNamespace(
        headers={"x-glassworks-visitor": name}, query_params=query
    )
