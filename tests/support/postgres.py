"""A real PostgreSQL in a folder of its own on loopback, with a password, and databases on it.

The server refuses to run as root, who therefore starts it as another user.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from glob import glob
from pathlib import Path
from typing import Any

import psycopg

from tests.support.app_process import free_port

_USERS = ("postgres", "nobody")  # one of whom root becomes
_SETTINGS = ("fsync=off", "max_connections=200", "shared_buffers=32MB", "unix_socket_directories=")


def program(name: str) -> str | None:
    """Its path; Debian keeps the server's programs off the PATH."""
    return shutil.which(name) or next(iter(sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))), None)


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    if not (program("initdb") and program("postgres")):
        return "PostgreSQL is not installed (Debian, Ubuntu: apt install postgresql)"
    return (
        "" if os.geteuid() or _user() else f"PostgreSQL does not run as root, and there is no user {_USERS}"
    )


class Postgres:
    """Use as a context manager: the server and its files end with it. ``start`` and ``stop`` in between keep
    the port and what was committed."""

    def __init__(self) -> None:
        self.port, self.password = free_port(), secrets.token_urlsafe(12)
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Postgres":
        secret = self._folder / "password"
        secret.write_text(self.password)
        for path in (self._folder, secret):
            shutil.chown(path, _user())
        given = ["-U", "glassworks", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8"]
        command = [program("initdb"), "-D", str(self._data), *given, "--no-sync", "--locale=C.UTF-8"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user())
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, seconds: float = 30) -> "Postgres":
        options = [word for one in _SETTINGS for word in ("-c", one)]
        command = [program("postgres"), "-D", str(self._data), "-p", str(self.port), "-h", "127.0.0.1"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, *options], stdout=log, stderr=log, **self._as_user())
        end = time.monotonic() + seconds
        while not self._answers():
            ended = self._process.poll() is not None or time.monotonic() > end
            assert not ended, (self._folder / "log").read_text()[-2000:]
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """At once: open connections are cut, as by a failover."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)

    def make(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"test_{secrets.token_hex(6)}"
        with self.connected() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        with self.connected() as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://glassworks:{self.password}@127.0.0.1:{self.port}/{name}"

    def connected(self) -> Any:
        address = {"host": "127.0.0.1", "port": self.port, "user": "glassworks", "password": self.password}
        return psycopg.connect(dbname="postgres", autocommit=True, connect_timeout=5, **address)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _answers(self) -> bool:
        try:
            self.connected().close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_user(self) -> dict[str, Any]:
        mine = {"cwd": self._folder}
        return mine if os.geteuid() else {**mine, "user": _user(), "extra_groups": []}


def _user() -> str | None:
    """Whom root becomes; None for everybody else's own self."""
    if os.geteuid():
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in _USERS if name in known), None)
