"""The texts of a base and of what was tuned from it, with the place where they part, and how likely each of
the two models finds either. All text of models is escaped here; no colour says anything alone.
"""

import math
from html import escape

from app.decoding.moment import Moment
from app.fine_tune.beside import (
    Sides,
    decoding_link,
    fault_of,
    ids_of,
    outcome_of,
    parting,
    perplexities,
    pieces_of,
)
from app.status_line import status_line
from app.tokenizer.glyphs import plain_text

_SIDES = ("Base", "Tuned")
_ENDS = {
    "eos": "ended by itself",
    "length": "all new tokens used",
    "context": "context full",
    "constraint": "nothing more fits",
}
_HEADLINES = {
    "waiting": "Reading the prompt …",
    "loading": "Loading the models …",
    "writing": "Writing …",
    "stopped": "Stopped",
    "done": "Both done",
}


def hint_html() -> str:
    return (
        '<p class="gw-hint">Write a prompt and press Compare: base and tuned model continue it with the same '
        "noise, so what differs comes from the tuning.</p>"
    )


def status_html(now: Sides) -> str:
    tokens = sum(len(ids_of(one)) for one in now.both)
    numbers = [f"{tokens:,} tokens", f"{now.seconds:.1f} s"] if tokens else []
    return status_line(now.state, _HEADLINES[now.state], numbers)


def beside_html(now: Sides) -> str:
    """Both texts beside each other, as far as they are."""
    at = parting(now)
    texts = "".join(_side(*one, at) for one in zip(_SIDES, now.both, strict=True))
    notes = "".join(f"<li>{escape(note)}</li>" for note in now.notes)
    told = f'<ul class="gw-notices">{notes}</ul>' if notes else ""
    parted = f'<p class="gw-second" role="status">{_parted(now, at)}</p>'
    return f'<div class="gw-beside">{texts}</div>{parted}{told}{_measured(now)}{_links(now)}'


def _side(title: str, moment: Moment, at: int | None) -> str:
    pieces = pieces_of(moment)
    alike = pieces if at is None else pieces[:at]
    own = [] if at is None else pieces[at:]
    mark = '<span class="gw-parting" role="img" aria-label="here the texts part">≠</span>' if own else ""
    body = f'<span class="gw-alike">{_shown(alike)}</span>{mark}<span class="gw-own">{_shown(own)}</span>'
    kind = "gw-now" if title == "Tuned" else "gw-was"
    fault = fault_of(moment)
    end = outcome_of(moment)
    foot = escape(fault) if fault else f"{len(end.ids):,} tokens, {_ENDS[end.reason]}" if end else ""
    return (
        f'<section aria-label="{title}"><h4><span class="{kind}">{title}</span> '
        f"<code>{escape(moment.request.model)}</code></h4>"
        f'<p class="gw-beside-text">{body if pieces else "…"}</p>'
        f'<p class="gw-score">{foot or "&nbsp;"}</p></section>'
    )


def _shown(pieces: list[str]) -> str:
    """Line ends stay where they are, each with its sign."""
    lines = "".join(pieces).split("\n")
    return "⏎\n".join(escape(plain_text(line)) for line in lines)


def _parted(now: Sides, at: int | None) -> str:
    if at is not None:
        alike = "from the first token on" if at == 0 else f"after {at:,} tokens that are the same"
        return f"The texts part {alike} (<b>≠</b>)."
    return "Both texts are the same to the last token." if now.state == "done" else "&nbsp;"


def _measured(now: Sides) -> str:
    """Each text's perplexity under both; nothing before both are done."""
    if now.state != "done" or not now.tuned.request.judge:
        return ""
    base, tuned = perplexities(now.base), perplexities(now.tuned)
    rows = (("The base's text", base), ("The tuned model's text", tuned[::-1]))
    body = "".join(
        f'<tr><th scope="row">{title}</th>{"".join(f"<td>{_number(one)}</td>" for one in values)}</tr>'
        for title, values in rows
    )
    return (
        '<div class="gw-scroll"><table class="gw-plan-table gw-beside-table"><caption>Perplexity: how '
        "surprising a token of the text is on the average; the lower, the likelier.</caption>"
        '<thead><tr><td></td><th scope="col">under the base</th><th scope="col">under the tuned model</th>'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _links(now: Sides) -> str:
    if now.state not in ("done", "stopped"):
        return ""
    links = " · ".join(
        f'<a href="{escape(decoding_link(one.request), quote=True)}">{title}</a>'
        for title, one in zip(("the base", "the tuned model"), now.both, strict=True)
    )
    return (
        f'<p class="gw-second">Step by step, with the same prompt, noise and judge, in Decoding: {links}</p>'
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.2f}" if value < 1e6 else f"{value:.1e}"
