"""The chosen data: its format and columns in words, its first rows as a table. All text is escaped here."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_CHARS = 400  # of one value
_COLUMNS = 12


def about_html(title: str, rows: int, recognised: str, columns: Sequence[str]) -> str:
    """What the data set is; ``recognised`` is its format in words."""
    names = " ".join(f"<code>{escape(_cut(name, 40))}</code>" for name in columns[:_COLUMNS])
    more = f" and {len(columns) - _COLUMNS} more" if len(columns) > _COLUMNS else ""
    return (
        f'<div class="gw-corpus gw-rows-view"><p><b>{escape(title)}</b> '
        f'<span class="gw-muted">{rows:,} rows</span><br>'
        f'<span class="gw-format">{escape(recognised)}</span>{names}{more}</p></div>'
    )


def nothing_html(task: str) -> str:
    """Before any data is chosen."""
    words = f"{task} Choose data for it, or bring rows of your own below."
    return f'<p class="gw-muted">{escape(words)}</p>'


def first_rows_html(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    roles: Mapping[str, str],
) -> str:
    """The first rows; above each column stands the role that it plays. ``roles`` is role → column."""
    plays = {column: role for role, column in roles.items()}
    shown = sorted(columns, key=lambda name: name not in plays)[:_COLUMNS]  # those that count come first
    head = "".join(f'<th scope="col">{_role(plays.get(name))}{escape(_cut(name, 60))}</th>' for name in shown)
    body = "".join(_row(number, row, shown) for number, row in zip(numbers, rows, strict=True))
    return (
        '<h4 class="gw-rows-title">First rows</h4>'
        '<div class="gw-first-rows" tabindex="0" role="region" aria-label="First rows"><table><thead><tr>'
        f'<th scope="col">row</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(number: int, row: Mapping[str, Any], columns: Sequence[str]) -> str:
    cells = "".join(f"<td>{escape(_text(row[name]) if name in row else '–')}</td>" for name in columns)
    return f'<tr><th scope="row">{number:,}</th>{cells}</tr>'


def _role(role: str | None) -> str:
    return f'<span class="gw-role">{escape(role)}</span>' if role else ""


def _text(value: Any) -> str:
    """A value for a cell: text as it is, words beside each other, else as JSON."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return _cut(" ".join(value))
    if isinstance(value, (list, tuple)) and all(isinstance(item, dict) for item in value):
        said = [_said(turn) for turn in value]
        if said and all(said):
            return _cut("\n".join(said))
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def _said(turn: Mapping[str, Any]) -> str:
    """``user: Hello`` for a message of a conversation; empty for anything else."""
    who, what = turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))
    return f"{who}: {what}" if isinstance(who, str) and isinstance(what, str) else ""


def _cut(text: str, most: int = _CHARS) -> str:
    return text if len(text) <= most else text[:most] + " …"
