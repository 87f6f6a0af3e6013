"""A page of a vocabulary as a table, and one token with its neighbours by merge as a card to walk from. All
text of tokenizers is escaped here; no Gradio.
"""

from collections.abc import Sequence
from html import escape

from app.status_line import status_line
from app.tokenizer.shown_text import bytes_text, glyphs, signs, text_or_bytes
from pipelines.tokenization.answers import Described
from pipelines.tokenization.vocabulary import BYTE, ORDINARY, SPECIAL, Entry, Merge, Neighbours, Page

ROWS = 50
_LONGEST = 60  # characters of a token that a row shows
_NO_MERGES = {
    "wordpiece": "A WordPiece vocabulary keeps no merges: it is a list of pieces, of which the longest that "
    "fits is taken.",
    "unigram": "A Unigram vocabulary keeps no merges: each piece has a score, and the best sum wins.",
    "wordlevel": "A vocabulary of whole words has no merges.",
    "bpe": "This vocabulary keeps scores in the place of a list of merges.",
}


def page_html(page: Page, tokenizer: str) -> str:
    """The rows with buttons to the pages around; a row's button opens its token."""
    if not page.total:
        return '<div class="gw-paper gw-empty gw-small-paper"><p>No token is like that.</p></div>'
    heads = "".join(
        f'<th scope="col"{extra}>{name}</th>'
        for name, extra in (
            ("Id", ' class="gw-number"'),
            ("Token", ""),
            ("Written as", ""),
            ("Bytes", ' class="gw-number"'),
            ("Script", ""),
            ("Kind", ""),
        )
    )
    rows = "".join(map(_row, page.entries))
    return (
        f'<div class="gw-table-box gw-vocabulary" tabindex="0" role="region" '
        f'aria-label="Vocabulary of {escape(tokenizer)}"><table class="gw-plain">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{_pages(page)}"
    )


def vocabulary_status_html(page: Page, described: Described) -> str:
    numbers = [
        f"of {described.size:,} ids",
        f"{described.kind}{', byte level' if described.byte_level else ''}",
        f"{described.merges:,} merges" if described.merges else "no merges",
    ]
    return status_line("done", f"{page.total:,} token{'s' * (page.total != 1)} found", numbers)


def card_html(near: Neighbours, described: Described, trail: Sequence[tuple[int, str]] = ()) -> str:
    """``trail`` are the tokens that were looked at before: (id, text)."""
    entry, named = near.entry, {one.id: one for one in near.named}
    facts = [
        ("Id", f"{entry.id:,}"),
        ("Written as", f"<code>{glyphs(entry.text)}</code>"),
        ("Bytes", f"<code>{bytes_text(entry.raw) or '–'}</code> ({len(entry.raw):,})"),
        ("Script", escape(entry.script)),
        ("Kind", escape(entry.kind)),
    ]
    if near.score is not None:
        facts.append(("Score", f"{near.score:.4f}"))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    return (
        f'<article class="gw-card" aria-label="Token {entry.id}"><h4>{_chip(entry)}</h4><dl>{listed}</dl>'
        f"<h5>Made of</h5>{_made_of(near, named, described)}"
        f"<h5>Used in{f' {near.uses:,} merges' if near.uses else ''}</h5>{_used_in(near, named, described)}"
        f"{_trail(trail)}</article>"
    )


def card_hint_html() -> str:
    return (
        '<div class="gw-card gw-card-empty"><p>Choose a row, or ask for an id: what the token is made of and '
        "what is made of it appears here, and from there one can walk on.</p></div>"
    )


def card_error_html(message: str) -> str:
    return f'<div class="gw-card"><p class="gw-error" role="alert">{escape(message)}</p></div>'


def label_of(entry: Entry) -> str:
    """The token as plain text for the trail, short."""
    try:
        text = signs(entry.raw.decode("utf-8"))
    except UnicodeDecodeError:
        text = bytes_text(entry.raw)
    return text if len(text) <= 14 else f"{text[:13]}…"


def _row(entry: Entry) -> str:
    return (
        f'<tr data-id="{entry.id}"><td class="gw-number"><button type="button" class="gw-id" '
        f'aria-label="Open token {entry.id}">{entry.id:,}</button></td><td>{_chip(entry)}</td>'
        f"<td><code>{_cut(glyphs(entry.text[:_LONGEST]), entry.text)}</code></td>"
        f'<td class="gw-number">{len(entry.raw):,}</td><td>{escape(entry.script)}</td>'
        f"<td>{escape(entry.kind) if entry.kind != ORDINARY else '–'}</td></tr>"
    )


def _chip(entry: Entry) -> str:
    outlined = " gw-special" if entry.kind == SPECIAL else ""
    return f'<span class="gw-token{outlined}">{_text(entry)}</span>'


def _text(entry: Entry) -> str:
    """What the token stands for; a byte token's byte in hex."""
    if entry.kind == BYTE:
        return f'<span class="gw-hex">{bytes_text(entry.raw)}</span>'
    try:
        text = entry.raw.decode("utf-8")
    except UnicodeDecodeError:
        return text_or_bytes(entry.raw[:_LONGEST])
    return _cut(glyphs(text[:_LONGEST]) or "∅", text)


def _cut(html: str, text: str) -> str:
    return html if len(text) <= _LONGEST else f'{html}<span class="gw-muted">… {len(text):,}</span>'


def _link(id_: int, named: dict[int, Entry]) -> str:
    """A token to walk to."""
    if id_ not in named:
        return '<span class="gw-muted">not in the vocabulary</span>'
    outlined = " gw-special" if named[id_].kind == SPECIAL else ""
    return (
        f'<button type="button" class="gw-token gw-walk{outlined}" data-id="{id_}" title="id {id_}" '
        f'aria-label="Open token {id_}, {escape(label_of(named[id_]))}">{_text(named[id_])}</button>'
    )


def _made_of(near: Neighbours, named: dict[int, Entry], described: Described) -> str:
    if near.made_of:
        merge = near.made_of
        return (
            f'<p class="gw-merge">{_sum(merge, named)}<small>rank {merge.rank:,} of '
            f"{described.merges:,}</small></p>"
        )
    if near.entry.kind != ORDINARY:
        return f"<p>Nothing: it is {_article(near.entry.kind)} token, put beside the vocabulary.</p>"
    if not described.merges:
        return f"<p>{_NO_MERGES.get(described.kind, _NO_MERGES['bpe'])}</p>"
    return "<p>No merge makes it: it is one of the symbols that merging begins with.</p>"


def _used_in(near: Neighbours, named: dict[int, Entry], described: Described) -> str:
    if not near.uses:
        return "<p>No merge uses it.</p>" if described.merges else "<p>There are no merges to be used in.</p>"
    items = "".join(
        f'<li class="gw-merge">{_sum(merge, named)}<span>→</span>{_link(merge.result, named)}'
        f"<small>rank {merge.rank:,}</small></li>"
        for merge in near.used_in
    )
    more = near.uses - len(near.used_in)
    rest = f'<p class="gw-hint">and {more:,} later ones</p>' if more > 0 else ""
    return f'<ol class="gw-uses">{items}</ol>{rest}'


def _sum(merge: Merge, named: dict[int, Entry]) -> str:
    return f"{_link(merge.left, named)}<span>+</span>{_link(merge.right, named)}"


def _trail(trail: Sequence[tuple[int, str]]) -> str:
    if not trail:
        return ""
    steps = "".join(
        f'<button type="button" class="gw-try" data-id="{id_}">{escape(text) or "∅"}</button>'
        for id_, text in trail
    )
    return f'<h5>Looked at before</h5><div class="gw-tries">{steps}</div>'


def _pages(page: Page) -> str:
    last = (page.total - 1) // ROWS * ROWS
    end = page.first + len(page.entries)
    places = (
        ("First page", "«", 0, page.first > 0),
        ("Page before", "‹", max(0, page.first - ROWS), page.first > 0),
        ("Next page", "›", min(page.first + ROWS, last), end < page.total),
        ("Last page", "»", last, end < page.total),
    )
    buttons = [
        f'<button type="button" data-first="{first}" aria-label="{name}" title="{name}"'
        f"{'' if leads else ' disabled'}>{sign}</button>"
        for name, sign, first, leads in places
    ]
    where = f"<span>{page.first + 1:,}–{end:,} of {page.total:,}</span>"
    return (
        f'<nav class="gw-pages" aria-label="Pages">{"".join(buttons[:2])}{where}{"".join(buttons[2:])}</nav>'
    )


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
