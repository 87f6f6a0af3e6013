"""Which files are read, and as what: the end of a file's name decides. Standard library and core only."""

import re
import unicodedata
from pathlib import PurePosixPath

from pipelines.core.errors import GlassworksError

ACCEPTED = "PDF, DOCX, Markdown, HTML, TXT, CSV, TSV, JSON, JSONL and source code such as .py or .java"
_ENDS = {
    "pdf": ".pdf",
    "docx": ".docx",
    "markdown": ".md .markdown .mdown",
    "html": ".html .htm .xhtml",
    "text": ".txt .text .log .rst .tex",
    "csv": ".csv .tsv",
    "jsonl": ".jsonl .ndjson .json",
    "code": ".py .pyi .js .mjs .cjs .jsx .ts .tsx .java .kt .scala .c .h .cc .cpp .hpp .cs .go .rs .rb .php "
    ".swift .m .r .jl .lua .pl .sh .bash .ps1 .sql .css .scss .vue .yaml .yml .toml .ini .cfg .xml .proto",
}
_KINDS = {end: kind for kind, ends in _ENDS.items() for end in ends.split()}
SUFFIXES = tuple(_KINDS)
_NAME_CHARS = 120


def kind_of(name: str) -> str:
    """One of DOCUMENT_KINDS. Raises :class:`GlassworksError` that says what is accepted.

    >>> kind_of("Notes.MD")
    'markdown'
    """
    kind = _KINDS.get(PurePosixPath(name.lower()).suffix)
    if kind is None:
        raise GlassworksError(f"{name or 'The file'} is of no accepted type; accepted are {ACCEPTED}.")
    return kind


def safe_name(name: str) -> str:
    """The name to show: without folders and odd characters. Raises :class:`GlassworksError` where its end is
    of no accepted type.

    >>> safe_name("../../etc/notes.txt"), safe_name(r"C:\\papers\\tides.pdf")
    ('notes.txt', 'tides.pdf')
    """
    last = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rpartition("/")[2]
    kept = " ".join(re.sub(r"[^\w.,()+&' \-]", "_", last).split())[-_NAME_CHARS:].lstrip(". ")
    kind_of(kept)
    return kept
