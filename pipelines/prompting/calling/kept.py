"""Replies that a run has had, in a file of its folder, so that a run that begins again asks nothing twice.

JSON lines, only ever appended to, one write a reply. A database would do no better here: there is one writer,
nothing is ever changed, and all that a kill can leave behind is half a line at the end, which is cut off when
the file is opened again; a line that is damaged anywhere else is passed over and its call asked anew. The
lines stay on the disk; in memory is where each begins.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.prompting.calling.caller import Caller, Check, Done, unchecked, unheard
from pipelines.prompting.calls import Call, Reply, Text

_KEY = 32  # characters of a digest: 128 bits
_log = logging.getLogger(__name__)


class Replies:
    """The file of one run. For one process at a time, safe between its threads; use as a context manager."""

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._places: dict[str, tuple[int, int]] = {}  # a key's line: where it begins, how long it is
        self._end = self._read_places()
        os.ftruncate(self._file, self._end)

    def __enter__(self) -> "Replies":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def get(self, key: str) -> Reply | None:
        place = self._places.get(key)
        read = place and _read(os.pread(self._file, place[1], place[0]))
        return read[1] if read else None

    def put(self, key: str, reply: Reply) -> None:
        """Raises OSError where the disk is full; the file is then as it was."""
        line = json.dumps({"key": key, "reply": asdict(reply)}).encode() + b"\n"
        with self._lock:
            try:
                written = 0
                while written < len(line):
                    written += os.pwrite(self._file, line[written:], self._end + written)
            except OSError:
                os.ftruncate(self._file, self._end)
                raise
            self._places[key] = self._end, len(line)
            self._end += len(line)

    def _read_places(self) -> int:
        """Fills them, and returns where the last whole line ends."""
        end = 0
        with open(self._file, "rb", closefd=False) as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                if read := _read(line):
                    self._places[read[0]] = end, len(line)
                else:
                    _log.warning(
                        "%s: a line at byte %d is damaged; its call is asked anew", self.path.name, end
                    )
                end += len(line)
        return end


class Kept:
    """A :class:`~pipelines.prompting.calling.caller.Caller` that asks another one only what is not among the
    replies yet. Calls of a batch that tell the same are asked once. Errors are not kept: a run that begins
    again tries these calls again.

    ``asked`` counts calls that were answered by the other, ``found`` those that were not put to it."""

    def __init__(self, caller: Caller, replies: Replies):
        self.name, self.exact = caller.name, caller.exact
        self._caller, self._replies = caller, replies
        self.asked = self.found = 0

    def answer(
        self, calls: Sequence[Call], check: Check = unchecked, done: Done = unheard
    ) -> tuple[Reply, ...]:
        keys = [key_of(self.told(call)) for call in calls]
        replies: dict[int, Reply] = {}
        new: dict[str, list[int]] = {}  # the places of what is to be asked
        for number, key in enumerate(keys):
            if key not in new and (known := self._replies.get(key)):
                replies[number] = known
                done(number, known)
            else:
                new.setdefault(key, []).append(number)
        self.found += len(replies)
        wanted = list(new)

        def answered(place: int, reply: Reply) -> None:
            if not reply.error:
                self._replies.put(wanted[place], reply)
            self.asked += 1
            self.found += len(new[wanted[place]]) - 1
            for number in new[wanted[place]]:
                replies[number] = reply
                done(number, reply)

        if wanted:
            self._caller.answer([calls[new[key][0]] for key in wanted], check, answered)
        return tuple(replies[number] for number in range(len(calls)))

    def count(self, call: Call) -> int:
        return self._caller.count(call)

    def told(self, call: Call) -> Mapping[str, Any]:
        return self._caller.told(call)


def key_of(told: Mapping[str, Any]) -> str:
    """A digest of all that a reply depends on.

    >>> key_of({"model": "house/a", "seed": 1}) == key_of({"seed": 1, "model": "house/a"})
    True
    """
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_KEY]


def _read(line: bytes) -> tuple[str, Reply] | None:
    """None for a line that is not whole."""
    try:
        told = json.loads(line)
        reply = told["reply"]
        texts = tuple(Text(**text) for text in reply["texts"])
        return told["key"], Reply(**{**reply, "texts": texts})
    except (ValueError, KeyError, TypeError):
        return None
