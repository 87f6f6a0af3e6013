"""CoNLL: a word a line, its tag last, a blank line between sentences; becomes ``tokens`` and ``tags``."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from pipelines.training.rows.readers.lines import numbered_lines
from pipelines.training.rows.table import BadRowsError, Limits, Row, Table, tabled
from pipelines.training.rows.tags import to_bio

_LOOKED_AT = 200
_WORDS = 5_000
_TAG = re.compile(r"O|[BIESLUM]-\S+")
_NEW_DOCUMENT = "-DOCSTART-"


def read_conll(file: Path, limits: Limits) -> Table:
    """TAB or spaces between word and tag (the first and last of a line); a row is a sentence. Raises
    :class:`BadRowsError`."""
    return tabled(enumerate(_sentences(file, limits), 1), file.name, limits, "Sentence")


def looks_like_conll(lines: Iterable[str]) -> bool:
    """Whether nearly every one of the first lines ends with a tag of the BIO family, after a word."""
    filled = [line for line in islice(lines, _LOOKED_AT) if line.strip() and not _is_comment(line)]
    tagged = sum(
        _TAG.fullmatch(line.split()[-1]) is not None and " " in line.replace("\t", " ").rstrip()
        for line in filled
    )
    return len(filled) > 2 and tagged >= 0.9 * len(filled)


def _is_comment(line: str) -> bool:
    """Some collections say where a sentence is from; a word may be # itself."""
    words = line.split()
    return line.startswith("#") and len(words) != 2 and not _TAG.fullmatch(words[-1])


def _sentences(file: Path, limits: Limits) -> Iterator[Row]:
    words, tags, begins = [], [], 1
    for number, line in numbered_lines(file, limits):
        if line.strip() and not line.startswith(_NEW_DOCUMENT):
            parts = _parted(line, number, file.name)
            if parts is None:
                continue
            words.append(parts[0])
            tags.append(parts[1])
            if len(words) > _WORDS:
                raise BadRowsError(
                    f"The sentence from line {begins} of {file.name} has more than {_WORDS:,} words; put a "
                    "blank line between sentences."
                )
            continue
        if words:
            yield {"tokens": words, "tags": list(to_bio(tags))}
        words, tags, begins = [], [], number + 1
    if words:
        yield {"tokens": words, "tags": list(to_bio(tags))}


def _parted(line: str, number: int, name: str) -> tuple[str, str] | None:
    """(word, tag); None for a comment, and for a word that is nothing, as some collections have them."""
    line = line.rstrip("\r\n")
    parts = [part.strip() for part in line.split("\t")] if "\t" in line else line.split()
    tag = parts[-1]
    if _is_comment(line):
        return None
    if len(parts) > 1 and parts[0] and tag and not any(c.isspace() for c in tag):
        return parts[0], tag
    if len(parts) > 1 and tag == "O":
        return None
    raise BadRowsError(
        f"Line {number} of {name} is not a word and a tag; a line is a word, a TAB or a space, and its tag "
        "(O, B-PER, I-PER), with a blank line between sentences."
    )
