"""Tokens as a table, a page at a time: string, id, text, bytes, characters, and in words what is odd about
each. All text is escaped here; no Gradio.
"""

from html import escape

from app.tokenizer.chips import chip_html, count_of, cut_html, hint_html
from app.tokenizer.glyphs import glyph_text
from pipelines.tokenization.rows import TokenRows

PAGE = 100
_BYTES = 16  # of one token that are written out
_HEADS = ("#", "Token", "Id", "Text", "Bytes", "Characters", "Notes")
_NO_TOKENIZER = "Choose a tokenizer to see its tokens one by one."
_NO_TOKENS = "No tokens: the text is empty, and this tokenizer puts nothing around it."


def page_start(token: int, total: int) -> int:
    """Where the page begins that shows ``token``; for one beyond the end, the last page.

    >>> page_start(250, 1000), page_start(5000, 1000), page_start(-3, 1000)
    (200, 900, 0)
    """
    return max(0, min(token, total - 1)) // PAGE * PAGE


def no_tokenizer_html() -> str:
    return hint_html(_NO_TOKENIZER)


def tokens_html(rows: TokenRows, text: str, tokenizer: str, marked: int = -1) -> str:
    """``marked`` is the token that was asked for, drawn attention to. ``text`` is the one that was
    encoded."""
    if not rows.total:
        return hint_html(_NO_TOKENS)
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    body = "".join(_row(rows, row, text, marked) for row in range(len(rows)))
    about = f"Tokens of {escape(tokenizer)}"
    return (
        f'{_pager(rows)}<div class="gw-detail-table" tabindex="0" role="region" aria-label="{about}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        '<p class="gw-detail-note">Characters count from 0, the end not included. A click on an id copies '
        f"it. A bracket joins tokens that share one character.{_broken(rows)}</p>"
    )


def _broken(rows: TokenRows) -> str:
    """What the replacement character says, where one stands."""
    seen = any("\ufffd" in text for text in rows.texts)
    return " � stands for bytes that are no whole character alone." if seen else ""


def _pager(rows: TokenRows) -> str:
    first, end, total = rows.first, rows.first + len(rows), rows.total
    place = f"<strong>{first:,}–{end - 1:,}</strong> of {count_of(total, 'token')}, counted from 0"
    if total <= PAGE:
        return f'<div class="gw-pager"><span>{count_of(total, "token")}, counted from 0</span></div>'
    last = page_start(total, total)
    turns = (
        ("First page", "«", 0, first > 0),
        ("Page before", "‹", max(0, first - PAGE), first > 0),
        ("Next page", "›", first + PAGE, end < total),
        ("Last page", "»", last, end < total),
    )
    buttons = "".join(
        f'<button type="button" data-token="{to}" aria-label="{name}" title="{name}"'
        f"{'' if possible else ' disabled'}>{sign}</button>"
        for name, sign, to, possible in turns
    )
    return (
        f'<div class="gw-pager"><span>{place}</span><span class="gw-pager-turn">{buttons}</span>'
        '<form class="gw-pager-go"><label>Go to token <input type="number" name="token" min="0" '
        f'max="{total - 1}" step="1" placeholder="{first}" required></label>'
        '<button type="submit">Go</button></form></div>'
    )


def _row(rows: TokenRows, row: int, text: str, marked: int) -> str:
    number = rows.first + row
    style = "gw-special" if rows.special[row] else "gw-unknown" if rows.unknown[row] else ""
    id_ = int(rows.ids[row])
    mark = ' class="gw-marked" aria-current="true"' if number == marked else ""
    return (
        f'<tr{mark}><th scope="row" class="{_bracket(rows, row)}">{number:,}</th>'
        f"<td>{chip_html(rows.tokens[row], style, 32)}</td>"
        f'<td><button type="button" class="gw-id" data-copy=".gw-id" aria-label="Copy id {id_}">{id_}'
        f"</button></td><td>{_text(rows, row)}</td><td>{_bytes(rows, row)}</td><td>{_place(rows, row)}</td>"
        f"<td>{_notes(rows, row, text)}</td></tr>"
    )


def _bracket(rows: TokenRows, row: int) -> str:
    """The classes that draw a group's bracket: where it begins, goes on and ends."""
    size = int(rows.group_size[row])
    if size < 2:
        return ""
    place = rows.first + row - int(rows.group_first[row])
    ends = ("gw-bracket-top" * (place == 0), "gw-bracket-end" * (place == size - 1))
    return " ".join(part for part in ("gw-bracket", *ends) if part)


def _text(rows: TokenRows, row: int) -> str:
    if rows.added[row]:
        return '<span class="gw-detail-quiet">–</span>'
    return f'<span class="gw-spelt">{cut_html(rows.texts[row], 24)}</span>'


def _bytes(rows: TokenRows, row: int) -> str:
    if rows.added[row]:
        return '<span class="gw-detail-quiet">–</span>'
    low, high = int(rows.raw_offsets[row]), int(rows.raw_offsets[row + 1])
    shown = rows.raw[low : min(high, low + _BYTES)].tobytes().hex(" ").upper()
    more = f'<span class="gw-cut">… {high - low:,} bytes</span>' if high - low > _BYTES else ""
    style = "gw-bytes gw-byte-fallback" if rows.byte_fallback[row] else "gw-bytes"
    return f'<span class="{style}">{shown}{more}</span>'


def _place(rows: TokenRows, row: int) -> str:
    if rows.added[row]:
        return '<span class="gw-detail-quiet">–</span>'
    return f"{int(rows.start[row]):,}–{int(rows.end[row]):,}"


def _notes(rows: TokenRows, row: int, text: str) -> str:
    flags = (
        (rows.added[row], "put around the text"),
        (rows.special[row] and not rows.added[row], "special token"),
        (rows.unknown[row], "unknown"),
        (rows.byte_fallback[row], "byte fallback"),
        (rows.start[row] == rows.end[row] and not rows.added[row], "no character of the text"),
    )
    said = [words for applies, words in flags if applies]
    if (size := int(rows.group_size[row])) > 1:
        part = rows.first + row - int(rows.group_first[row]) + 1
        shared = glyph_text(text[int(rows.start[row]) : int(rows.end[row])][:12])
        said.append(f"part {part} of {size} of “{shared}”")
    return escape(", ".join(said))
