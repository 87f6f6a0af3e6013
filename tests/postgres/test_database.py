"""The database's own tests once more; one moment a reader, odd texts, and a server that goes and comes."""

from types import SimpleNamespace

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.health import health_of
from pipelines.core.database import Database
from pipelines.core.errors import UnreachedError
from pipelines.rag.chats import ChatStore
from tests.pipelines.core.test_database import (  # noqa: F401
    test_a_failed_transaction_is_undone,
    test_a_later_step_is_applied_to_an_older_database,
    test_a_newer_database_is_refused_in_words,
    test_a_step_that_fails_leaves_nothing,
    test_opening_again_applies_nothing_again,
    test_processes_that_open_at_once_agree,
    test_texts_that_no_database_keeps_come_back_with_question_marks,
    test_threads_that_open_at_once_agree,
    test_writers_that_read_first_do_not_lose_updates,
    versions,
)
from tests.support.app_process import free_port


def count(connection) -> int:
    return connection.execute(text("SELECT COUNT(*) FROM rag_chats")).scalar_one()


def test_a_reader_sees_one_moment_and_a_writer_the_newest(url):
    database = Database(url)
    with database.read() as reader:
        before = count(reader)
        ChatStore(database).create("ann", "sea", "Crabs")
        assert count(reader) == before == 0
    with database.write() as writer:
        assert count(writer) == 1
        assert writer.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


def test_the_default_driver_is_the_one_that_is_installed(url):
    assert Database(url.replace("+psycopg", "")).engine.driver == "psycopg"


def test_a_server_that_is_not_there_is_told_without_the_password(server, caplog):
    away = server.url("x").replace(str(server.port), str(free_port()))
    wrong = server.url("postgres").replace(server.password, "guessed")
    for url, why in (
        (away, "refused"),
        (wrong, "password authentication failed"),
        (server.url("x"), "exist"),
    ):
        caplog.clear()
        with pytest.raises(UnreachedError, match="cannot be reached just now") as caught:
            Database(url)
        assert why in caplog.text
        for told in (caplog.text, str(caught.value), str(caught.value.__cause__)):
            assert server.password not in told and "guessed" not in told


def test_a_server_that_only_reads_is_not_ready(server, url):
    database = Database(url)
    services = SimpleNamespace(database=database, settings=SimpleNamespace(home="."))
    services.runtime, services.keeping = SimpleNamespace(startable=True), SimpleNamespace(restored=True)
    with TestClient(Starlette(routes=health_of(services).routes())) as client:
        assert client.get("/readyz").status_code == 200
    with server.connected() as connection:
        connection.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
    database.close()  # as a failover does, whose new server was the copy
    with TestClient(Starlette(routes=health_of(services).routes())) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "failed")


def test_after_a_restart_of_the_server_the_same_app_goes_on(server, url):
    database = Database(url)
    chats = ChatStore(database)
    kept = chats.create("ann", "sea", "Crabs")
    with database.read() as cut_off:
        count(cut_off)
        server.stop()
        with pytest.raises(UnreachedError):
            count(cut_off)
    with pytest.raises(UnreachedError):
        chats.create("ann", "sea", "Whales")
    server.start()
    assert [one.id for one in chats.list("ann", "sea")] == [kept.id]
    assert chats.create("ann", "sea", "Whales").title == "Whales"
