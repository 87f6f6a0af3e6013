"""Two models' heads side by side as what the page is given: words and a table as HTML, and JSON that the
browser draws as pictures. No Gradio.
"""

import json
from html import escape
from typing import Any

import numpy as np

from app.attention.packed import pack
from app.attention.pooled import packed_thumbnails, pooled
from app.palette import DIVERGING
from pipelines.attention.answers import MEASURES, Difference, Part

PART_NAMES = {
    "self": "Self-attention",
    "encoder": "Encoder",
    "decoder": "Decoder",
    "cross": "Cross: decoder to encoder",
}
_WORDS = {
    "entropy": ("entropy", "{:.2f} nats".format),
    "distance": ("distance", "{:.1f} tokens".format),
    "first": ("mass on the first token", "{:.0%}".format),
    "itself": ("mass on itself", "{:.0%}".format),
    "previous": ("mass on the previous token", "{:.0%}".format),
    "duplicate": ("mass on the same token", "{:.0%}".format),
    "induction": ("induction", "{:.0%}".format),
}
_ROOM = 330_000  # characters of all pictures
_TOP = 12  # heads in the table
_NOTHING = 0.0005  # of the mass: below, nothing has moved to speak of


def choose_html(others: int) -> str:
    """A text was looked at, and no second model is chosen."""
    words = (
        "Choose a second model above: one that was trained from this, or a checkpoint of a run."
        if others
        else "There is no second model here. Train one in the Pretrain tab: each of its checkpoints counts."
    )
    return (
        f'<div class="gw-paper gw-empty"><p class="gw-empty-title">One model so far.</p><p>{words}</p></div>'
    )


def empty_html() -> str:
    return (
        '<div class="gw-paper gw-empty"><p class="gw-empty-title">Nothing to compare yet.</p>'
        "<p>Write a text and press <b>Look inside</b>; then choose a second model here and see which heads "
        "look elsewhere.</p></div>"
    )


def error_html(message: str) -> str:
    return f'<p class="gw-diff-failed" role="alert">{escape(message)}</p>'


def difference_html(names: tuple[str, str], found: Difference) -> str:
    """``names`` of the two models, the first the one that the page is about."""
    parts = list(zip(found.one.parts, found.other.parts, found.change, found.distance, strict=True))
    room = _ROOM // (3 * len(parts))
    sections = "".join(_section(names, *part, single=len(parts) == 1) for part in parts)
    pictures = {
        "scale": list(DIVERGING),
        "parts": [_pictures(*part, room) for part in parts],
    }
    return (
        f'<div class="gw-diff" data-pictures="{escape(json.dumps(pictures, separators=(",", ":")))}">'
        f"{_pair_html(names)}{_losses_html(names, found)}{sections}</div>"
    )


def _pair_html(names: tuple[str, str]) -> str:
    sides = zip(("before", "after"), ("one", "other"), names, strict=True)
    return (
        '<p class="gw-diff-pair">'
        + "".join(
            f'<span class="gw-diff-{side}"><b>{word}</b> {escape(name)}</span>' for side, word, name in sides
        )
        + "</p>"
    )


def _losses_html(names: tuple[str, str], found: Difference) -> str:
    """How well each expects the text, where both predict the next token."""
    means = [_mean(captured.loss) for captured in (found.one, found.other)]
    if None in means:
        return ""
    return (
        '<p class="gw-diff-loss">Mean loss of the text: '
        f'<b class="gw-diff-before">{means[0]:.3f}</b> nats a token with one, '
        f'<b class="gw-diff-after">{means[1]:.3f}</b> with the other.</p>'
    )


def _mean(loss: np.ndarray) -> float | None:
    known = loss[np.isfinite(loss)]
    return float(known.mean()) if len(known) else None


def _section(
    names: tuple[str, str], one: Part, other: Part, change: np.ndarray, distance: np.ndarray, single: bool
) -> str:
    title = "" if single else f"<h4>{PART_NAMES[one.name]}</h4>"
    return (
        f'<section class="gw-diff-part" data-part="{one.name}" aria-label="{PART_NAMES[one.name]}">{title}'
        f'<p class="gw-diff-said">{_sentence(distance)}</p>{_boards_html(names, one)}'
        f"{_table_html(one, other, distance)}</section>"
    )


def _sentence(distance: np.ndarray) -> str:
    layer, head = np.unravel_index(distance.argmax(), distance.shape)
    if distance.max() < _NOTHING:
        return "Every head looks where it looked: both models attend alike."
    return (
        f"On average <b>{distance.mean():.1%}</b> of a head’s attention lies elsewhere; most moved in layer "
        f"{layer}, head {head}: <b>{distance.max():.1%}</b>."
    )


def _boards_html(names: tuple[str, str], part: Part) -> str:
    """Where the browser draws; what it shows is told by the table too."""
    titles = (
        ("one", "before", names[0]),
        ("other", "after", names[1]),
        ("difference", "sign", "other − one"),
    )
    boards = "".join(_board_html(part, *title) for title in titles)
    return (
        f'<div class="gw-diff-boards">{boards}</div>'
        '<p class="gw-diff-told" aria-live="polite">Rows are layers, columns heads. Point at a head to see '
        "it in all three; click it to open it in Heads.</p>"
        '<div class="gw-diff-legend"></div>'
    )


def _board_html(part: Part, side: str, kind: str, name: str) -> str:
    size = f"{part.layers} layers with {part.heads} heads each, as small pictures"
    return (
        f'<figure class="gw-diff-board" data-side="{side}"><figcaption class="gw-diff-{kind}"><b>{side}</b> '
        f"<span>{escape(name)}</span></figcaption>"
        f'<div><canvas role="img" aria-label="{side}: {size}"></canvas>'
        '<i class="gw-diff-mark" hidden></i></div></figure>'
    )


def _table_html(one: Part, other: Part, distance: np.ndarray) -> str:
    order = np.argsort(-distance, axis=None, kind="stable")[:_TOP]
    places = [tuple(map(int, np.unravel_index(at, distance.shape))) for at in order]
    most = max(float(distance.max()), _NOTHING)
    rows = "".join(_row_html(one, other, place, float(distance[place]), most) for place in places)
    heads = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Head", "Moved", "One", "Other", "Difference", "What changed most")
    )
    count = "The heads" if len(places) == distance.size else f"The {len(places)} heads"
    return (
        f'<div class="gw-diff-scroll" tabindex="0" role="region" aria-label="Heads that changed most"><table>'
        f"<caption>{count} that changed most</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row_html(one: Part, other: Part, place: tuple[int, int], moved: float, most: float) -> str:
    """The bar is as long as what has ``moved``, beside the ``most`` that has in any head."""
    layer, head = place
    data = f'data-layer="{layer}" data-head="{head}"'
    pictures = "".join(
        f'<td><canvas class="gw-diff-small" data-side="{side}" {data} aria-hidden="true"></canvas></td>'
        for side in ("one", "other", "difference")
    )
    return (
        f'<tr><th scope="row"><button type="button" class="gw-diff-open" {data} title="Open in Heads">'
        f"layer {layer}, head {head}</button></th>"
        f'<td class="gw-diff-moved"><i style="width:{100 * moved / most:.1f}%"></i>'
        f"<span>{moved:.1%}</span></td>{pictures}"
        f"<td>{_telling(one.measures[layer, head], other.measures[layer, head])}</td></tr>"
    )


def _telling(before: np.ndarray, after: np.ndarray) -> str:
    """The measure that changed most, of those that are shares of the mass; else the entropy."""
    found = told_measure(before, after)
    if found is None:
        return "–"
    name, written = _WORDS[MEASURES[found]]
    return (
        f'{name} <span class="gw-diff-before">{written(before[found])}</span> → '
        f'<span class="gw-diff-after">{written(after[found])}</span>'
    )


def told_measure(before: np.ndarray, after: np.ndarray) -> int | None:
    """Place in MEASURES of the share of the mass that changed most; the entropy's where none has a meaning or
    changed by a hundredth; None for no number at all."""
    apart = np.abs(after - before)
    shares = [at for at, name in enumerate(MEASURES) if name not in ("entropy", "distance")]
    known = [at for at in shares if np.isfinite(apart[at])]
    best = max(known, key=lambda at: apart[at], default=None)
    if best is not None and apart[best] >= 0.01:
        return best
    entropy = MEASURES.index("entropy")
    return entropy if np.isfinite(apart[entropy]) else best


def _pictures(one: Part, other: Part, change: np.ndarray, distance: np.ndarray, room: int) -> dict[str, Any]:
    return {
        "part": one.name,
        "layers": one.layers,
        "heads": one.heads,
        "one": packed_thumbnails(one.thumbnails, room),
        "other": packed_thumbnails(other.thumbnails, room),
        "difference": packed_change(change, room),
        "distance": pack(distance.astype(np.float32, copy=False)),
    }


def packed_change(change: np.ndarray, room: int) -> dict[str, Any]:
    """int8 [layer, head, query cell, key cell] in at most ``room`` characters, if it can be done: cells are
    taken together, of which the one farthest from zero stays."""
    for side in (1, 2, 4, 8):
        found = pack(_farthest(change, side))
        if len(found["data"]) <= room:
            break
    return found


def _farthest(change: np.ndarray, side: int) -> np.ndarray:
    if side == 1:
        return change
    up, down = (pooled(np.maximum(sign * change.astype(np.int16), 0), side) for sign in (1, -1))
    return np.where(up >= down, up, -down).astype(np.int8)
