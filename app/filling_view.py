"""A :class:`~app.filling.Moment` as HTML: the text with its gaps, and for each gap its guesses as bars that
can be put in. All text of users and models is escaped here; no Gradio.
"""

import json
import re
from html import escape
from typing import Any

from app.filling import Moment
from app.status_line import status_line
from pipelines.generation.fill_mask_requests import Filling, Gap
from pipelines.models.marks import MASKS

EXAMPLES = (
    "The little <|mask|> barked at the cat.",
    "Once upon a <|mask|>, there was a little <|mask|> named Lily.",
    "Tom was <|mask|> because his toy was broken.",
)
_SPECIAL = re.compile(r"<[^<>]+>|\[[A-Z]+\d*\]")
_AROUND = 28  # characters of text that tell one gap from another


def paper_html(moment: Moment) -> str:
    """The text with the likeliest filling in each gap; while waiting, with the marks themselves."""
    if moment.filled is None:
        return _paper(moment.state, escape(moment.text))
    at, parts = 0, []
    for number, gap in enumerate(moment.filled.gaps, start=1):
        parts += [escape(moment.text[at : gap.start]), _put_in(moment.text[: gap.start], gap, number)]
        at = gap.end
    return _paper(moment.state, "".join(parts) + escape(moment.text[at:]))


def whole_html(text: str) -> str:
    """A text whose gaps are all filled."""
    return _paper("done", escape(text))


def guesses_html(moment: Moment, data: dict[str, Any] | None = None) -> str:
    """One list a gap, side by side where there is room. ``data`` travels along for the download."""
    if moment.filled is None:
        return ""
    lists = "".join(_guesses(moment.text, number, gap) for number, gap in enumerate(moment.filled.gaps))
    # An attribute: the page keeps the content of a <template> when it puts new HTML in the place of old.
    text = escape(json.dumps(data, indent=1))
    carried = f'<div id="fill-mask-data" hidden data-json="{text}"></div>' if data else ""
    return f'<div class="gw-gaps">{lists}</div>{carried}'


def empty_html(any_model: bool) -> str:
    """Before the first text: an example one click away, or how to get a model that can do this."""
    if not any_model:
        return (
            '<div class="gw-paper gw-empty" id="fill-mask-text">'
            '<p class="gw-empty-title">No model here fills gaps yet.</p>'
            "<p>A model that continues text sees only what stands before. One that fills gaps reads both "
            "sides. Train one in the Pretrain tab: one in <b>BERT style</b> guesses masked tokens, one in "
            f"<b>T5 style</b> restores hidden spans of several.</p>{_setup('bert')}{_setup('t5')}</div>"
        )
    buttons = "".join(
        f'<button type="button" class="gw-example" data-text="{escape(text)}">{_shown_marks(text)}</button>'
        for text in EXAMPLES
    )
    return (
        '<div class="gw-paper gw-empty" id="fill-mask-text">'
        '<p class="gw-empty-title">Nothing filled in yet.</p>'
        f"<p>Write a text with a gap and press Fill in, or begin with one of these:</p>{buttons}</div>"
    )


def status_html(moment: Moment | None) -> str:
    """One line of fixed height: what is going on, then the numbers with their units."""
    if moment is None:
        return status_line("idle", "Ready")
    if moment.state == "failed":
        return status_line("failed", moment.note)
    if moment.state == "loading":
        return status_line("loading", f"Loading {moment.note} …")
    if moment.filled is None:
        return status_line("waiting", "Reading the text …")
    gaps, tokens = len(moment.filled.gaps), moment.filled.tokens
    numbers = [f"{tokens:,} token{'s' * (tokens != 1)} read", f"{moment.filled.seconds * 1000:,.0f} ms"]
    return status_line("done", f"{gaps} gap{'s' * (gaps != 1)}: choose what goes in", numbers)


def whole_status_html() -> str:
    return status_line("done", "All gaps are filled")


def _setup(architecture: str) -> str:
    """A link that opens the form with this architecture chosen."""
    address = f"./?tab=pretrain&amp;architecture={architecture}"
    return f'<a class="gw-example" href="{address}">Set up a {architecture.upper()} in Pretrain</a>'


def _paper(state: str, inner: str) -> str:
    return (
        f'<div class="gw-paper gw-fill" data-state="{state}" tabindex="0" role="region" aria-label="Text" '
        f'id="fill-mask-text">{inner}</div>'
    )


def _put_in(before: str, gap: Gap, number: int) -> str:
    """The likeliest filling as it would read, with the number of its gap."""
    text = gap.fillings[0].text
    space = " " if before and text.startswith(" ") else ""
    return f'{space}<mark class="gw-gap"><sup>{number}</sup>{escape(text.strip()) or "∅"}</mark>'


def _guesses(text: str, number: int, gap: Gap) -> str:
    before, after = _last(text[: gap.start]), _first(text[gap.end :])
    rows = "".join(_guess(number, place, filling) for place, filling in enumerate(gap.fillings))
    rest = 1 - sum(filling.probability for filling in gap.fillings)
    where = f"<span>{escape(before)} <b>▁</b> {escape(after)}</span>"
    return (
        f'<section class="gw-guesses"><h4>Gap {number + 1}{where}</h4>'
        f'<ol>{rows}</ol><p class="gw-rest">{_percent(max(0.0, rest))} for all others</p></section>'
    )


def _last(text: str) -> str:
    """The words just before a gap, other gaps as blanks."""
    text = MASKS.sub("▁", text)
    return text if len(text) <= _AROUND else f"…{text[-_AROUND:].partition(' ')[2] or text[-_AROUND:]}"


def _first(text: str) -> str:
    """The words just after a gap."""
    text = MASKS.sub("▁", text)
    return text if len(text) <= _AROUND else f"{text[:_AROUND].rpartition(' ')[0] or text[:_AROUND]} …"


def _guess(number: int, place: int, filling: Filling) -> str:
    share, spoken = _percent(filling.probability), filling.text.strip() or "nothing"
    return (
        f'<li><button type="button" class="gw-guess" data-gap="{number}" data-filling="{place}" '
        f'aria-label="Put in {escape(spoken)}, {share}">{bar_html(filling)}</button></li>'
    )


def bar_html(filling: Filling) -> str:
    """A guess and its probability, as a number and as a bar."""
    return (
        f'{_chip(filling.text)}<span class="gw-bar"><i style="width:{100 * filling.probability:.2f}%"></i>'
        f'</span><span class="gw-share">{_percent(filling.probability)}</span>'
    )


def _chip(text: str) -> str:
    """A token chip: spaces visible, special tokens outlined, nothing at all as ∅."""
    if _SPECIAL.fullmatch(text):
        return f'<span class="gw-token gw-special">{escape(text)}</span>'
    inner = escape(text).replace(" ", '<span class="gw-space">·</span>').replace("\n", "⏎") or "∅"
    return f'<span class="gw-token" title="{escape(text)}">{inner}</span>'


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 or share == 0 else "< 0.1 %"


def _shown_marks(text: str) -> str:
    return escape(text).replace(escape("<|mask|>"), '<span class="gw-blank">?</span>')
