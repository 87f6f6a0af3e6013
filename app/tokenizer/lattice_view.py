"""The lattice of a Unigram model as a drawing: characters along the top, every piece a bar over those that it
spells, the best path filled and thick. Pure, no Gradio; text is escaped here.
"""

from dataclasses import dataclass
from html import escape

import numpy as np

from app.tokenizer.chips import chip_html, count_of
from app.tokenizer.glyphs import glyph, glyph_text
from pipelines.tokenization.replay.unigram import Lattice

_CHARS, _NODES = 120, 400  # that are drawn at most
_CELL, _BAR, _GAP = 46, 34, 6  # pixels: a character's width, a bar's height, the space between lanes
_HEAD = 54  # pixels for the characters and the scores at each place
_MINUS = "\u2212"


@dataclass(frozen=True)
class Drawn:
    """``nodes`` are those that are drawn, in order of place, and ``lanes`` the row of each; the best path has
    row 0 to itself."""

    nodes: tuple[int, ...]
    lanes: tuple[int, ...]
    chars: int


def drawn(lattice: Lattice) -> Drawn:
    """The best path and the nodes of highest score within the characters that fit."""
    chars = min(len(lattice.word), _CHARS)
    path = set(lattice.path.tolist())
    inside = np.flatnonzero(lattice.end <= chars)
    by_score = inside[np.argsort(-lattice.score[inside], kind="stable")].tolist()
    others = [node for node in by_score if node not in path][:_NODES]
    chosen = sorted([n for n in inside.tolist() if n in path] + others, key=lambda n: _order(lattice, n))
    ends: list[int] = [chars]  # of each lane, so far; nothing but the path goes into the first
    lanes = [0 if node in path else _free(ends, lattice, node) for node in chosen]
    return Drawn(tuple(chosen), tuple(lanes), chars)


def lattice_html(lattice: Lattice) -> str:
    if not len(lattice.path):
        return '<p class="gw-detail-note">No character, no piece.</p>'
    picture = drawn(lattice)
    total = float(lattice.best[-1])
    said = (
        f"{count_of(len(lattice.ids), 'piece')} could stand somewhere in this word. The best path has "
        f"{count_of(len(lattice.path), 'piece')} and the score {_score(total)}, the sum of its pieces' log "
        "probabilities. Between the characters: the best score of any path up to there."
    )
    return (
        f'<p class="gw-detail-note">{said}{_left_out(lattice, picture)}</p>'
        f'<div class="gw-lattice-scroll" tabindex="0" role="region" aria-label="Lattice">'
        f"{_svg(lattice, picture)}</div>"
        '<p class="gw-lattice-node" role="status">Point at a bar, or move with the arrow keys, to read its '
        f"piece, id and score.</p>{_tokens(lattice)}{_table(lattice)}"
    )


def _order(lattice: Lattice, node: int) -> tuple[int, int]:
    return int(lattice.start[node]), int(lattice.end[node])


def _free(ends: list[int], lattice: Lattice, node: int) -> int:
    start, end = _order(lattice, node)
    for lane, reached in enumerate(ends):
        if lane and reached <= start:
            ends[lane] = end
            return lane
    ends.append(end)
    return len(ends) - 1


def _left_out(lattice: Lattice, picture: Drawn) -> str:
    if len(picture.nodes) == len(lattice.ids):
        return ""
    said = f" Drawn are the best path and the pieces of highest score, {len(picture.nodes):,} in all"
    if picture.chars < len(lattice.word):
        said += f", within the first {picture.chars:,} of {len(lattice.word):,} characters"
    return f"{said}."


def _svg(lattice: Lattice, picture: Drawn) -> str:
    width = picture.chars * _CELL + 40
    height = _HEAD + (max(picture.lanes, default=0) + 1) * (_BAR + _GAP) + 4
    path = set(lattice.path.tolist())
    axis = "".join(_character(char, at) for at, char in enumerate(lattice.word[: picture.chars]))
    places = "".join(_place(at, float(lattice.best[at]), height) for at in range(picture.chars + 1))
    nodes = zip(picture.nodes, picture.lanes, strict=True)
    bars = "".join(_node(lattice, node, lane, node in path, i == 0) for i, (node, lane) in enumerate(nodes))
    return (
        f'<svg class="gw-lattice" width="{width}" height="{height}" viewBox="-20 0 {width} {height}" '
        f'role="group" aria-label="Pieces over {escape(glyph_text(lattice.word[: picture.chars]))}">'
        f"{places}{axis}{bars}</svg>"
    )


def _character(char: str, at: int) -> str:
    shown = glyph(char) or char
    style = "gw-lattice-char" + " gw-lattice-code" * (len(shown) > 1)
    return f'<text class="{style}" x="{at * _CELL + _CELL // 2}" y="18">{escape(shown)}</text>'


def _place(at: int, best: float, height: int) -> str:
    x = at * _CELL
    return (
        f'<line class="gw-lattice-place" x1="{x}" x2="{x}" y1="{_HEAD - 8}" y2="{height}"/>'
        f'<text class="gw-lattice-best" x="{x}" y="{_HEAD - 16}">{_score(best)}</text>'
    )


def _node(lattice: Lattice, node: int, lane: int, best: bool, first: bool) -> str:
    start, end = _order(lattice, node)
    x, y, width = start * _CELL + 2, _HEAD + lane * (_BAR + _GAP), (end - start) * _CELL - 4
    piece, score = glyph_text(lattice.word[start:end]), _score(float(lattice.score[node]))
    id_ = int(lattice.ids[node])
    unknown = bool(lattice.unknown[node])
    said = f"{piece}, {'unknown, ' if unknown else ''}id {id_}, score {score}" + ", on the best path" * best
    shown = piece if len(piece) * 8 <= width else piece[: max(1, width // 8 - 1)] + "…"
    style = " ".join(["gw-node", *["gw-on-path"] * best, *["gw-node-unknown"] * unknown])
    return (
        f'<g class="{style}" role="img" tabindex="{0 if first else -1}" aria-label="{escape(said)}" '
        f'data-said="{escape(said)}"><rect x="{x}" y="{y}" width="{width}" height="{_BAR}" rx="5"/>'
        f'<text x="{x + width / 2:g}" y="{y + 15}">{escape(shown)}</text>'
        f'<text class="gw-node-score" x="{x + width / 2:g}" y="{y + 28}">{score}</text></g>'
    )


def _tokens(lattice: Lattice) -> str:
    chips = "".join(chip_html(token) for token in lattice.tokens[:400])
    return f'<div class="gw-pieces"><span class="gw-pieces-name">Tokens</span>{chips}</div>'


def _table(lattice: Lattice) -> str:
    """The best path in figures."""
    rows, path = [], lattice.path.tolist()
    for node in path[:200]:
        start, end = _order(lattice, node)
        note = " unknown" if lattice.unknown[node] else ""
        rows.append(
            f"<tr><td>{start:,}–{end:,}</td><td>{chip_html(lattice.word[start:end])}{note}</td>"
            f"<td>{int(lattice.ids[node])}</td><td>{_score(float(lattice.score[node]))}</td>"
            f"<td>{_score(float(lattice.best[end]))}</td></tr>"
        )
    rest = f"<p>… and {len(path) - 200:,} more.</p>" if len(path) > 200 else ""
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("Characters", "Piece", "Id", "Score", "Sum"))
    return (
        '<details class="gw-stage-more"><summary>The best path as a table</summary>'
        f'<div class="gw-detail-table"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody>'
        f"</table></div>{rest}</details>"
    )


def _score(value: float) -> str:
    """``-7.2149`` → ``−7.21``"""
    return f"{value:.2f}".replace("-", _MINUS)
