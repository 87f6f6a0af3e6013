"""The collection that comes with the app follows its files."""

import pytest

from pipelines.core.errors import NotAllowedError
from pipelines.core.settings import REPOSITORY
from pipelines.rag.indexing import readings
from pipelines.rag.places import LESSONS
from pipelines.rag.specs import SearchSpec
from tests.support.rag_indexing import FakeReading, inline_service, story


@pytest.fixture
def root(tmp_path):
    files = {
        "README.md": "Glassworks is a workshop.",
        "docs/api.md": "Generated.",
        "docs/how-to/settings.md": story(1),
        "assets/lessons/tokens.md": "A token is a piece of text.",
        "assets/lessons/notes.txt": "Not a lesson.",
    }
    for name, text in files.items():
        (tmp_path / "repository" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repository" / name).write_text(text)
    return tmp_path / "repository"


@pytest.fixture
def service(settings, root, monkeypatch):
    monkeypatch.setattr(readings, "Reading", FakeReading)
    made, made.library = inline_service(settings, root)
    yield made
    made.close()


def names(service):
    return {one.name for one in service.documents(LESSONS, "ann") if one.chunks}


def test_the_first_question_waits_until_they_are_read(service):
    assert service.collection(LESSONS, "ann").chunks == 0
    assert service.search(LESSONS, "piece of text", SearchSpec(), "ann").hits
    assert names(service) == {"README.md", "docs/how-to/settings.md", "tokens.md"}
    (addition,) = service.additions(LESSONS, "ann")
    assert service.addition(addition.id, "bob").documents == 3  # its progress is everyone's


def test_a_question_waits_also_where_another_has_had_them_read(service):
    assert service._lessons.keep_up()
    service._driver.wake()
    assert service.search(LESSONS, "piece of text", SearchSpec(), "ann").hits


def test_they_are_indexed_again_when_the_files_change_and_only_then(service, root, monkeypatch):
    monkeypatch.setattr("pipelines.rag.service._LOOK_SECONDS", 0.0)
    service.search(LESSONS, "token", SearchSpec(), "ann")
    service.search(LESSONS, "token", SearchSpec(), "bob")
    assert len(service.additions(LESSONS, "ann")) == 1
    (root / "assets/lessons/tokens.md").write_text("A token is a number.")
    (root / "docs/how-to/settings.md").unlink()
    (root / "assets/lessons/new.md").write_text("Attention looks back.")
    service.search(LESSONS, "token", SearchSpec(), "ann")
    assert service._driver.wait(
        lambda: names(service) == {"README.md", "tokens.md", "new.md"} and service._lessons_are_read(), 30
    )
    assert service.text(LESSONS, "tokens.md", "ann") == "A token is a number."
    assert service.search(LESSONS, "number", SearchSpec(), "ann").hits


def test_nobody_changes_them(service):
    for change in (
        lambda: service.add_text(LESSONS, "A crab.", "a.md", "owner"),
        lambda: service.delete(LESSONS, "owner"),
        lambda: service.rename(LESSONS, "Mine", "owner"),
        lambda: service.share(LESSONS, True, "owner"),
        lambda: service.delete_document(LESSONS, "README.md", "owner"),
        lambda: service.add_text(LESSONS, "A crab.", "a.md", ""),
    ):
        service.collections("ann")
        with pytest.raises(NotAllowedError):
            change()


def test_warming_reads_them_and_asks_once(service):
    service.warm()
    service.warm()
    assert service._driver.wait(lambda: len(names(service)) == 3, 30)


def test_the_repository_s_own_files_are_found(service, monkeypatch):
    monkeypatch.setattr(service._lessons, "_root", REPOSITORY)
    files = service._lessons.files()
    assert {"README.md", "docs/how-to/settings.md"} <= set(files) and "docs/api.md" not in files
    assert all(path.is_file() for path in files.values())


def test_a_file_that_cannot_be_read_is_tried_once(service, root, monkeypatch):
    monkeypatch.setattr("pipelines.rag.service._LOOK_SECONDS", 0.0)
    (root / "assets/lessons/bad.md").write_text("BROKEN")
    for _ in range(3):
        service.search(LESSONS, "token", SearchSpec(), "ann")
    assert len(service.additions(LESSONS, "ann")) == 1 and len(names(service)) == 3
