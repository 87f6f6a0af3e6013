"""Interventions as HTML: what can be chosen on the board, and what came of it, before beside after.

All text is escaped here; no Gradio. The board itself is drawn by ``assets/js/attention_board.js``, as text,
never as HTML.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import Any

import numpy as np

from app.attention.pieces import (
    data_html,
    fold_html,
    share_html,
    table_html,
    token_html,
    token_plain,
    token_text,
)
from app.tokenizer.chips import hint_html
from pipelines.attention.answers import Captured, Intervened, Part, RunOutcome
from pipelines.attention.interventions import Intervention
from pipelines.attention.requests import Subject

_SHOWN = 14  # characters of a token on the board
_LISTED = 12  # interventions that the outcome names
_TITLES = {"self": "Attention", "encoder": "Encoder", "decoder": "Decoder", "cross": "Cross-attention"}
_NOTICED = 0.005  # nats: a smaller change of a token's loss is not printed


def nothing_html() -> str:
    return hint_html(
        "Look at a text first; then switch off heads, layers or what a token may see, and compare what the "
        "model says before and after."
    )


def silent_html() -> str:
    return hint_html(
        "This model predicts no tokens, so there is nothing to compare before and after. Choose a model that "
        "continues text or fills gaps."
    )


def board_html(subject: Subject, captured: Captured) -> str:
    """The frame of the board: what there is to be switched off, and of what: it sends both."""
    data = {
        "subject": asdict(subject),
        "parts": [_part(part) for part in captured.parts],
        "masks": captured.exact,
    }
    written = json.dumps(data, separators=(",", ":"))
    return f'<div class="gw-board" data-board="{escape(written)}"><div class="gw-board-place"></div></div>'


def _part(part: Part) -> dict[str, Any]:
    queries, keys = ([token_plain(t, _SHOWN) for t in side.texts] for side in (part.queries, part.keys))
    return {
        "name": part.name,
        "title": _TITLES[part.name],
        "layers": part.layers,
        "heads": part.heads,
        "mlp": part.name != "cross",
        "causal": part.causal,
        "queries": queries,
        "keys": keys if part.name == "cross" else None,
    }


def name_of(change: Intervention, captured: Captured | None = None) -> str:
    """An intervention in a few words, with the tokens themselves where they are known.

    >>> name_of(Intervention("block", layer=2, key=7))
    'no token sees 7 (layer 2)'
    """
    alone = change.part == "self"
    part = "" if alone else f"{_TITLES[change.part].lower()} "
    if change.kind == "head":
        return f"{part}layer {change.layer}, head {change.head}"
    if change.kind in ("attention", "mlp"):
        return f"{part}layer {change.layer}, {'all heads' if change.kind == 'attention' else 'MLP'}"
    places = [] if alone else [part.strip()]
    places += [f"{word} {at}" for word, at in (("layer", change.layer), ("head", change.head)) if at >= 0]
    where = f" ({', '.join(places)})" if places else ""
    return _mask_name(change, captured) + where


def _mask_name(change: Intervention, captured: Captured | None) -> str:
    if change.kind == "local":
        return f"each token sees only the nearest {change.key}"
    part = next((one for one in captured.parts if one.name == change.part), None) if captured else None
    key = _token_name(change.key, part.keys.texts if part else ())
    query = _token_name(change.query, part.queries.texts if part else ())
    return f"no token sees {key}" if change.query < 0 else f"token {query} does not see {key}"


def _token_name(at: int, texts: Sequence[str]) -> str:
    return f"{at} ‘{token_plain(texts[at], _SHOWN)}’" if 0 <= at < len(texts) else str(at)


def outcome_html(
    found: Intervened, captured: Captured, changes: Sequence[Intervention], code: str = ""
) -> str:
    """What was switched off, next-token distributions, the loss of each token, the two samples, and the same
    in Python where there is ``code``."""
    return (
        f'<div class="gw-outcome">{_summary(found, captured, changes)}{_next(found, captured.kind)}'
        f"{_losses(found, captured)}{_samples(found, captured.kind)}{fold_html(code)}"
        f"{data_html(_plain(found, changes))}</div>"
    )


def _summary(found: Intervened, captured: Captured, changes: Sequence[Intervention]) -> str:
    names = "".join(
        f'<span class="gw-off">{escape(name_of(change, captured))}</span>' for change in changes[:_LISTED]
    )
    more = f" and {len(changes) - _LISTED:,} more" if len(changes) > _LISTED else ""
    words = f"KL divergence of the prediction, from before to after: <b>{_nats(found.kl)} nats</b>."
    before, after = (_mean(one) for one in (found.before, found.after))
    if np.isfinite(before) and np.isfinite(after):
        words += (
            f' Mean loss of the text: <span class="gw-side-was">{before:.3f}</span> → '
            f'<span class="gw-side-is">{after:.3f}</span> nats a token.'
        )
    return f'<p class="gw-outcome-said">Changed: {names}{more}. {words}</p>'


def _nats(value: float) -> str:
    return "under 0.001" if 0 < value < 0.001 else f"{value:.3f}"


def _mean(outcome: RunOutcome) -> float:
    return float(np.nanmean(outcome.loss)) if np.isfinite(outcome.loss).any() else float("nan")


def _next(found: Intervened, kind: str) -> str:
    most = float(found.shared.max()) or 1.0
    title = "At the first mask" if kind == "masked-lm" else "Next token"
    rows = (
        f'<th scope="row">{token_html(text)}</th><td>{share_html(was, most, "was")}</td>'
        f"<td>{share_html(now, most, 'is')}</td>"
        for text, was, now in zip(found.shared_texts, *found.shared.tolist(), strict=True)
    )
    heads = (title, '<span class="gw-side-was">Before</span>', '<span class="gw-side-is">After</span>')
    return table_html(f"{title}, before and after", heads, rows, "gw-outcome-next")


def _losses(found: Intervened, captured: Captured) -> str:
    title = "<h4>Loss of each token</h4>"
    change = found.after.loss - found.before.loss
    if not np.isfinite(change).any():
        why = (
            "A model that fills gaps sees the tokens themselves, so it has no loss on them."
            if captured.kind == "masked-lm"
            else "The first token has nothing before it, and there is no other: no loss to compare."
        )
        return f'<div>{title}<p class="gw-detail-note">{why}</p></div>'
    texts = captured.parts[-1].queries.texts
    most = float(np.nanmax(np.abs(change))) or 1.0
    chips = "".join(
        _loss_chip(text, was, now, most)
        for text, was, now in zip(texts, found.before.loss.tolist(), found.after.loss.tolist(), strict=False)
    )
    return (
        f'<div>{title}<p class="gw-detail-note"><span class="gw-loss gw-loss-after" style="--share:0.8">'
        '+ amber</span> worse after, <span class="gw-loss gw-loss-before" style="--share:0.8">− slate</span> '
        "better; the number is the change in nats.</p>"
        f'<div class="gw-outcome-text" tabindex="0" role="region" aria-label="Loss of each token">'
        f"{chips}</div></div>"
    )


def _loss_chip(text: str, was: float, now: float, most: float) -> str:
    change = now - was
    if not np.isfinite(change):
        return f'<span class="gw-loss">{token_text(text)}</span>'
    side = "after" if change > 0 else "before"
    title = f"{was:.3f} → {now:.3f} nats"
    shown = abs(change) > 0.05 * most and abs(change) >= _NOTICED
    number = f"<small>{change:+.2f}</small>" if shown else ""
    return (
        f'<span class="gw-loss gw-loss-{side}" style="--share:{abs(change) / most:.3f}" title="{title}">'
        f"{token_text(text)}{number}</span>"
    )


def _samples(found: Intervened, kind: str) -> str:
    if kind == "masked-lm":
        return '<p class="gw-detail-note">A model that fills gaps writes no text, so there is no sample.</p>'
    if not (found.before.sample or found.after.sample):
        return '<p class="gw-detail-note">No sample: none was asked for, or neither run wrote any text.</p>'
    boxes = "".join(
        f'<div class="gw-sample gw-sample-{side}"><h4>{title}</h4><p dir="auto">'
        f"{escape(outcome.sample) or '<i>nothing: it ended at once</i>'}</p></div>"
        for side, title, outcome in (
            ("was", "It goes on, before", found.before),
            ("is", "It goes on, after", found.after),
        )
    )
    return f'<div class="gw-continued">{boxes}</div>'


def _plain(found: Intervened, changes: Sequence[Intervention]) -> dict[str, Any]:
    def one(outcome: RunOutcome) -> dict[str, Any]:
        loss = [None if np.isnan(value) else round(value, 6) for value in outcome.loss.tolist()]
        return {"loss": loss, "sample": outcome.sample}

    rows = zip(found.shared_ids.tolist(), found.shared_texts, *found.shared.tolist(), strict=True)
    return {
        "interventions": [asdict(change) for change in changes],
        "before": one(found.before),
        "after": one(found.after),
        "kl": found.kl,
        "next": [{"id": i, "text": text, "before": was, "after": now} for i, text, was, now in rows],
    }
