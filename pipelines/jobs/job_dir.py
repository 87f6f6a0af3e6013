"""The job directory: all that passes between a job's worker and the rest of the app.

The worker knows this folder and nothing else: no database, no page. Files:

=================  ==========================================================================
``spec.json``      ``{"kind": …, "job_id": …, "spec": {…}}``, written once before the start
``events.jsonl``   what happened, one JSON object a line, only ever appended to
``log.txt``        the process's standard output and error
``control``        the action asked for: ``pause``, ``stop`` or ``cancel``; absent means go on
``heartbeat``      JSON of :class:`Heartbeat`, rewritten about once a second
``exit.json``      JSON of :class:`Exit`, the worker's last word; absent means it was killed
``checkpoints/``   to resume from
``snapshots/``     ``<step>/``: a model as it stood then, to be looked at
``artifact/``      the result: a model's folder, or what else the kind of job makes
=================  ==========================================================================
"""

import errno
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.core.files import read_json, write_atomic, write_json
from pipelines.jobs.states import Action, JobState

Event = dict[str, Any]


@dataclass(frozen=True)
class Heartbeat:
    """Who works on the job and how far it is. ``created`` is the process's creation time in epoch seconds:
    a pid is used again by others, the pair is not."""

    pid: int
    created: float
    time: float
    phase: str = ""
    step: int = 0
    total: int = 0
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Exit:
    """How the worker ended: succeeded, paused, cancelled or failed; ``message`` is for people."""

    state: JobState
    message: str = ""


class JobDir:
    """Paths and atomic access. Reads never raise for a missing or half-written file."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self.spec_file = self.path / "spec.json"
        self.events_file = self.path / "events.jsonl"
        self.log_file = self.path / "log.txt"
        self.control_file = self.path / "control"
        self.heartbeat_file = self.path / "heartbeat"
        self.exit_file = self.path / "exit.json"
        self.checkpoints = self.path / "checkpoints"
        self.snapshots = self.path / "snapshots"
        self.artifact = self.path / "artifact"

    def create(self, kind: str, job_id: str, spec: dict[str, Any]) -> None:
        self.path.mkdir(parents=True, exist_ok=False)
        try:
            write_json(self.spec_file, {"kind": kind, "job_id": job_id, "spec": spec})
        except OSError:
            self.path.rmdir()
            raise

    def snapshot(self, step: int) -> Path:
        """The folder of the model as it stood at a step; it may not be there."""
        return self.snapshots / str(step)

    def snapshot_steps(self) -> list[int]:
        """The steps of which there is a snapshot, in order."""
        try:
            names = [found.name for found in self.snapshots.iterdir()]
        except OSError:
            return []
        return sorted(int(name) for name in names if name.isdecimal())

    def kind(self) -> str:
        """The kind of job, empty when the folder does not say."""
        told = read_json(self.spec_file, {})
        return str(told.get("kind", "")) if isinstance(told, dict) else ""

    def append(self, event: Event) -> None:
        """One event, stamped with the time, in one write so that lines of two writers cannot mix."""
        line = json.dumps({"time": time.time(), **event}, ensure_ascii=False, allow_nan=False) + "\n"
        data = line.encode()
        with self.events_file.open("ab", buffering=0) as out:
            written = out.write(data)
            if written < len(data):  # the disk is full: half a line would swallow the next one
                out.truncate(out.tell() - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def read_events(self, cursor: int = 0, limit_bytes: int = 4_000_000) -> tuple[list[Event], int]:
        """Events from byte ``cursor`` on, and the cursor after the last whole line."""
        try:
            with self.events_file.open("rb") as source:
                source.seek(cursor)
                block = source.read(limit_bytes)
        except OSError:
            return [], cursor
        end = block.rfind(b"\n") + 1
        return list(_parsed(block[:end])), cursor + end

    def tail_log(self, max_bytes: int = 16_000) -> str:
        """The end of the log; a first line that was cut is left out."""
        try:
            with self.log_file.open("rb") as source:
                size = source.seek(0, 2)
                source.seek(max(0, size - max_bytes))
                text = source.read().decode(errors="replace")
        except OSError:
            return ""
        return text if size <= max_bytes else text.partition("\n")[2]

    def ask(self, action: Action | None) -> None:
        """Leave a request for the worker, or (None) take it back."""
        if action is None:
            self.control_file.unlink(missing_ok=True)
        else:
            write_atomic(self.control_file, action.value)

    def asked(self) -> Action | None:
        try:
            return Action(self.control_file.read_text().strip())
        except (OSError, ValueError):
            return None

    def beat(self, heartbeat: Heartbeat) -> None:
        write_json(self.heartbeat_file, asdict(heartbeat))

    def heartbeat(self) -> Heartbeat | None:
        values = read_json(self.heartbeat_file)
        try:
            return Heartbeat(**values)
        except TypeError:
            return None

    def leave(self, exit: Exit) -> None:
        write_json(self.exit_file, {"state": exit.state.value, "message": exit.message})

    def left(self) -> Exit | None:
        values = read_json(self.exit_file)
        try:
            return Exit(JobState(values["state"]), str(values.get("message", "")))
        except (TypeError, KeyError, ValueError):
            return None


def _parsed(block: bytes) -> Iterator[Event]:
    """Whole lines only; a line damaged by a kill in mid-write is skipped, not fatal."""
    for line in block.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event
