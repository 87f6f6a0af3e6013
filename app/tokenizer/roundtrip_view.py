"""decode(encode(text)) against the text: the same or not, and where not, in context with every character
named. All text is escaped here; no Gradio.
"""

import unicodedata
from collections import Counter
from html import escape

from app.tokenizer.chips import count_of, hint_html
from app.tokenizer.glyphs import code_point, glyphs_html, name_of
from pipelines.tokenization.roundtrip import Difference, RoundTrip

LISTED = 50  # differences that are shown
_AROUND = 16  # characters of context on each side
_SIDE = 160  # characters of one side of a difference that are shown
_NAMED = 4  # characters of one side that are named
_WHOLE = 1_500  # characters of a text that is shown whole, its differences in place
_HEADS = (
    '<th scope="col">At</th><th scope="col">In context</th><th scope="col">What</th>'
    '<th scope="col" class="gw-before">Before</th><th scope="col" class="gw-after">After</th>'
)
_NO_TOKENIZER = "Choose a tokenizer to see whether a text survives being encoded and decoded."
_NO_TEXT = "Write a text to see whether it survives being encoded and decoded."


def no_tokenizer_html() -> str:
    return hint_html(_NO_TOKENIZER)


def no_text_html() -> str:
    return hint_html(_NO_TEXT)


def roundtrip_html(text: str, trip: RoundTrip) -> str:
    if trip.same:
        return (
            '<div class="gw-trip gw-trip-same"><b>✓ The same.</b> '
            f"{_all_of(len(text))} back exactly as {'it was' if len(text) == 1 else 'they were'}.</div>"
        )
    shown = trip.differences[:LISTED]
    whole = _whole(text, trip) if trip.complete and max(len(text), len(trip.back)) <= _WHOLE else ""
    rows = "".join(_row(text, trip.back, one) for one in shown)
    return (
        f'<div class="gw-trip gw-trip-other"><b>✗ Not the same.</b> {_counted(text, trip)}</div>'
        '<p class="gw-detail-note"><del>Struck through</del> is what went in, <ins>underlined</ins> what '
        f"came back.</p>{whole}"
        '<div class="gw-detail-table" tabindex="0" role="region" aria-label="Differences"><table>'
        f"<thead><tr>{_HEADS}</tr></thead><tbody>{rows}</tbody></table></div>{_rest(trip)}"
    )


def kind_of(before: str, after: str) -> str:
    """A word for what sets the two apart, the most harmless that fits.

    >>> kind_of("A", "a"), kind_of("é", "e"), kind_of("  ", " "), kind_of("x", "")
    ('letter case', 'accent', 'white space', 'lost')
    """
    if not (before + after).strip():
        return "white space"
    if unicodedata.normalize("NFC", before) == unicodedata.normalize("NFC", after):
        return "normal form"
    if unicodedata.normalize("NFKC", before) == unicodedata.normalize("NFKC", after):
        return "compatibility form"
    if before.casefold() == after.casefold():
        return "letter case"
    if _bare(before) == _bare(after):
        return "accent"
    if not after:
        return "lost"
    return "replaced" if before else "added"


def _all_of(count: int) -> str:
    return "The one character came" if count == 1 else f"All {count:,} characters came"


def _bare(text: str) -> str:
    """Without accents and case."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if unicodedata.category(char) != "Mn").casefold()


def _counted(text: str, trip: RoundTrip) -> str:
    """How many of what; of a long list, what the first of it are."""
    found = trip.differences
    kinds = Counter(kind_of(*_sides(text, trip.back, one)) for one in found)
    said = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    least = "" if trip.complete else "At least "
    return f"{least}{count_of(len(found), 'difference')}: {said}."


def _sides(text: str, back: str, one: Difference) -> tuple[str, str]:
    return text[one.start : one.end], back[one.back_start : one.back_end]


def _whole(text: str, trip: RoundTrip) -> str:
    """The text with its differences in place."""
    at, parts = 0, []
    for one in trip.differences:
        parts += [glyphs_html(text[at : one.start]) if one.start > at else "", _marked(text, trip.back, one)]
        at = one.end
    parts.append(glyphs_html(text[at:]) if at < len(text) else "")
    return f'<div class="gw-trip-text" dir="auto">{"".join(parts)}</div>'


def _row(text: str, back: str, one: Difference) -> str:
    before, after = _sides(text, back, one)
    left, right = text[max(0, one.start - _AROUND) : one.start], text[one.end : one.end + _AROUND]
    context = "".join((
        "…" if one.start > _AROUND else "", glyphs_html(left) if left else "", _marked(text, back, one),
        glyphs_html(right) if right else "", "…" if one.end + _AROUND < len(text) else "",
    ))  # fmt: skip
    return (
        f'<tr><th scope="row">{one.start:,}</th><td class="gw-trip-context" dir="auto">{context}</td>'
        f"<td>{kind_of(before, after)}</td><td>{_names(before)}</td><td>{_names(after)}</td></tr>"
    )


def _marked(text: str, back: str, one: Difference) -> str:
    before, after = _sides(text, back, one)
    gone = f"<del>{_side(before)}</del>" if before else ""
    come = f"<ins>{_side(after)}</ins>" if after else ""
    return gone + come


def _side(text: str) -> str:
    if len(text) <= _SIDE:
        return glyphs_html(text)
    return f'{glyphs_html(text[:_SIDE])}<span class="gw-cut">… {len(text):,} characters</span>'


def _names(text: str) -> str:
    """Each character by its code point and name."""
    named = "".join(
        f'<span class="gw-code-point"><b>{code_point(char)}</b> {escape(name_of(char))}</span>'
        for char in text[:_NAMED]
    )
    rest = len(text) - _NAMED
    more = f'<span class="gw-cut">… and {rest:,} more</span>' if rest > 0 else ""
    return named + more or '<span class="gw-detail-quiet">nothing</span>'


def _rest(trip: RoundTrip) -> str:
    rest = len(trip.differences) - LISTED
    if rest <= 0:
        return ""
    more = f"{rest:,} more" if trip.complete else f"at least {rest:,} more"
    return f'<p class="gw-detail-note">… and {more}.</p>'
