"""PDF by pypdf: the text of each page, without what runs along on every page, with the outline's headings
where they stand. Pictures of text stay pictures: nothing is recognised in them."""

import re
from collections.abc import Sequence
from typing import BinaryIO

from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.draft import Draft
from pipelines.rag.documents.formats.pdf_lines import continues, paragraphs, unhyphenated, without_running
from pipelines.rag.documents.formats.pdf_outline import headings_of, parted
from pipelines.rag.documents.limits import Limits
from pipelines.rag.documents.normal import normal

_PLAIN = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": "-"}
)
_LEADERS = re.compile(r"(?: ?\.){5,}")  # of a table of contents
_FORGET_EVERY = 50  # pages whose parts pypdf may keep
_SHOWN = 8


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    reader = _opened(source)
    count = _page_count(reader, draft.limits)
    pages, broken = _lines_of_pages(reader, count, draft.limits)
    empty = [at for at, lines in enumerate(pages) if not lines]
    _check_text(empty, broken, count)
    draft.pages, draft.title = count, _title(reader)
    headings = headings_of(reader)
    _write(draft, unhyphenated(without_running(pages)), headings)
    if broken:
        draft.note(f"Damaged and left out: {_ranges(broken)}.")
    if silent := [at for at in empty if at not in set(broken)]:
        draft.note(f"Without text (empty or scanned; no text recognition is done): {_ranges(silent)}.")


def _opened(source: BinaryIO) -> PdfReader:
    if b"%PDF-" not in source.read(1024):
        raise GlassworksError("it is no PDF, or its beginning is damaged.")
    source.seek(0)
    reader = PdfReader(source)
    try:
        shut = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except (DependencyError, NotImplementedError):
        shut = True
    if shut:
        raise GlassworksError(
            "it is encrypted and opens with a password only; save it without and add it again."
        )
    return reader


def _page_count(reader: PdfReader, limits: Limits) -> int:
    """What the file says it has is asked first: to count can be long."""
    told = reader.root_object["/Pages"].get_object().get("/Count", 0)
    count = told if isinstance(told, int) and told > limits.pages else len(reader.pages)
    if count > limits.pages:
        raise GlassworksError(f"it has {count:,} pages; accepted are at most {limits.pages:,}. Split it.")
    if not count:
        raise GlassworksError("it has no pages; a PDF with some text is accepted.")
    return count


def _lines_of_pages(reader: PdfReader, count: int, limits: Limits) -> tuple[list[list[str]], list[int]]:
    """(the lines of each page, the places of pages that cannot be read)."""
    pages, broken, length = [], [], 0
    for at in range(count):
        try:
            text = normal(reader.pages[at].extract_text().translate(_PLAIN))
        except MemoryError:
            raise
        except Exception:  # pypdf raises nearly anything for a damaged page; the others may be whole
            broken.append(at)
            text = ""
        length += len(text)
        if length > limits.characters:
            raise GlassworksError(
                f"its text is longer than the {limits.characters:,} characters accepted (page {at + 1:,} of "
                f"{count:,}); split it."
            )
        pages.append(
            [" ".join(_LEADERS.sub(" … ", line).split()) for line in text.split("\n") if line.strip()]
        )
        if at % _FORGET_EVERY == 0:
            reader.resolved_objects.clear()
    return pages, broken


def _check_text(empty: Sequence[int], broken: Sequence[int], count: int) -> None:
    if len(broken) == count:
        raise GlassworksError(
            "it is damaged: none of its pages can be read. Open it elsewhere and save it anew."
        )
    if len(empty) == count:
        raise GlassworksError(
            "it holds no text, so it is probably scanned. Text in pictures is not recognised here; run it "
            "through OCR first."
        )


def _title(reader: PdfReader) -> str:
    try:
        return str((reader.metadata or {}).get("/Title") or "")
    except Exception:  # a damaged title is no reason to refuse the text
        return ""


def _write(draft: Draft, pages: Sequence[list[str]], headings: dict[int, list[tuple[str, int]]]) -> None:
    """Every page's mark ends where the next begins, so that no character is on none."""
    width = _width(pages)
    starts: list[int] = []
    last = ""
    for at, lines in enumerate(pages):
        gap = "\n" if lines and continues(last, lines[0]) else "\n\n"
        starts.append(draft.length)
        for level, words in parted(lines, headings.get(at, ())):
            if level:
                draft.heading(words[0], level)
            else:
                draft.add("\n".join(paragraphs(words, width)), gap)
            gap = "\n\n"
        last = lines[-1] if lines else last
    for at, (start, end) in enumerate(zip(starts, [*starts[1:], draft.length], strict=True)):
        draft.mark("page", start, end, str(at + 1))


def _width(pages: Sequence[list[str]]) -> int:
    """Of a full line, in characters: nine in ten are not longer."""
    lengths = sorted(len(line) for lines in pages for line in lines)
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _ranges(places: Sequence[int]) -> str:
    """
    >>> _ranges([0, 1, 2, 6])
    'pages 1–3, 7'
    """
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1][1] = place + 1
        else:
            runs.append([place + 1, place + 1])
    told = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:_SHOWN]]
    more = f" and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
    return f"page{'s' * (len(places) > 1)} {', '.join(told)}{more}"
