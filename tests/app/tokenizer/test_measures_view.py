"""Measures and languages as tables: the numbers are those measured, the best is marked, names are text."""

import re

import pytest

from app.tokenizer.languages_view import MEASURES, languages_html
from app.tokenizer.letters import LETTERS, colour, name_html
from app.tokenizer.measures_part import price_of
from app.tokenizer.measures_view import measures_html
from pipelines.core.errors import SpecError
from pipelines.tokenization.comparison import Compared, Comparison, compare
from pipelines.tokenization.encode import encode
from pipelines.tokenization.measures import Measures, compression_by_language
from pipelines.tokenization.requests import MAX_TOKENIZERS
from tests.support.small_tokenizers import MAKERS, loaded

HOSTILE = "<img src=x onerror=alert(1)>"


def one(name: str = "a", tokens: int = 100, **changed) -> Compared:
    values = {"characters": 400, "bytes": 500, "words": 80, "characters_per_token": 400 / tokens}
    values |= {"bytes_per_token": 500 / tokens, "fertility": tokens / 80, "unknown_rate": 0.0}
    measures = Measures(tokens, **values, distinct=50, coverage=0.01)
    return Compared(name, "bpe", 5_000, measures, **{"seconds": 0.002, **changed})


def cells(html: str, row: int) -> list[str]:
    body = html.partition("<tbody>")[2]
    return re.findall(r"<td[^>]*>(.*?)</td>", body.split("<tr>")[row + 1])


def test_the_numbers_are_those_measured():
    text = "The café 👩‍🚀 costs 2026."
    several = [loaded(kind) for kind in MAKERS]
    comparison = compare(several, [encode(t, text) for t in several], [0.001, 0.002, 0.003])
    html = measures_html(comparison)
    for row, tokenizer in enumerate(comparison.tokenizers):
        shown = [re.sub(r"<[^>]+>|, best", "", cell).removeprefix("✓ ") for cell in cells(html, row)]
        measures = tokenizer.measures
        assert shown[0] == f"{measures.tokens:,}" and shown[3] == f"{measures.fertility:.2f}"
        assert shown[6] == f"{tokenizer.size:,}" and shown[8] == f"{1000 * tokenizer.seconds:.2f}"
    assert f"<b>{len(text)}</b> characters" in html


def test_what_the_columns_count_is_said():
    note = measures_html(Comparison((one(),), 9, 3)).partition("</table>")[2]
    assert "Fertility is tokens per word. A word is" in note


def test_the_best_is_marked_by_a_tick_and_a_word():
    html = measures_html(Comparison((one("a", 100), one("b", 80, seconds=0.004)), 9, 3))
    first, second = cells(html, 0), cells(html, 1)
    for column in range(4):  # tokens, characters and bytes a token, fertility
        assert "✓" in second[column] and "best" in second[column] and "✓" not in first[column]
    assert "✓" in first[8] and "✓" not in second[8]
    assert "✓" not in first[4] + second[4], "both are as good"
    assert not any("✓" in cell for cell in cells(measures_html(Comparison((one(),), 9, 0)), 0))


def test_a_price_becomes_a_column():
    comparison = Comparison((one("a", 100), one("b", 2_000_000)), 9, 3)
    html = measures_html(comparison, 2.5)
    assert "0.000250" in cells(html, 0)[-1] and "5.00" in cells(html, 1)[-1]
    assert "Cost" not in measures_html(comparison) + measures_html(comparison, 0)


@pytest.mark.parametrize("price", [-1, 1e9, float("nan"), "ten", "1,000.5", "nan", "-2"])
def test_a_price_that_is_none_is_refused(price):
    with pytest.raises(SpecError):
        measures_html(Comparison((one(),), 9, 0), price_of(price))


def test_a_price_is_read_as_it_is_typed():
    assert [price_of(typed) for typed in ("2.50", " 2,5 ", "0", 3)] == [2.5, 2.5, 0, 3]
    assert [price_of(nothing) for nothing in ("", "  ", None)] == [None] * 3


def test_a_long_name_is_broken_where_its_parts_end():
    assert name_html("path:a/tok_x/b.model") == "path:a/<wbr>tok_<wbr>x/<wbr>b.<wbr>model"
    assert name_html("</b>") == "&lt;/<wbr>b&gt;" and name_html("a/") == "a/"
    rows = compression_by_language(loaded("bpe"))
    shown = measures_html(Comparison((one("a/b"),), 9, 0)) + languages_html(["a/b"], [rows], "premium")
    assert shown.count("a/<wbr>b") == 2


def test_names_are_text():
    rows = compression_by_language(loaded("bpe"))
    html = measures_html(Comparison((one(HOSTILE),), 9, 0)) + languages_html([HOSTILE], [rows], "premium")
    assert "<img" not in html and "&lt;img" in html


@pytest.mark.parametrize("measure", MEASURES)
def test_languages_side_by_side(measure):
    rows = [compression_by_language(loaded(kind)) for kind in ("bpe", "unigram")]
    html = languages_html(["x", "y"], rows, measure)
    value = MEASURES[measure].value
    for place, (a, b) in enumerate(zip(*rows, strict=True)):
        shown = cells(html, place)
        assert f"{value(a):.2f}" in shown[0] and f"{value(b):.2f}" in shown[1]
        assert a.name in html
    widths = [float(width) for width in re.findall(r"<i style=\"width:([\d.]+)%", html)]
    assert max(widths) == 100 and len(widths) == 2 * len(rows[0]) and min(widths) >= 0
    assert ("<u " in html) == (measure == "premium")


def test_few_tokens_are_no_merit_where_most_are_unknown():
    rows = compression_by_language(loaded("wordpiece"))
    html = languages_html(["x"], [rows], "premium")
    lost = [row for row in rows if row.measures.unknown_rate >= 0.05]
    assert lost and html.count("% unknown") == len(lost)
    assert f"{100 * lost[0].measures.unknown_rate:.0f} % unknown" in html


def test_an_unknown_measure_is_the_first():
    rows = [compression_by_language(loaded("bpe"))]
    assert languages_html(["x"], rows, "nonsense") == languages_html(["x"], rows, next(iter(MEASURES)))


def test_every_tokenizer_has_a_letter_and_a_colour_of_its_own():
    assert len(LETTERS) >= MAX_TOKENIZERS
    assert len({colour(place) for place in range(MAX_TOKENIZERS)}) == MAX_TOKENIZERS
