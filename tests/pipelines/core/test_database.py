"""The database opens safely from several threads and processes at once, and a step is applied once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from pipelines.core.database import Database
from pipelines.core.errors import GlassworksError
from pipelines.core.migrations import MIGRATIONS, migrate
from pipelines.core.settings import REPOSITORY


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'deep' / 'x.db'}"


def versions(database):
    with database.read() as connection:
        return connection.execute(text("SELECT version FROM schema_version ORDER BY version")).scalars().all()


def pragma(database, name):
    with database.read() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()


def test_sqlite_is_in_wal_mode_with_a_patient_lock_and_foreign_keys(url):
    database = Database(url)
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "busy_timeout") >= 5000
    assert pragma(database, "foreign_keys") == 1


def test_opening_again_applies_nothing_again(url):
    for _ in range(2):
        database = Database(url)
        assert versions(database) == list(range(1, len(MIGRATIONS) + 1))
        database.close()


def test_a_later_step_is_applied_to_an_older_database(url):
    def add_colour(connection):
        connection.execute(text("ALTER TABLE jobs ADD COLUMN colour TEXT"))

    database, steps = Database(url), (*MIGRATIONS, add_colour)
    for _ in range(2):  # the second time would fail on the column that exists
        with database.write() as connection:
            assert migrate(connection, steps) == len(steps)
    assert versions(database)[-1] == len(steps)


def test_a_step_that_fails_leaves_nothing(url):
    def half(connection):
        connection.execute(text("CREATE TABLE half (x INTEGER)"))
        raise RuntimeError("no")

    database = Database(url)
    with pytest.raises(RuntimeError), database.write() as connection:
        migrate(connection, (*MIGRATIONS, half))
    with database.read() as connection:
        assert not inspect(connection).has_table("half")
    assert versions(database) == list(range(1, len(MIGRATIONS) + 1))


def test_a_newer_database_is_refused_in_words(url):
    with Database(url).write() as connection:
        connection.execute(text("INSERT INTO schema_version VALUES (999, 'later', 0)"))
    with pytest.raises(GlassworksError, match="newer Glassworks"):
        Database(url)


def test_threads_that_open_at_once_agree(url):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: Database(url), range(8)))
    assert all(versions(d) == list(range(1, len(MIGRATIONS) + 1)) for d in opened)


@pytest.mark.process
def test_processes_that_open_at_once_agree(url):
    code = f"from pipelines.core.database import Database; Database({url!r})"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [(p.communicate()[1], p.returncode) for p in running] == [(b"", 0)] * 4
    assert versions(Database(url)) == list(range(1, len(MIGRATIONS) + 1))


def test_a_failed_transaction_is_undone(url):
    database = Database(url)
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("INSERT INTO schema_version VALUES (50, 'a', 0)"))
        connection.execute(text("INSERT INTO schema_version VALUES (50, 'b', 0)"))
    assert 50 not in versions(database)


def test_writers_that_read_first_do_not_lose_updates(url):
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add(_):
        with database.write() as connection:
            n = connection.execute(text("SELECT n FROM counter")).scalar_one()
            connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    with database.read() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 40


@pytest.mark.parametrize("given, kept", [("a\0b", "a?b"), ("a\ud800b", "a?b"), ("naïve 🦀", "naïve 🦀")])
def test_texts_that_no_database_keeps_come_back_with_question_marks(url, given, kept):
    database, row = Database(url), {"name": given}
    with database.write() as connection:
        connection.execute(text("INSERT INTO schema_version VALUES (50, :name, 0)"), row)
        several = [row | {"n": n} for n in (51, 52)]
        connection.execute(text("INSERT INTO schema_version VALUES (:n, :name, 0)"), several)
        asked = text("SELECT name FROM schema_version WHERE version >= 50 AND name = :name")
        assert connection.execute(asked, row).scalars().all() == [kept] * 3


@pytest.mark.parametrize("url", ["no url", "nosuch://x/y", "postgresql://me:secret@host:port/x"])
def test_what_is_no_address_of_a_database_is_told_in_words(url):
    with pytest.raises(GlassworksError, match="GLASSWORKS_DATABASE_URL accepts") as caught:
        Database(url)
    assert "secret" not in str(caught.value)
