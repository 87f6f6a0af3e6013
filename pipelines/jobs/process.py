"""Processes by pid *and* creation time: a pid is used again by others, the pair is not.

Knows nothing of jobs. Signals go to a whole process group, and only while the group is still the one meant.
"""

import contextlib
import os
import signal
from dataclasses import dataclass

import psutil

_LAUNCHED = "TORCHELASTIC_RUN_ID"  # what torch's launcher gives to those that it starts
_SAME_SECONDS = 2.0  # the kernel tells the boot time in whole seconds, and clock corrections move it


@dataclass(frozen=True)
class ProcessIdentity:
    """``created`` in epoch seconds, as psutil tells it."""

    pid: int
    created: float


def identify(pid: int) -> ProcessIdentity | None:
    """Who has this pid now, zombies included; None when nobody has."""
    try:
        return ProcessIdentity(pid, psutil.Process(pid).create_time())
    except (psutil.Error, ValueError, OverflowError):
        return None


def same(one: ProcessIdentity, other: ProcessIdentity) -> bool:
    """Equal pids, and creation times as equal as the system can tell."""
    return one.pid == other.pid and abs(one.created - other.created) <= _SAME_SECONDS


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether that very process runs; a zombie, which only waits to be reaped, does not."""
    now = identify(identity.pid)
    if now is None or not same(now, identity):
        return False
    try:
        return psutil.Process(identity.pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def signal_group(identity: ProcessIdentity, number: signal.Signals) -> None:
    """Signal the group that this process leads or led; nothing when the pid has passed to another.

    After the leader's end its pid stays reserved while the group has members, so they are still reached.
    """
    now = identify(identity.pid)
    if now is not None and not same(now, identity):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(identity.pid, number)


def find_leader(argument: str, mark: tuple[str, str]) -> ProcessIdentity | None:
    """The process that leads its group, was started with this argument and has ``mark`` (name, value) in
    its environment; the mark keeps out an editor or a ``du`` that was given the same path. Of a launcher and
    the processes that it has started, each of which leads a group too, it is the launcher."""
    for process in psutil.process_iter():
        try:
            if (
                argument in process.cmdline()
                and _leads(process)
                and process.environ().get(mark[0]) == mark[1]
                and _LAUNCHED not in process.environ()
            ):
                return ProcessIdentity(process.pid, process.create_time())
        except (psutil.Error, OSError):
            continue
    return None


def _leads(process: psutil.Process) -> bool:
    return os.getpgid(process.pid) == process.pid


def signal_name(exit_code: int) -> str:
    """The signal behind a negative exit code: ``-9`` → ``SIGKILL``."""
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
