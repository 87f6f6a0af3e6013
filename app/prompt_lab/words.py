"""Numbers, marks and texts of the lab as a person reads them. All text is escaped here."""

import math
from html import escape

from app.tokenizer.glyphs import glyph
from pipelines.common.proportions import Proportion
from pipelines.prompting.measures.graded import Graded

MINUS = "−"
RULES = {
    "flexible": "Anywhere (flexible)",
    "strict": "In the form asked (strict)",
    "custom": "By own pattern",
}
SHORT_RULES = {"flexible": "flexible", "strict": "strict", "custom": "own pattern"}
# How an item went: sign, word and style. The sign alone tells them apart.
RIGHT, WRONG = ("✓", "right", "gw-found-right"), ("✗", "wrong", "gw-found-wrong")
UNREAD, FAILED = ("∅", "no answer found", "gw-found-unread"), ("⚠", "failed", "gw-found-failed")
WAITING = ("·", "not asked yet", "gw-found-waiting")


def percent(share: float) -> str:
    """
    >>> percent(0.815), percent(float("nan"))
    ('81.5 %', '–')
    """
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def interval(low: float, high: float) -> str:
    """Of a share, in per cent.

    >>> interval(0.49, 0.943)
    '49 to 94'
    """
    return "" if math.isnan(low) else f"{100 * low:.0f} to {100 * high:.0f}"


def points(by: float) -> str:
    """A difference of two shares in percentage points, signed.

    >>> points(0.395), points(-0.02), points(0.0)
    ('+39.5', '−2.0', '0.0')
    """
    if math.isnan(by):
        return "–"
    text = f"{100 * by:+.1f}"
    return "0.0" if not float(text) else text.replace("-", MINUS)


def p_value(p: float) -> str:
    """
    >>> p_value(0.0000001), p_value(0.0312), p_value(1.0)
    ('< 0.001', '0.031', '1')
    """
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else "1" if p > 0.9995 else f"{p:.3f}"


def share_html(found: Proportion) -> str:
    """A share with its interval, hits and count in the hover."""
    words = f"{found.hits:,} of {found.count:,}; 95 % interval"
    return (
        f'<span title="{words}"><b>{percent(found.share)}</b> '
        f"<small>{interval(found.low, found.high)}</small></span>"
    )


def seconds(value: float) -> str:
    """
    >>> seconds(0.0314), seconds(2.5), seconds(75)
    ('31 ms', '2.5 s', '75 s')
    """
    if math.isnan(value):
        return "–"
    return f"{1000 * value:.0f} ms" if value < 0.995 else f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def money(value: float) -> str:
    """Small sums keep three figures.

    >>> money(12.5), money(0.000123456), money(0)
    ('12.50', '0.000123', '0')
    """
    return "0" if not value else f"{value:,.2f}" if value >= 1 else f"{value:.3g}"


def text_html(text: str) -> str:
    """Escaped, control characters as signs; line ends and spaces stay, for a style that keeps them."""
    shown = (one if one in "\n\t" or one.isprintable() else glyph(one) for one in text)
    return escape("".join(shown))


def mark_of(graded: Graded | None, rule: str) -> tuple[str, str, str]:
    if graded is None:
        return WAITING
    if graded.error:
        return FAILED
    if graded.right(rule):
        return RIGHT
    return UNREAD if graded.marks[rule].answer is None else WRONG


def mark_html(mark: tuple[str, str, str], words: str = "") -> str:
    """The sign with its word for those who hear the page."""
    sign, word, style = mark
    told = f"{word}: {words}" if words else word
    named = f'aria-label="{escape(told)}" title="{escape(told)}"'
    return f'<span class="gw-found-mark {style}" role="img" {named}>{sign}</span>'


def number_html(number: int) -> str:
    """The number by which a cell goes in tables and figures, from 1."""
    return f'<span class="gw-found-number">{number}</span>'


def clipped(text: str, most: int = 140) -> str:
    """On one line.

    >>> clipped("one\\n two   three", 9)
    'one two …'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 2].rstrip() + " …"


def table(title: str, heads: str, body: str, classes: str = "") -> str:
    return (
        f'<div class="gw-beside gw-found-table {classes}" role="region" aria-label="{escape(title)}" '
        'tabindex="0">'
        f"<table><caption>{escape(title)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
    )
