"""A model's table of vectors as HTML: nearest tokens, and how far a text's tokens have moved from theirs. All
text is escaped here; no Gradio.
"""

from html import escape

import numpy as np

from app.attention.pieces import data_html, signed_html, table_html, token_html, token_text
from app.tokenizer.chips import hint_html
from pipelines.attention.answers import Context, TokenMap, TokenNeighbours

WINDOW = 64  # tokens that are shown in context at once
_NEAREST_SHOWN = 10  # characters of the nearest token in a cell


def nothing_html() -> str:
    return hint_html("Look at a text first: its model's table of vectors is shown here.")


def neighbours_html(found: TokenNeighbours, plus: tuple[str, ...], minus: tuple[str, ...], table: str) -> str:
    """The nearest tokens with their cosines as bars; ``table`` is the table's name."""
    asked = " + ".join(map(token_html, plus)) + "".join(f" − {token_html(token)}" for token in minus)
    rows = (
        f'<th scope="row">{token_html(text)}</th><td>{signed_html(cosine, 1.0)}</td><td>{id_}</td>'
        for id_, text, cosine in zip(found.ids.tolist(), found.texts, found.cosines.tolist(), strict=True)
    )
    return (
        f'<p class="gw-near-what">Nearest to {asked} in the {escape(table)}; its vector is '
        f"{found.norm:.2f} long.{_twin(found.twin)}</p>"
        f"{table_html('Nearest tokens', ('Token', 'Cosine', 'Id'), rows, 'gw-near-table')}"
        f"{data_html(_neighbours_json(found, plus, minus))}"
    )


def map_html(found: TokenMap, table: str) -> str:
    """What stands above the map."""
    marked = int(found.marked.sum())
    return (
        f'<p class="gw-near-what">{len(found.ids):,} tokens of the {escape(table)} along its two principal '
        f"components, {marked:,} of them of this text. The two hold {found.explained.sum():.1%} of the "
        f"variance: most distances are not in this picture.</p>{data_html(_map_json(found))}"
    )


def context_html(found: Context) -> str:
    """A row for each token, a column for each layer: the cosine with the static vector, and what the vector
    is nearest to by then; with buttons that carry the first position of another window."""
    layers, count = found.cosines.shape
    places = range(found.first, found.first + count)
    rows = (
        f'<td>{at}</td><th scope="row">{_of_text(found, at)}</th>{_cells(found, at - found.first)}'
        for at in places
    )
    heads = [
        "#",
        "Token",
        '<span title="before the first layer">in</span>',
        *(f'<span title="after layer {layer}">{layer}</span>' for layer in range(layers - 1)),
    ]
    return (
        '<p class="gw-detail-note">Each number is the cosine between the token\'s row in the table and its '
        "vector in this text, before the first layer and after each; below it stands the token whose row is "
        f"nearest by then.</p>{_pager(found.first, count, len(found.tokens.texts))}"
        f"{table_html('Static vectors and vectors in context', heads, rows, 'gw-context')}"
        f"{data_html(_context_json(found))}"
    )


def _of_text(found: Context, at: int) -> str:
    return token_html(found.tokens.texts[at], bool(found.tokens.special[at]))


def _cells(found: Context, at: int) -> str:
    return "".join(_cell(found, layer, at) for layer in range(len(found.cosines)))


def _cell(found: Context, layer: int, at: int) -> str:
    cosine = float(found.cosines[layer, at])
    near = [found.texts[str(id_)] for id_ in found.neighbours[layer, at].tolist()]
    return (
        f'<td title="nearest: {" ".join(map(token_text, near))}"><span class="gw-cosine" '
        f'style="--share:{max(0.0, min(1.0, cosine)):.3f}">{cosine:.2f}</span>'
        f"<small>{token_text(near[0], _NEAREST_SHOWN)}</small></td>"
    )


def _pager(first: int, count: int, total: int) -> str:
    """Nothing where all tokens are in one window."""
    if count >= total:
        return ""
    last = first + count - 1
    before = _turn("Earlier", max(0, first - WINDOW), first > 0)
    after = _turn("Later", last + 1, last + 1 < total)
    return (
        f'<div class="gw-pager"><span>Tokens <strong>{first}</strong> to <strong>{last}</strong> of {total:,}'
        f'</span><span class="gw-pager-turn">{before}{after}</span></div>'
    )


def _turn(name: str, first: int, there: bool) -> str:
    return f'<button type="button" data-first="{first}"{"" if there else " disabled"}>{name}</button>'


def _twin(cosine: float) -> str:
    if np.isnan(cosine):
        return ""
    if cosine == 1.0:
        return " Its input and output vector are one: this model ties its two tables."
    return f" Its vectors in the input and the output table have a cosine of {cosine:+.2f}."


def _neighbours_json(found: TokenNeighbours, plus: tuple[str, ...], minus: tuple[str, ...]) -> dict:
    rows = zip(found.ids.tolist(), found.texts, found.cosines.tolist(), strict=True)
    nearest = [{"id": id_, "text": text, "cosine": round(cosine, 6)} for id_, text, cosine in rows]
    return {"plus": plus, "minus": minus, "norm": found.norm, "nearest": nearest}


def _map_json(found: TokenMap) -> dict:
    columns = (found.ids.tolist(), found.texts, np.round(found.xy, 5).tolist(), found.marked.tolist())
    rows = [{"id": i, "text": t, "xy": xy, "marked": m} for i, t, xy, m in zip(*columns, strict=True)]
    return {"explained": found.explained.tolist(), "tokens": rows}


def _context_json(found: Context) -> dict:
    count = found.cosines.shape[1]
    return {
        "first": found.first,
        "tokens": list(found.tokens.texts[found.first : found.first + count]),
        "cosines": np.round(found.cosines, 6).tolist(),
    }
