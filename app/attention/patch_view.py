"""Patching as HTML: a map of layers and positions. All text is escaped here; no Gradio."""

from app.attention.pieces import data_html, token_html, token_text
from app.tokenizer.chips import hint_html
from pipelines.attention.answers import Patched

_LONGEST = 12  # characters of a token at the head of a column


def nothing_html() -> str:
    return hint_html(
        "Two prompts that differ in a word: each cell will tell how much of the clean prompt's answer comes "
        "back when that one place is taken over from its run."
    )


def patched_html(found: Patched) -> str:
    """The map, the first layer on top as everywhere in the tab; a column's head shows both prompts' tokens
    where they differ."""
    layers, places = found.recovered.shape
    heads = "".join(_head(found, at) for at in range(places))
    rows = "".join(
        f'<tr><th scope="row">{layer}</th>'
        f"{''.join(_cell(float(value)) for value in found.recovered[layer])}</tr>"
        for layer in range(layers)
    )
    return (
        f'<div class="gw-patched">{_said(found)}<div class="gw-patch-map" tabindex="0" role="region" '
        'aria-label="Recovered answer by layer and position"><table><thead><tr><th scope="col">Layer</th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>{_LEGEND}{data_html(_plain(found))}</div>"
    )


_LEGEND = (
    '<p class="gw-detail-note">After which layer, at which token, the clean run\'s vector was put into the '
    'corrupted run. <span class="gw-patch-key gw-patch-after" style="--share:1">1</span> the clean answer '
    'is back, <span class="gw-patch-key gw-patch-after" style="--share:0">0</span> nothing changed, '
    '<span class="gw-patch-key gw-patch-before" style="--share:1">−1</span> it went further the other way.'
    "</p>"
)


def _said(found: Patched) -> str:
    return (
        f'<p class="gw-outcome-said">How far {token_html(found.answer)} is ahead of '
        f"{token_html(found.other)} as the next token, in logits: clean "
        f'<span class="gw-side-is">{found.clean_difference:+.2f}</span>, corrupted '
        f'<span class="gw-side-was">{found.corrupted_difference:+.2f}</span>.</p>'
    )


def _head(found: Patched, at: int) -> str:
    clean, corrupted = found.clean[at], found.corrupted[at]
    shown = token_text(clean, _LONGEST)
    if clean == corrupted:
        return f'<th scope="col" title="position {at}"><span>{shown}</span></th>'
    other = token_text(corrupted, _LONGEST)
    both = f'<span class="gw-side-is">{shown}</span><span class="gw-side-was">{other}</span>'
    return f'<th scope="col" class="gw-differs" title="position {at}: the prompts differ">{both}</th>'


def _cell(value: float) -> str:
    side, share = ("after", value) if value > 0 else ("before", -value)
    number = f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")
    return f'<td class="gw-patch-{side}" style="--share:{min(1.0, share):.3f}">{number}</td>'


def _plain(found: Patched) -> dict:
    return {
        "clean": found.clean,
        "corrupted": found.corrupted,
        "answer": found.answer,
        "other": found.other,
        "clean_difference": found.clean_difference,
        "corrupted_difference": found.corrupted_difference,
        "recovered": found.recovered.tolist(),
    }
