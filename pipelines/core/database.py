"""The database: one engine, opened with its schema brought up to date. Knows no table but the version's.

Any SQLAlchemy URL works. SQLite runs in WAL mode, so that the page reads while the supervisor writes, and
a write takes its lock at the start: a transaction that first reads and then writes can not be overtaken.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from pipelines.core.migrations import migrate

_BUSY_SECONDS = 15
_LOCK_KEY = 7_311_020_533  # of PostgreSQL's advisory lock; any number that others hardly use


class Database:
    """Short transactions on one engine; safe to share between threads."""

    def __init__(self, url: str):
        self.engine = _engine(url)
        with self.write() as connection:
            migrate(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries; it sees one moment of the database."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, alone among the writers: committed at the end, rolled back on an exception."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Settings of one SQLite connection. Python's own transaction handling is off: see _begin_sqlite."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode NORMAL may lose the last commits
    _enter_wal(connection)


def _enter_wal(connection: Any) -> None:
    """WAL stays with the file, and the switch does not wait for others by itself: ask, try, ask again."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """IMMEDIATE for a writer: to upgrade a reader's lock fails at once when another wrote meanwhile."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
