"""Counts a corpus and takes its first documents. Run as a process for a big one, so that the page's own
process is not held by the counting: ``python -m pipelines.training.describe FILE MAX_BYTES`` prints JSON.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY
from pipelines.training.corpus import BadCorpusError, documents, files_of

_SMALL_BYTES = 200_000
_SECONDS = 900
_PREVIEWS, _PREVIEW_CHARS = 3, 600


@dataclass(frozen=True)
class Description:
    """``bytes`` are those of the files as they lie on disk; ``preview`` holds the first documents, cut."""

    documents: int
    characters: int
    bytes: int
    preview: tuple[str, ...]


def describe(path: Path, max_bytes: int) -> Description:
    """Read the whole corpus once, here when it is small, else in a process of its own.

    ``max_bytes`` bounds what one file may unpack to. Raises :class:`GlassworksError` for a bad corpus.
    """
    files = files_of(path)
    plain = sum(f.stat().st_size for f in files if f.suffix.lower() != ".gz")
    packed = any(f.suffix.lower() == ".gz" for f in files)
    if plain <= _SMALL_BYTES and not packed:
        return count(path, max_bytes)
    command = [sys.executable, "-m", "pipelines.training.describe", str(path.resolve()), str(max_bytes)]
    try:
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        raise BadCorpusError(f"{path.name} takes too long to read; give a smaller file.") from None
    except subprocess.CalledProcessError:
        raise BadCorpusError(f"{path.name} could not be read; give a smaller or plainer file.") from None
    return _from_json(json.loads(done.stdout))


def count(path: Path, max_bytes: int) -> Description:
    number, characters, preview = 0, 0, []
    for text in documents(path, max_bytes):
        number += 1
        characters += len(text)
        if len(preview) < _PREVIEWS:
            preview.append(text if len(text) <= _PREVIEW_CHARS else text[:_PREVIEW_CHARS] + "…")
    size = sum(f.stat().st_size for f in files_of(path))
    return Description(number, characters, size, tuple(preview))


def _from_json(answer: dict) -> Description:
    if "error" in answer:
        raise BadCorpusError(answer["error"])
    return Description(**{**answer, "preview": tuple(answer["preview"])})


def _main(path: str, max_bytes: str) -> None:
    try:
        answer = asdict(count(Path(path), int(max_bytes)))
    except GlassworksError as fault:
        answer = {"error": str(fault)}
    print(json.dumps(answer))


if __name__ == "__main__":
    _main(*sys.argv[1:])
