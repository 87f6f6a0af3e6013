"""The endpoints of collections over HTTP: the real service and queue, a library of dictionaries."""

import json
import threading
import time
from types import SimpleNamespace

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from app.api import jobs, rag_documents
from app.identity import new_secret
from pipelines.core.errors import NotFoundError
from pipelines.core.settings import Settings
from pipelines.rag.indexing import readings
from tests.support.endpoints import client_of, launched
from tests.support.rag_indexing import FakeReading, inline_service, story


class Visitors:
    """The header X-Glassworks-Visitor says who asks; nobody is the owner of the workshop."""

    def visitor(self, request):
        return SimpleNamespace(id=request.headers["x-glassworks-visitor"], is_owner=False)

    def may_see(self, visitor, job):
        return False


class Jobs:
    def status(self, job_id):
        raise NotFoundError("There is no such job.")


class Both:
    """The endpoints of documents and of jobs on one page."""

    @staticmethod
    def build(services):
        rag_documents.build(services)
        jobs.build(services)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(readings, "Reading", FakeReading)
    settings = Settings(home=tmp_path_factory.mktemp("home"), max_upload_mb=1)
    rag, library = inline_service(settings)
    services = SimpleNamespace(settings=settings, identity=Visitors(), rag=rag, jobs=Jobs())
    with launched(Both, services) as url:
        yield url, library
    rag.close()
    patch.undo()


@pytest.fixture
def connect(served):
    """A client of a new visitor each time."""
    return lambda: client_of(served[0], new_secret())


@pytest.fixture
def ann(connect):
    return connect()


def over(client, job):
    end = time.monotonic() + 60
    while (told := client.predict(job, api_name="/job"))["state"] in ("queued", "running"):
        assert time.monotonic() < end
        time.sleep(0.02)
    return told


def documents(client, collection):
    return client.predict(collection, api_name="/rag_documents")


def test_files_and_a_text_become_documents_of_a_new_collection(ann, tmp_path):
    file = tmp_path / "tides.md"
    file.write_text(story(1))
    spec = {"chunking": {"method": "sentences", "chunk_size": 32, "chunk_overlap": 0}, "language": "none"}
    given = {"files": [handle_file(file)], "text": story(2), "name": "moons", "settings": json.dumps(spec)}
    job = ann.predict("Sea", **given, api_name="/rag_add")
    told = over(ann, job)
    assert told["state"] == "succeeded" and told["kind"] == "rag_add" and told["step"] == told["total"] > 0
    assert told["metrics"] == {"documents": 2, "finished": 2, "failed": 0} and told["actions"] == []
    sea, lessons = ann.predict(api_name="/rag_collections")
    assert (sea["id"], sea["name"], sea["documents"], sea["own"]) == (told["artifact"], "Sea", 2, True)
    assert sea["language"] == "none" and sea["chunking"]["chunk_size"] == 32
    assert (lessons["id"], lessons["own"]) == ("lessons", False)
    found = documents(ann, "Sea")
    assert [(one["name"], one["state"]) for one in found] == [
        ("tides.md", "succeeded"),
        ("moons.txt", "succeeded"),
    ]
    assert sum(one["chunks"] for one in found) == sea["chunks"]
    again = ann.predict(sea["id"], **given, api_name="/rag_add")
    assert "unchanged" in ann.predict(again, api_name="/job")["message"]


def test_what_is_another_s_does_not_exist(ann, connect):
    job = ann.predict("Sea", text=story(1), api_name="/rag_add")
    sea = over(ann, job)["artifact"]
    bob = connect()
    for name, given in (
        ("/rag_documents", (sea,)),
        ("/rag_delete", (sea,)),
        ("/rag_delete", (sea, documents(ann, sea)[0]["id"])),
        ("/rag_share", (sea, True)),
    ):
        with pytest.raises(AppError, match="no such collection"):
            bob.predict(*given, api_name=name)
    for name, given in (("/job", (job,)), ("/control_job", (job, "cancel"))):
        with pytest.raises(AppError, match="There is no job"):
            bob.predict(*given, api_name=name)
    own = over(bob, bob.predict("Sea", text=story(2), api_name="/rag_add"))["artifact"]
    assert own != sea and bob.predict(sea, text=story(2), api_name="/rag_add")  # a name of bob's, that id
    assert len(documents(ann, "Sea")) == 1


def test_a_shared_collection_is_read_by_its_id(ann, connect):
    sea = over(ann, ann.predict("Sea", text=story(1), api_name="/rag_add"))["artifact"]
    assert ann.predict(sea, True, api_name="/rag_share")["shared"] is True
    bob = connect()
    assert len(documents(bob, sea)) == 1
    for name, given in (
        ("/rag_add", (sea, None, "A crab.")),
        ("/rag_delete", (sea,)),
        ("/rag_share", (sea, False)),
    ):
        with pytest.raises(AppError, match="read only"):
            bob.predict(*given, api_name=name)
    ann.predict("Sea", False, api_name="/rag_share")
    with pytest.raises(AppError, match="no such collection"):
        documents(bob, sea)


def test_deleted_is_deleted(ann):
    sea = over(ann, ann.predict("Sea", text=story(1), name="one.md", api_name="/rag_add"))["artifact"]
    (one,) = documents(ann, sea)
    assert ann.predict(sea, "one.md", api_name="/rag_delete") == {"deleted": one["id"], "done": True}
    assert documents(ann, sea) == []
    with pytest.raises(AppError, match="no such document"):
        ann.predict(sea, "one.md", api_name="/rag_delete")
    assert ann.predict("Sea", api_name="/rag_delete") == {"deleted": sea, "done": True}
    with pytest.raises(AppError, match="no such collection"):
        documents(ann, sea)


def test_an_addition_takes_cancel_and_nothing_else(ann, served, monkeypatch):
    model, go_on = served[1].model, threading.Event()
    embed = model.embed
    monkeypatch.setattr("pipelines.rag.indexing.work._TELL_SECONDS", 0.0)
    monkeypatch.setattr(model, "embed", lambda texts: go_on.wait(30) and embed(texts))
    job = ann.predict("Sea", text=story(1), api_name="/rag_add")
    with pytest.raises(AppError, match="accepts cancel now; got 'pause'"):
        ann.predict(job, "pause", api_name="/control_job")
    told = ann.predict(job, "cancel", api_name="/control_job")
    assert told["phase"] == "cancelling" and told["actions"] == []
    go_on.set()
    assert over(ann, job)["state"] == "cancelled" and documents(ann, "Sea") == []
    with pytest.raises(AppError, match="accepts nothing now"):
        ann.predict(job, "cancel", api_name="/control_job")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "at least one file, or a text"),
        ({"files": [{"path": "/etc/passwd"}]}, "an uploaded file"),
        ({"files": "x"}, "a list of at most"),
        ({"text": "  \n"}, "a text of at most"),
        ({"text": "A crab.", "settings": '{"colour": 1}'}, "colour accepts nothing"),
        ({"text": "A crab.", "settings": '{"embedder": "someone/model"}'}, "for the owner"),
        ({"text": "A crab.", "settings": '{"chunking": {"chunk_size": 400}}'}, "at most 254"),
        ({"text": "A crab.", "settings": "[]"}, "a JSON object"),
        ({"text": "x" * 1_000_001}, "1 MB"),
        ({"text": "A crab.", "collection": ""}, "one to 80 characters"),
        ({"text": "A crab.", "collection": "Lessons"}, "comes with the app"),
        ({"text": "A crab.", "collection": "lessons"}, "read only"),
    ],
)
def test_bad_input_is_told_what_is_accepted(ann, given, words):
    ann.predict(api_name="/rag_collections")
    with pytest.raises(AppError, match=words):
        ann.predict(**{"collection": "Sea", **given}, api_name="/rag_add")


def test_a_file_of_no_accepted_type_is_refused(ann, tmp_path):
    file = tmp_path / "x.exe"
    file.write_bytes(b"MZ")
    with pytest.raises(AppError, match="accepted are PDF"):
        ann.predict("Sea", [handle_file(file)], api_name="/rag_add")
