"""The special and added tokens of a tokenizer as a table. Text is escaped here; no Gradio."""

from html import escape

from app.tokenizer.shown_text import glyphs
from pipelines.tokenization.answers import Described
from pipelines.tokenization.special_tokens import SpecialToken

MAX_ROWS = 200
_FLAGS = (
    ("special", "Special", "skipped in decoding"),
    ("normalized", "Normalised", "looked for after the normaliser, else before it"),
    ("lstrip", "Strips left", "takes the white space on its left along"),
    ("rstrip", "Strips right", "takes the white space on its right along"),
    ("single_word", "Single word", "found only where it is a whole word"),
)


def special_html(described: Described) -> str:
    """Id, token, roles and flags; then the roles that nothing fills."""
    heads = "".join(f'<th scope="col" title="{why}">{label}</th>' for _, label, why in _FLAGS)
    rows = "".join(_row(token) for token in described.special[:MAX_ROWS])
    more = len(described.special) - MAX_ROWS
    rest = f'<p class="gw-hint">{more:,} more are not drawn.</p>' if more > 0 else ""
    table = (
        '<div class="gw-table-box" tabindex="0" role="region" aria-label="Special tokens">'
        '<table class="gw-plain"><thead><tr><th scope="col" class="gw-number">Id</th>'
        f'<th scope="col">Token</th><th scope="col">Role</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{rest}"
    )
    return f"{table if described.special else _none(described)}{_missing(described)}"


def _row(token: SpecialToken) -> str:
    id_ = "–" if token.id is None else f"{token.id:,}"
    outlined = " gw-special" if token.special else ""
    chip = f'<span class="gw-token{outlined}">{glyphs(token.text) or "∅"}</span>'
    roles = ", ".join(map(escape, token.roles)) or '<span class="gw-muted">–</span>'
    missing = ' <span class="gw-muted">not in the vocabulary</span>' if token.id is None else ""
    flags = "".join(_flag(getattr(token, name)) for name, _, _ in _FLAGS)
    return f'<tr><td class="gw-number">{id_}</td><td>{chip}{missing}</td><td>{roles}</td>{flags}</tr>'


def _flag(has: bool) -> str:
    return "<td>yes</td>" if has else '<td class="gw-muted">no</td>'


def _none(described: Described) -> str:
    return f'<p class="gw-hint">{escape(described.name)} has no special or added tokens.</p>'


def _missing(described: Described) -> str:
    if not described.missing:
        return '<p class="gw-hint">Each of the usual roles has its token.</p>'
    return f'<p class="gw-hint">No token for: {escape(", ".join(described.missing))}.</p>'
