"""One running app a home folder: an exclusive lock that ends with the process, however it ends."""

import fcntl
import os
from pathlib import Path

from pipelines.core.errors import ConflictError


class HomeLock:
    """Held from :meth:`acquire` to :meth:`release` or to the end of the process, a kill included.

    The file stays behind; it is the lock on it that counts. Programs started meanwhile do not inherit it.
    """

    def __init__(self, home: Path):
        self.home = Path(home).resolve()
        self._file: int | None = None

    def acquire(self) -> None:
        """Raises :class:`ConflictError` when another process holds the folder."""
        if self._file is not None:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        file = os.open(self.home / "app.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise ConflictError(
                f"Another Glassworks is open on {self.home}. Close it, or choose another folder "
                f"with GLASSWORKS_HOME."
            ) from None
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "HomeLock":
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
