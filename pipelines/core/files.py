"""Small files that another process may read at any moment, or that a kill may interrupt."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write_atomic(path: Path, text: str) -> None:
    """Write beside the target, then rename: a reader sees the old text or the new, never half of one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)  # on a full disk it would keep what little room there is
        raise


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """An empty folder beside ``place``, to be filled in the block. At its end it takes the place, after a
    fault it is gone: a reader sees the old folder or the new, never half of one."""
    beside = place.with_name(f".{place.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        shutil.rmtree(place, ignore_errors=True)
        os.replace(beside, place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def link_or_copy(file: Path, target: Path) -> None:
    """The same finished file under a second name, where the disk has such names; else a copy of it."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def write_json(path: Path, value: Any) -> None:
    write_atomic(path, json.dumps(value, ensure_ascii=False))


def read_json(path: Path, default: Any = None) -> Any:
    """The file's JSON, or ``default`` when the file is absent or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return default
