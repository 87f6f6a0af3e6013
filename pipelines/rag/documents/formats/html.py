"""HTML by Beautiful Soup on lxml: what a reader of the page sees, and no script, style, comment or hidden
part. Links leave their words. A table whose cells hold headings, lists or tables only lays out the page, so
its cells are read like any other part."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import PreformattedString

from pipelines.rag.documents.decoding import text_of
from pipelines.rag.documents.draft import Draft

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w\-]{1,40})", re.I)
_SILENT = frozenset(
    ("head", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "embed", "canvas",
     "audio", "video", "map", "select", "datalist", "button", "input", "dialog")
)  # fmt: skip
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
     "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend",
     "li", "main", "nav", "ol", "p", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
     "tr", "ul")
)  # fmt: skip
_HEADINGS = re.compile(r"h[1-6]")
_OF_PAGES = ["table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "form"]  # not of a table's cells
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SAMPLE = 2048


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    named = _CHARSET.search(source.read(_SAMPLE))
    source.seek(0)
    flow(text_of(source, draft, named[1].decode() if named else ""), draft)
    draft.title = draft.title or draft.first_heading


def flow(markup: str, draft: Draft) -> None:
    """Write what is seen of ``markup``, a page or a part of one."""
    page = BeautifulSoup(markup, "lxml")
    if page.title and not draft.title:
        draft.title = page.title.get_text()
    _Writer(draft).write(page)


class _Writer:
    """Goes along the tree without recursion. Words gather in ``_words`` until a block begins or ends."""

    def __init__(self, draft: Draft):
        self._draft = draft
        self._words: list[str] = []
        self._lists: list[int | None] = []  # the number of the next item; None for bullets
        self._bullet = ""
        self._layouts: set[int] = set()

    def write(self, page: Tag) -> None:
        self._layouts = _layouts(page)
        stack: list[tuple[Tag, Iterator]] = [(page, iter(page.children))]
        while stack:
            tag, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self._close(tag)
            elif not isinstance(child, Tag):
                self._text(child)
            elif not _hidden(child) and self._open(child):
                stack.append((child, iter(child.children)))
        self._flush()

    def _text(self, child: object) -> None:
        if not isinstance(child, (Comment, PreformattedString)):
            self._words.append(str(child))

    def _open(self, tag: Tag) -> bool:
        """Whether its children are to be gone along."""
        if tag.name == "br":
            self._words.append("\0")
        elif tag.name in _BLOCKS or tag.name == "pre" or _HEADINGS.fullmatch(tag.name):
            self._flush()
            return self._open_block(tag)
        return True

    def _open_block(self, tag: Tag) -> bool:
        if tag.name == "pre":
            self._draft.block(_seen(tag))
        elif tag.name == "table" and id(tag) not in self._layouts:
            self._draft.table(_rows(tag))
        elif _HEADINGS.fullmatch(tag.name):
            self._draft.heading(" ".join(_seen(tag).split()), int(tag.name[1]))
        else:
            self._begin_list(tag)
            return True
        return False

    def _begin_list(self, tag: Tag) -> None:
        if tag.name in ("ul", "ol"):
            self._lists.append(_number(tag) if tag.name == "ol" else None)
        elif tag.name == "li" and self._lists:
            number = self._lists[-1]
            self._bullet = "- " if number is None else f"{number}. "
            self._lists[-1] = None if number is None else number + 1

    def _close(self, tag: Tag) -> None:
        if tag.name in _BLOCKS:
            self._flush()
        if tag.name in ("ul", "ol"):
            self._lists.pop()

    def _flush(self) -> None:
        """What has gathered is a paragraph; white space in it is one blank, and only <br> breaks a line."""
        text = "\n".join(" ".join(line.split()) for line in "".join(self._words).split("\0")).strip()
        self._words.clear()
        if text and self._lists:
            self._draft.item(text, len(self._lists) - 1, self._bullet)
            self._bullet = ""
        else:
            self._draft.add(text)


def _hidden(tag: Tag) -> bool:
    if tag.name in _SILENT or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    return bool(_HIDING.search(str(tag.get("style") or "")))


def _layouts(page: Tag) -> set[int]:
    """The ids of tables that only lay out the page. Each way up is gone once."""
    found: set[int] = set()
    for tag in page.find_all(_OF_PAGES):
        for around in tag.parents:
            if id(around) in found:
                break
            if around.name == "table":
                found.add(id(around))
    return found


def _rows(table: Tag) -> Iterator[list[str]]:
    """Its caption is a row, too."""
    for row in table.find_all(["caption", "tr"]):
        if _hidden(row):
            continue
        if row.name == "caption":
            yield [_seen(row)]
        else:
            yield [_seen(cell) for cell in row.find_all(["td", "th"]) if not _hidden(cell)]


def _seen(tag: Tag) -> str:
    """The words of a heading, cell or code, but for what is hidden in it."""
    for part in tag.find_all(_hidden):
        part.extract()
    for part in tag.find_all("br"):
        part.replace_with("\n")
    return tag.get_text()


def _number(tag: Tag) -> int:
    start = str(tag.get("start") or "1")
    return int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
