"""Indexes side by side: the table and the figure say what was measured."""

import doctest

import pytest

from app.rag import indexes_view
from app.rag.indexes_view import HINT, figure, table_html
from tests.support.indexes_compared import ALL, rows


def test_every_index_has_a_row_with_its_letter_and_numbers():
    html = table_html(ALL, 7)
    for letter, name in zip(
        "ABCDE", ("Exact", "Chroma HNSW", "FAISS flat", "FAISS HNSW", "FAISS IVF"), strict=True
    ):
        assert f'gw-found-number">{letter}</span> {name} ' in html
    assert "99.0 %" in html and "1.3 ms" in html and "1.6 ms" in html and "2.5 s" in html and "15 MB" in html
    assert "12,345 passages, 200 questions" in html and "true 7 nearest" in html
    assert html.count("<tr>") == 6


def test_without_rows_there_is_a_hint():
    assert table_html([], 10) == HINT


def test_the_figure_has_a_point_an_index_recall_over_time():
    drawn = figure(ALL)
    assert [trace.name[0] for trace in drawn.data] == list("ABCDE")
    assert [(trace.x[0], trace.y[0]) for trace in drawn.data] == [(row.p50, 100 * row.recall) for row in ALL]
    assert drawn.layout.xaxis.type == "log" and max(drawn.layout.yaxis.tickvals) == 100
    low, high = drawn.layout.yaxis.range
    assert low < 96 and 100 < high < 103
    (low, high) = figure(ALL[:1]).layout.yaxis.range
    assert (low, high) == (99, 101)
    assert not figure([]).data


def test_an_index_of_another_name_is_text():
    html = table_html(rows("<b>x</b>"), 3)
    assert "<b>x</b>" not in html and "&lt;b&gt;x" in html


@pytest.mark.parametrize("module", [indexes_view])
def test_examples(module):
    assert doctest.testmod(module).failed == 0
