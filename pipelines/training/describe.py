"""Counts a corpus and takes its first documents. Run as a process for a big one, so that the page's own
process is not held by the counting: ``python -m pipelines.training.describe FILE MAX_BYTES`` prints JSON.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.training.aside import aside, say
from pipelines.training.corpus import BadCorpusError, documents, files_of

_SMALL_BYTES = 200_000
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
    arguments = (str(path.resolve()), str(max_bytes))
    return _from_json(aside("pipelines.training.describe", *arguments, name=path.name, fault=BadCorpusError))


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
    return Description(**{**answer, "preview": tuple(answer["preview"])})


if __name__ == "__main__":
    say(lambda: asdict(count(Path(sys.argv[1]), int(sys.argv[2]))))
