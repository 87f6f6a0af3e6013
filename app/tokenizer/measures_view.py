"""What the text costs under each tokenizer, as a table. Text is escaped here; no Gradio."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from app.tokenizer.chips import hint_html
from app.tokenizer.letters import letter_html, name_html
from pipelines.tokenization.comparison import Compared, Comparison
from pipelines.tokenization.measures import WORD, price


@dataclass(frozen=True)
class _Column:
    """``best`` picks the better of two values, None where neither is; ``told`` explains the head."""

    head: str
    told: str
    value: Callable[[Compared], float]
    shown: Callable[[float], str]
    best: Callable[..., float] | None = None


_whole = "{:,.0f}".format
_ratio = "{:,.2f}".format
_SIZES = (
    ("characters", "characters"),
    ("bytes", "bytes of UTF-8"),
    ("words", "words"),
)
_FERTILITY = "Fertility is tokens per word."
_TICK = '<b class="gw-best">✓</b> marks the best of a column. '


def _share(value: float) -> str:
    return f"{100 * value:.2f} %" if value < 0.1 else f"{100 * value:.1f} %"


def _cost(value: float) -> str:
    return f"{value:,.6f}" if value < 1 else f"{value:,.2f}"


_COLUMNS = (
    _Column("Tokens", "Those around the text are not counted", lambda c: c.measures.tokens, _whole, min),
    _Column("Characters / token", "More is shorter", lambda c: c.measures.characters_per_token, _ratio, max),
    _Column("Bytes / token", "Of UTF-8; more is shorter", lambda c: c.measures.bytes_per_token, _ratio, max),
    _Column("Fertility", "Tokens a word; less is shorter", lambda c: c.measures.fertility, _ratio, min),
    _Column(
        "Unknown",
        "Share of tokens that stand for what the vocabulary cannot spell",
        lambda c: c.measures.unknown_rate,
        _share,
        min,
    ),
    _Column("Distinct", "Different tokens of this text", lambda c: c.measures.distinct, _whole),
    _Column("Vocabulary", "Entries, special tokens included", lambda c: c.size, _whole),
    _Column("Used of it", "Share of the vocabulary in this text", lambda c: c.measures.coverage, _share),
    _Column("ms", "Milliseconds to encode this text", lambda c: 1000 * c.seconds, _ratio, min),
)


def measures_html(comparison: Comparison, per_million: float | None = None) -> str:
    """One row a tokenizer; ``per_million`` is a price, 0 or None for none; raises
    SpecError for what is no price."""
    columns = (*_COLUMNS, *([_cost_column(per_million)] if per_million else []))
    heads = "".join(
        f'<th scope="col" title="{escape(column.told)}">{escape(column.head)}</th>' for column in columns
    )
    rows = "".join(_row(place, one, comparison, columns) for place, one in enumerate(comparison.tokenizers))
    return (
        f'<div class="gw-measures">{_sizes(comparison.tokenizers[0])}'
        '<div class="gw-detail-table" tabindex="0" role="region" aria-label="Measures"><table>'
        f'<thead><tr><th scope="col">Tokenizer</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="gw-detail-note">{_TICK if len(comparison.tokenizers) > 1 else ""}{_FERTILITY} '
        f"{escape(WORD)}</p></div>"
    )


def no_text_html() -> str:
    return hint_html("Type a text and choose tokenizers: what it costs under each of them stands here.")


def _cost_column(per_million: float) -> _Column:
    price(0, per_million)
    told = f"At {per_million:g} for a million tokens"
    return _Column("Cost", told, lambda c: price(c.measures.tokens, per_million), _cost, min)


def _sizes(one: Compared) -> str:
    """The text's own sizes, which are the same for all."""
    tiles = "".join(f"<span><b>{getattr(one.measures, name):,}</b> {label}</span>" for name, label in _SIZES)
    return f'<p class="gw-measures-sizes">{tiles}</p>'


def _row(place: int, one: Compared, comparison: Comparison, columns: tuple[_Column, ...]) -> str:
    cells = "".join(_cell(column, one, comparison.tokenizers) for column in columns)
    name = f"{letter_html(place)} <span>{name_html(one.name)}<small>{escape(one.kind)}</small></span>"
    return f'<tr><th scope="row"><span class="gw-measures-name">{name}</span></th>{cells}</tr>'


def _cell(column: _Column, one: Compared, all_: tuple[Compared, ...]) -> str:
    value, values = column.value(one), [column.value(other) for other in all_]
    shown = escape(column.shown(value))
    if column.best is None or min(values) == max(values) or value != column.best(values):
        return f"<td>{shown}</td>"
    tick = '<span aria-hidden="true">✓</span>'
    return f'<td class="gw-best"><b>{tick} {shown}</b><span class="gw-sr">, best</span></td>'
