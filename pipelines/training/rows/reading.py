"""Data sets as people have them, read into a :class:`Table`: which reader a file needs, by its name and where
that does not say it by its first lines. Knows nothing about tasks or what a column means. Torch-free; Parquet
alone needs a library, imported when it comes.
"""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from pipelines.training.corpus import documents
from pipelines.training.rows.readers.conll import looks_like_conll, read_conll
from pipelines.training.rows.readers.csv_files import read_csv, read_tsv
from pipelines.training.rows.readers.json_files import read_lines, read_whole
from pipelines.training.rows.readers.lines import numbered_lines
from pipelines.training.rows.readers.parquet import read_parquet
from pipelines.training.rows.table import BadRowsError, Limits, Table, tabled

ACCEPTED = ".jsonl, .json, .csv, .tsv, .conll, .txt (each also as .gz) or .parquet"
PARQUET = ".parquet"
_LOOKED_AT = 200


def _plain(file: Path, limits: Limits) -> Table:
    """Documents of plain text; see :func:`pipelines.training.corpus.documents`."""
    rows = ({"text": text} for text in documents(file, limits.bytes))
    return tabled(enumerate(rows, 1), file.name, limits, "Text")


def _text_or_conll(file: Path, limits: Limits) -> Table:
    return (read_conll if _is_conll(file, limits) else _plain)(file, limits)


def _tsv_or_conll(file: Path, limits: Limits) -> Table:
    return (read_conll if _is_conll(file, limits) else read_tsv)(file, limits)


READERS: dict[str, Callable[[Path, Limits], Table]] = {
    ".jsonl": read_lines,
    ".ndjson": read_lines,
    ".json": read_whole,
    ".csv": read_csv,
    ".tsv": _tsv_or_conll,
    ".conll": read_conll,
    ".bio": read_conll,
    ".iob": read_conll,
    ".iob2": read_conll,
    ".txt": _text_or_conll,
    ".md": _plain,
    PARQUET: read_parquet,
}


def read(path: Path, suffix: str = "", limits: Limits = Limits()) -> Table:  # noqa: B008 (frozen)
    """The rows of a file. ``suffix`` says its kind where its name does not.

    Raises :class:`GlassworksError` that names the line or the row and says what is accepted.
    """
    if not path.is_file():
        raise BadRowsError(f"There is no file {path.name!r} to read rows from.")
    kind = kind_of(suffix or path.name)
    return READERS[kind](path, limits)


def kind_of(name: str) -> str:
    """The suffix that decides, without ``.gz``. Raises :class:`BadRowsError` for what is not accepted.

    >>> kind_of("reviews.JSONL.gz")
    '.jsonl'
    """
    lower = name.lower()
    kind = next((k for k in READERS if lower.removesuffix(".gz").endswith(k)), None)
    if kind is None or (kind == PARQUET and lower.endswith(".gz")):
        raise BadRowsError(f"{name[-80:] or 'The file'} is of no accepted type; accepted are {ACCEPTED}.")
    return kind


def kind_of_text(text: str) -> str:
    """The suffix of a file that would hold a pasted text: JSON lines, JSON, CoNLL, TSV, CSV or plain text."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0].strip() if lines else ""
    if first.startswith("["):
        return ".json"
    if first.startswith("{"):
        return ".jsonl" if first.endswith("}") else ".json"
    if looks_like_conll(lines):
        return ".conll"
    if len(lines) > 1 and (found := next((d for d in "\t,;" if _splits(lines, d)), None)):
        return ".tsv" if found == "\t" else ".csv"
    return ".txt"


def _splits(lines: list[str], delimiter: str) -> bool:
    """Whether the first line looks like a head: short names between delimiters that later lines have too."""
    names = [name.strip().strip('"') for name in lines[0].split(delimiter)]
    usual = all(0 < len(name) <= 40 and len(name.split()) <= 3 for name in names)
    return len(names) > 1 and usual and lines[0][-1:] not in ".!?" and delimiter in "".join(lines[1:])


def _is_conll(file: Path, limits: Limits) -> bool:
    return looks_like_conll(line for _, line in islice(numbered_lines(file, limits), _LOOKED_AT))
