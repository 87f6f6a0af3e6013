"""A full disk: how it is recognised, what to say, and how the last word still fits. Standard library only."""

import errno
import os
import shutil
from pathlib import Path

_CODES = (errno.ENOSPC, errno.EDQUOT)
# How libraries say it that raise no OSError: those that write weights, and SQLite.
_WORDS = ("No space left on device", "PytorchStreamWriter failed writing", "database or disk is full")
_RESERVE = ".reserve"
_RESERVED_BYTES = 64 * 1024  # an event, the last word and a page of the database


def is_full(fault: BaseException | None) -> bool:
    """Whether this fault, or one that led to it, says that a disk is full."""
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        if isinstance(fault, OSError) and fault.errno in _CODES:
            return True
        if any(words in str(fault) for words in _WORDS):
            return True
        fault = fault.__cause__ or fault.__context__
    return False


def free_bytes(folder: Path) -> int:
    """Room on the folder's disk; 0 when nobody can tell."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def full_message(what: str, free: int, then: str) -> str:
    """What was being written, how much is free, what to do. ``then`` says what works once there is room."""
    return (
        f"The disk is full: {what} could not be written, {free / 1e6:,.1f} MB are free. Free some space "
        f"(delete jobs, models or other files on that disk), {then}"
    )


def reserve(folder: Path) -> None:
    """Keep a little room in the folder for the last word; a disk without it is left as it is."""
    try:
        (folder / _RESERVE).write_bytes(os.urandom(_RESERVED_BYTES))
    except OSError:
        give_up_reserve(folder)


def give_up_reserve(folder: Path) -> None:
    (folder / _RESERVE).unlink(missing_ok=True)
