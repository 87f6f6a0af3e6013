"""Stand-ins for the services behind the job pages: a job is a real JobDir, its state set by the test."""

import dataclasses
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.identity import Visitor
from app.limits import Limits
from app.visitor_jobs import VisitorJobs
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.core.ids import new_id
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.service import Job, JobStatus
from pipelines.jobs.states import Action, JobState, allowed_actions

_NEXT = {
    Action.PAUSE: JobState.PAUSING,
    Action.RESUME: JobState.QUEUED,
    Action.STOP: JobState.SUCCEEDED,
    Action.CANCEL: JobState.CANCELLED,
}


class FakeJobs:
    """JobService without processes. ``reads`` counts the times that events were asked for."""

    def __init__(self, home: Path):
        self.home, self.rows, self.progress, self.reads = home, {}, {}, 0

    def submit(self, kind, spec, owner, title=""):
        job = _job(id=new_id(), kind=kind, title=title, owner=owner, spec=spec, created=time.time())
        self.rows[job.id] = job
        self.dir(job.id).create(kind, job.id, spec)
        return job

    def get(self, job_id):
        if job_id not in self.rows:
            raise NotFoundError(f"There is no job {job_id!r}.")
        return self.rows[job_id]

    def list(self, limit=100, owner=None):
        seen = [job for job in self.rows.values() if owner in (None, job.owner)]
        return sorted(seen, key=lambda j: j.id, reverse=True)[:limit]

    def status(self, job_id):
        job = self.get(job_id)
        step, total, eta = self.progress.get(job_id, (0, 0, None))
        artifact = f"run/{job_id}" if job.state is JobState.SUCCEEDED else None
        phase = "training" if job.state.live else ""
        return JobStatus(job, phase, step, total, {}, eta, artifact, allowed_actions(job.state))

    def control(self, job_id, action):
        allowed = allowed_actions(self.get(job_id).state)
        if action not in allowed:
            raise ConflictError(f"This job accepts {', '.join(allowed) or 'nothing'} now; got {action!r}.")
        return self.set(job_id, _NEXT[Action(action)])

    def set(self, job_id, state, **changes):
        """What the supervisor would do."""
        self.rows[job_id] = dataclasses.replace(self.rows[job_id], state=state, **changes)
        return self.rows[job_id]

    def emit(self, job_id, *events, step=0, total=0, eta=None):
        for event in events:
            self.dir(job_id).append(event)
        if total:
            self.progress[job_id] = (step, total, eta)

    def dir(self, job_id):
        return JobDir(self.home / job_id)

    def events(self, job_id, cursor=0):
        self.reads += 1
        return self.dir(job_id).read_events(cursor)

    def log(self, job_id):
        return self.dir(job_id).tail_log()

    def disk_use(self, job_id):
        return 1_234_567

    def delete(self, job_id):
        if not self.get(job_id).state.final:
            raise ConflictError("Only a finished job can be deleted.")
        del self.rows[job_id]


class FakeCorpora:
    def __init__(self):
        self.own = {}

    def describe(self, corpus_id):
        if corpus_id == "sample":
            return _corpus("sample", "Bundled sample", "Once upon a time <b>there</b> was a fox.")
        if corpus_id not in self.own:
            raise NotFoundError(f"There is no corpus {corpus_id!r}.")
        return self.own[corpus_id][1]

    def add_text(self, text, owner, title=""):
        if not text.strip():
            raise SpecError("text", text, "text with at least one document")
        info = _corpus(f"upload:{new_id()}", title or "Pasted text", text)
        self.own[info.id] = (owner, info)
        return info

    def add_file(self, path, filename, owner):
        return self.add_text(Path(path).read_text(), owner, filename)

    def list(self, owner):
        return [info for who, info in self.own.values() if who == owner]


class FakeIdentity:
    """The header X-Glassworks-Visitor says who asks; nobody in particular is the owner."""

    def visitor(self, request):
        name = (request.headers.get("x-glassworks-visitor") if request else None) or "owner"
        return Visitor(name, name == "owner", name)

    def require_owner(self, visitor, what):
        from pipelines.core.errors import NotAllowedError

        if not visitor.is_owner:
            raise NotAllowedError(f"Only the owner may {what}.")

    def may_see(self, visitor, job):
        return visitor.is_owner or visitor.id == job.owner


class FakeRag:
    """Nobody adds documents here."""

    def addition(self, addition_id, owner):
        raise NotFoundError("There is no such addition among yours.")


class FakeModels:
    def __init__(self):
        self.rows = []

    def entries(self, capability=None):
        return [row for row in self.rows if capability is None or capability in row.capabilities]

    def get(self, name):
        found = next((row for row in self.rows if row.name == name), None)
        if found is None:
            raise NotFoundError(f"There is no model {name!r}.")
        return found

    def tokenizer(self, name):
        return self.get(name)

    def tokenizers(self):
        return self.rows

    def add(self, name, architecture="LlamaForCausalLM", capability="causal-lm", context=64):
        facts = {"title": name, "parameters": 1000, "context_length": context, "vocab_size": 300}
        can = {"capabilities": {capability}, "architecture": architecture}
        learnt = {"algorithm": "bpe", "of_model": True}
        self.rows.append(SimpleNamespace(name=name, **facts, **can, **learnt))


@pytest.fixture
def services(tmp_path):
    return fake_services(tmp_path)


@pytest.fixture(scope="session")
def make_services():
    return fake_services


def fake_services(home):
    settings = SimpleNamespace(on_space=False, home=home)
    parts = {"jobs": FakeJobs(home), "corpora": FakeCorpora(), "models": FakeModels(), "runtime": None}
    parts["keeping"] = SimpleNamespace(runs_where="", runs_waiting=lambda: 0, run_saved=lambda _: True)
    identity = FakeIdentity()
    parts["visitor_jobs"] = VisitorJobs(settings, identity, Limits(settings), parts["jobs"])
    return SimpleNamespace(settings=settings, identity=identity, rag=FakeRag(), **parts)


@pytest.fixture
def asked_by():
    """``asked_by("eve")`` is a request of that visitor."""
    return lambda name="owner": SimpleNamespace(headers={"x-glassworks-visitor": name})


def _job(**values):
    blank = {f.name: None for f in dataclasses.fields(Job)}
    return Job(**{**blank, "state": JobState.QUEUED, "device": "cpu", "message": "", **values})


def _corpus(corpus_id, title, text):
    facts = {"id": corpus_id, "title": title, "documents": 1, "characters": len(text), "bytes": len(text)}
    return SimpleNamespace(**facts, preview=(text[:200],))
