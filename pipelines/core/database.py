"""The database: one engine, opened with its schema brought up to date. Knows no table but the version's.

Any SQLAlchemy URL works. SQLite runs in WAL mode, so that the page reads while the supervisor writes, and
a write takes its lock at the start: a transaction that first reads and then writes can not be overtaken.
What no database keeps in a text, the null character and half of a surrogate pair, becomes a question mark.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pipelines.core.errors import GlassworksError, UnreachedError
from pipelines.core.migrations import migrate

_BUSY_SECONDS = 15
_LOCK_KEY = 7_311_020_533  # of PostgreSQL's advisory lock; any number that others hardly use
_log = logging.getLogger(__name__)


class Database:
    """Short transactions on one engine; safe to share between threads."""

    def __init__(self, url: str):
        self.engine = _engine(url)
        self._reader = _reader(self.engine)
        try:
            with self.write() as connection:
                migrate(connection)
        except UnreachedError as error:
            _log.warning("the database did not answer: %s", error.__cause__)  # which names no password
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries; it sees one moment of the database."""
        with self._reader.connect() as connection:
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
    """Raises :class:`GlassworksError` for what is no URL of a database; its password is not repeated."""
    try:
        parsed = make_url(url)
        engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _server(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        accepted = "postgresql://user:password@host:5432/name, or nothing for SQLite in the home folder"
        raise GlassworksError(f"GLASSWORKS_DATABASE_URL accepts {accepted}.") from error
    event.listen(engine, "before_cursor_execute", _keepable, retval=True)
    return engine


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _server(url: URL) -> Engine:
    patience = {"connect_timeout": _BUSY_SECONDS, "tcp_user_timeout": _BUSY_SECONDS * 1000}
    given = patience if url.get_backend_name() == "postgresql" else {}
    engine = create_engine(url, pool_pre_ping=True, connect_args=given)
    event.listen(engine, "handle_error", _say_unreached)
    return engine


def _reader(engine: Engine) -> Engine:
    """On a server, each statement sees a moment of its own unless the transaction asks for one."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


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


def _say_unreached(context: ExceptionContext) -> None:
    """In the place of the driver's fault, unless it is the ping that finds out and connects anew."""
    dbapi = context.dialect.loaded_dbapi
    gone = context.connection is None and isinstance(context.original_exception, dbapi.OperationalError)
    if (gone or context.is_disconnect) and not context.is_pre_ping:
        raise UnreachedError(
            "The database cannot be reached just now; its address is GLASSWORKS_DATABASE_URL. Try again."
        ) from context.original_exception


def _keepable(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> Any:
    return statement, [_row(one) for one in given] if many else _row(given)


def _row(given: Any) -> Any:
    if isinstance(given, dict):
        return {name: _text(value) for name, value in given.items()}
    return tuple(map(_text, given))


def _text(value: Any) -> Any:
    if not isinstance(value, str) or (value.isascii() and "\0" not in value):
        return value
    return value.replace("\0", "?").encode("utf-8", "replace").decode()
