"""Markdown by markdown-it-py (CommonMark and tables): the words as they are read, without the signs that
shape them. Links and pictures leave their words, headings, code and tables their marks."""

import re
from collections.abc import Sequence
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipelines.rag.documents.decoding import text_of
from pipelines.rag.documents.draft import Draft

_FRONT = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    text = text_of(source, draft).replace("\r\n", "\n")
    front = _FRONT.match(text)
    if front:
        text = text[front.end() :]
        draft.title = title[1] if (title := _TITLE.search(front[1])) else ""
    _Writer(draft).write(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text))
    draft.title = draft.title or draft.first_heading


class _Writer:
    """Goes along the tokens once. ``_lists`` holds the number of the next item of each open list, None for
    one with bullets; ``_bullet`` waits for the item's first words."""

    def __init__(self, draft: Draft):
        self._draft = draft
        self._lists: list[int | None] = []
        self._bullet, self._inside, self._level = "", "", 0
        self._rows: list[list[str]] = []

    def write(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            act = getattr(self, f"_{token.type}", None)
            if act:
                act(token)

    def _inline(self, token: Token) -> None:
        words = _words(token.children or ())
        if self._inside == "cell":
            self._rows[-1].append(words)
        elif self._inside == "heading":
            self._draft.heading(words, self._level)
        elif self._lists:
            self._draft.item(words, len(self._lists) - 1, self._bullet)
            self._bullet = ""
        else:
            self._draft.add(words)

    def _heading_open(self, token: Token) -> None:
        self._inside, self._level = "heading", int(token.tag[1])

    def _paragraph_open(self, token: Token) -> None:
        self._inside = "paragraph"

    def _th_open(self, token: Token) -> None:
        self._inside = "cell"

    _td_open = _th_open

    def _table_open(self, token: Token) -> None:
        self._rows = []

    def _tr_open(self, token: Token) -> None:
        self._rows.append([])

    def _table_close(self, token: Token) -> None:
        self._draft.table(self._rows)

    def _bullet_list_open(self, token: Token) -> None:
        self._lists.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self._lists.append(int(token.attrs.get("start", 1)))

    def _list_item_open(self, token: Token) -> None:
        number = self._lists[-1]
        self._bullet = "- " if number is None else f"{number}. "
        self._lists[-1] = None if number is None else number + 1

    def _bullet_list_close(self, token: Token) -> None:
        self._lists.pop()

    _ordered_list_close = _bullet_list_close

    def _fence(self, token: Token) -> None:
        self._draft.block(token.content)

    _code_block = _fence

    def _html_block(self, token: Token) -> None:
        from pipelines.rag.documents.formats.html import flow  # few files hold any

        flow(token.content, self._draft)


def _words(children: Sequence[Token]) -> str:
    """What is read of a line: the words of links, pictures and code, without tags."""
    parts = []
    for child in children:
        if child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type == "hardbreak" or child.content.lower().startswith("<br"):
            parts.append("\n")
        elif child.type == "softbreak":
            parts.append(" ")
    return "".join(parts)
