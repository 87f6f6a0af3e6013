"""The same paragraph in many languages under each tokenizer, as bars in a table. No Gradio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from app.tokenizer.chips import hint_html
from app.tokenizer.letters import colour, letter_html, name_html
from pipelines.tokenization.measures import LanguageRow

_TELLING = 0.05  # share of unknown tokens from which few tokens are no merit
_NAMES, _COLUMN = 168, 160  # pixels below which the table is scrolled instead


@dataclass(frozen=True)
class _Measure:
    label: str
    value: Callable[[LanguageRow], float]
    said: str
    unit: str = ""


MEASURES = {
    "premium": _Measure(
        "Tokens relative to English",
        lambda row: row.premium,
        "How many tokens the paragraph takes for each token of the English one, which says the same. The "
        "thin line is English.",
        " ×",
    ),
    "bytes": _Measure(
        "Bytes per token",
        lambda row: row.measures.bytes_per_token,
        "Bytes of UTF-8 a token. Letters outside ASCII take two to four bytes each, so compare within a "
        "script.",
    ),
    "fertility": _Measure(
        "Tokens per word",
        lambda row: row.measures.fertility,
        "In scripts without spaces each letter counts as a word.",
    ),
}


def languages_html(names: Sequence[str], rows: Sequence[Sequence[LanguageRow]], measure: str) -> str:
    """``rows[tokenizer]`` are those of ``names[tokenizer]``, in the same languages for all; ``measure`` is
    one of :data:`MEASURES`, the first for any other."""
    chosen = MEASURES.get(measure) or MEASURES["premium"]
    most = max((chosen.value(row) for column in rows for row in column), default=0) or 1.0
    line = 100 / most if chosen.unit else None
    heads = "".join(
        f'<th scope="col"><span class="gw-measures-name">{letter_html(place)} <span>{name_html(name)}</span>'
        "</span></th>"
        for place, name in enumerate(names)
    )
    least = _NAMES + _COLUMN * len(names)
    body = "".join(_language(each, chosen, most, line) for each in zip(*rows, strict=True))
    return (
        '<div class="gw-languages"><div class="gw-detail-table" tabindex="0" role="region" '
        f'aria-label="{escape(chosen.label)}"><table style="min-width:{least}px">'
        f'<thead><tr><th scope="col">Language</th>{heads}</tr></thead>'
        f'<tbody>{body}</tbody></table></div><p class="gw-detail-note">{escape(chosen.said)}</p></div>'
    )


def no_tokenizer_html() -> str:
    return hint_html("Choose tokenizers: how they do in fifteen languages stands here.")


def _language(columns: Sequence[LanguageRow], chosen: _Measure, most: float, line: float | None) -> str:
    first = columns[0]
    cells = "".join(_bar(place, row, chosen, most, line) for place, row in enumerate(columns))
    return (
        f'<tr><th scope="row"><span>{escape(first.name)}</span> <small>{escape(first.script)}</small></th>'
        f"{cells}</tr>"
    )


def _bar(place: int, row: LanguageRow, chosen: _Measure, most: float, line: float | None) -> str:
    value, unknown = chosen.value(row), row.measures.unknown_rate
    mark = f'<u style="left:{line:.2f}%"></u>' if line is not None else ""
    lost = f"<small>{100 * unknown:.0f} % unknown</small>" if unknown >= _TELLING else ""
    return (
        f'<td><span class="gw-language"><span class="gw-language-bar" aria-hidden="true">'
        f'<i style="width:{100 * value / most:.2f}%;--run:{colour(place)}"></i>{mark}</span>'
        f"<span>{value:.2f}{chosen.unit}{lost}</span></span></td>"
    )
