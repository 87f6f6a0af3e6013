"""A batch as a grid: a row a sequence, a column a position, each cell a token and what the model is told of
it. All text of users and tokenizers is escaped here; no Gradio.
"""

from collections.abc import Collection
from html import escape
from typing import Any

import numpy as np

from app.status_line import status_line
from app.tokenizer.shown_text import glyphs, signs
from pipelines.tokenization.batch_spec import FILLER, Batch

MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 64, 256, 8_192  # that are drawn
TOKENS = "tokens"
FIELDS = ("input_ids", "attention_mask", "token_type_ids", "special_tokens_mask")
SHOWN = (TOKENS, *FIELDS)
_PADDING, _SPECIAL, _FIRST, _SECOND = "padding", "special", "first", "second"
_KINDS = (_FIRST, _SECOND, _SPECIAL, _PADDING)
_LOOKS = {
    _FIRST: ("A", "text"),
    _SECOND: ("B", "second text"),
    _SPECIAL: ("◆", "special token"),
    _PADDING: ("▨", "padding"),
}
_SHORT = {"attention_mask": "att", "token_type_ids": "type", "special_tokens_mask": "spec"}
_LONGEST = 24  # characters of a token that a cell shows


def batch_html(batch: Batch, shown: Collection[str]) -> str:
    """The grid with its legend. ``shown`` are the members of :data:`SHOWN` that a cell prints."""
    kinds, repeated = kinds_of(batch), repeated_of(batch)
    rows, columns = batch.input_ids.shape
    drawn_rows, drawn_columns = drawn_shape(rows, columns)
    tokens = dict(zip(batch.token_ids.tolist(), batch.tokens, strict=True))
    fields = [(name, getattr(batch, name)) for name in FIELDS if name in shown]
    heads = "".join(f'<th scope="col">{column}</th>' for column in range(drawn_columns))
    body = "".join(
        f"<tr>{_row_head(batch, row)}"
        + "".join(
            _cell(batch, row, column, kinds[row, column], bool(repeated[row, column]), tokens, fields, shown)
            for column in range(drawn_columns)
        )
        + "</tr>"
        for row in range(drawn_rows)
    )
    return (
        f"{_legend(kinds, repeated, fields)}"
        '<div class="gw-grid-box" tabindex="0" role="region" aria-label="The batch as a grid">'
        f'<table class="gw-grid"><thead><tr><th scope="col">row</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{_cut(rows, columns)}"
    )


def drawn_shape(rows: int, columns: int) -> tuple[int, int]:
    """How much of a batch is drawn: a page with more cells answers slowly."""
    drawn = min(rows, MAX_ROWS)
    return drawn, min(columns, MAX_COLUMNS, MAX_CELLS // drawn)


def batch_status_html(batch: Batch, texts: int) -> str:
    rows, columns = batch.input_ids.shape
    cells, padding, repeated = totals_of(batch)
    ragged = "ragged: no tensor without padding" if len(set(batch.lengths.tolist())) > 1 else ""
    shape = f"{rows:,} × {columns:,}" if not ragged else f"{rows:,} rows of up to {columns:,}"
    numbers = [
        f"{texts:,} text{'s' * (texts != 1)} in {rows:,} row{'s' * (rows != 1)}",
        f"{cells - padding:,} tokens",
        f"{padding:,} padding ({100 * padding / cells if cells else 0:.1f} % of the computation wasted)",
        *([f"{repeated:,} repeated by the stride"] if repeated else []),
        *([ragged] if ragged else []),
    ]
    return status_line("done", shape, numbers)


def batch_hint_html(words: str) -> str:
    return f'<div class="gw-paper gw-empty gw-small-paper"><p>{escape(words)}</p></div>'


def totals_of(batch: Batch) -> tuple[int, int, int]:
    """(cells that exist, those of padding, those that repeat the chunk before)."""
    there = batch.input_ids != FILLER
    return int(there.sum()), int((there & (batch.attention_mask == 0)).sum()), int(repeated_of(batch).sum())


def kinds_of(batch: Batch) -> np.ndarray:
    """``[row, column]``: what a cell is, empty where there is none."""
    kinds = np.full(batch.input_ids.shape, "", dtype="<U8")
    kinds[batch.sequence_ids == 0] = _FIRST
    kinds[batch.sequence_ids == 1] = _SECOND
    there = batch.input_ids != FILLER
    kinds[there & (batch.special_tokens_mask == 1)] = _SPECIAL
    kinds[there & (batch.attention_mask == 0)] = _PADDING
    kinds[~there] = ""
    return kinds


def repeated_of(batch: Batch) -> np.ndarray:
    """``[row, column]``: True for tokens that the chunk before has too. Of a pair, only of the text that is
    cut: the other one stands whole in every chunk."""
    found = np.zeros(batch.input_ids.shape, dtype=bool)
    for row in range(1, len(batch.text_index)):
        if batch.text_index[row] != batch.text_index[row - 1]:
            continue
        for sequence in (0, 1):
            before, now = _places(batch, row - 1, sequence), _places(batch, row, sequence)
            if set(before) != set(now):
                found[row, [now[place] for place in now if place in before]] = True
    return found


def as_data(tokenizer: str, spec: dict[str, Any], batch: Batch) -> dict[str, Any]:
    """What the page saves: rows as long as they are, plain values only."""
    rows = [slice(length) for length in batch.lengths.tolist()]
    tokens = dict(zip(batch.token_ids.tolist(), batch.tokens, strict=True))
    fields = {
        name: [getattr(batch, name)[row, cut].tolist() for row, cut in enumerate(rows)] for name in FIELDS
    }
    return {
        "tokenizer": tokenizer,
        "settings": spec,
        "text_index": batch.text_index.tolist(),
        **fields,
        "tokens": [[tokens[id_] for id_ in row] for row in fields["input_ids"]],
        "offsets": [batch.offsets[row, cut].tolist() for row, cut in enumerate(rows)],
    }


def _places(batch: Batch, row: int, sequence: int) -> dict[tuple[int, int, int], int]:
    """(start, end, id) → column, of one text's tokens in a row."""
    columns = np.flatnonzero(batch.sequence_ids[row] == sequence)
    starts_ends, ids = batch.offsets[row, columns].tolist(), batch.input_ids[row, columns].tolist()
    return {(*pair, id_): int(c) for pair, id_, c in zip(starts_ends, ids, columns, strict=True)}


def _row_head(batch: Batch, row: int) -> str:
    """The row's number, and for one of several chunks of a text, which it is."""
    text = int(batch.text_index[row])
    chunks = np.flatnonzero(batch.text_index == text)
    if len(chunks) == 1:
        return f'<th scope="row">{row}<small>text {text}</small></th>'
    place = int(np.searchsorted(chunks, row)) + 1
    return f'<th scope="row">{row}<small>text {text}, {place}/{len(chunks)}</small></th>'


def _cell(
    batch: Batch, row: int, column: int, kind: str, repeated: bool, tokens: dict[int, str],
    fields: list[tuple[str, np.ndarray]], shown: Collection[str],
) -> str:  # fmt: skip
    if not kind:
        return "<td></td>"
    glyph, name = _LOOKS[kind]
    token = tokens[int(batch.input_ids[row, column])]
    start, end = batch.offsets[row, column].tolist()
    where = f" · characters {start} to {end}" if kind in (_FIRST, _SECOND) and end > start else ""
    title = f"{signs(token)} · id {batch.input_ids[row, column]} · {name}{where}"
    title += " · repeated from the chunk before" if repeated else ""
    printed = f"<b>{_short(token)}</b>" if TOKENS in shown else ""
    printed += "".join(f"<span>{_label(name)}{values[row, column]}</span>" for name, values in fields)
    again = '<i aria-hidden="true">↻</i>' if repeated else ""
    marks = f"gw-{kind}-cell{' gw-again' if repeated else ''}"
    return (
        f'<td class="{marks}" title="{escape(title)}"><i aria-hidden="true">{glyph}</i>{again}{printed}</td>'
    )


def _label(name: str) -> str:
    """Ids are known by their look; masks say which they are."""
    return f"<small>{_SHORT[name]}</small> " if name in _SHORT else ""


def _short(token: str) -> str:
    return glyphs(token if len(token) <= _LONGEST else f"{token[: _LONGEST - 1]}…") or "∅"


def _legend(kinds: np.ndarray, repeated: np.ndarray, fields: list[tuple[str, np.ndarray]]) -> str:
    entries = [
        f'<span><b class="gw-swatch gw-{kind}-cell">{_LOOKS[kind][0]}</b> {_LOOKS[kind][1]}</span>'
        for kind in _KINDS
        if (kinds == kind).any()
    ]
    if repeated.any():
        entries.append(
            '<span><b class="gw-swatch gw-again">↻</b> repeated from the chunk before (stride)</span>'
        )
    entries += [f"<span><small>{_SHORT[name]}</small> {name}</span>" for name, _ in fields if name in _SHORT]
    return f'<div class="gw-legend">{"".join(entries)}</div>'


def _cut(rows: int, columns: int) -> str:
    drawn = drawn_shape(rows, columns)
    if drawn == (rows, columns):
        return ""
    return (
        f'<p class="gw-hint">Drawn are {drawn[0]:,} of {rows:,} rows and {drawn[1]:,} of {columns:,} '
        "columns; the download has all.</p>"
    )
