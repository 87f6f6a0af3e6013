"""The outcomes in files that grow: each line is read once, however often is asked. Standard library only."""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.evaluation.records import Outcome

_FILES = 64  # that are remembered


@dataclass
class _Read:
    """``number`` is the file's own: one that was put in its place is another. ``end`` is in bytes."""

    number: int
    end: int = 0
    outcomes: list[Outcome] = field(default_factory=list)


class Growing:
    """Safe to share between threads."""

    def __init__(self):
        self._lock, self._files = threading.Lock(), OrderedDict[Path, _Read]()

    def outcomes(self, file: Path) -> list[Outcome]:
        """What is there of a file of lines, without prompts and texts: figures need their values alone.
        Nothing where the file is not there; a last line that is half written is left for later."""
        with self._lock:
            try:
                found = file.stat()
                read = self._read(file, found.st_ino, found.st_size)
                with file.open("rb") as lines:
                    lines.seek(read.end)
                    block = lines.read()
            except OSError:
                return []
            whole = block.rfind(b"\n") + 1
            read.outcomes += [_outcome(line) for line in block[:whole].splitlines()]
            read.end += whole
            return list(read.outcomes)

    def _read(self, file: Path, number: int, size: int) -> _Read:
        read = self._files.pop(file, None)
        if read is None or read.number != number or read.end > size:
            read = _Read(number)
        self._files[file] = read
        while len(self._files) > _FILES:
            self._files.popitem(last=False)
        return read


def _outcome(line: bytes) -> Outcome:
    values = json.loads(line)
    known = {name: value for name, value in values["values"].items() if value is not None}
    return Outcome(values["id"], values["part"], known, "", "")
