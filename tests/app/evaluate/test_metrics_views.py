"""What is drawn of measured texts: every figure, every pair, and nothing of a text as HTML."""

import re

import pytest

from app.evaluate.metrics_board import Board, asked_of
from app.evaluate.metrics_pair_view import HINT, NOT_SHOWN, pair_html, steps_of
from app.evaluate.metrics_view import PAGE, board_html, explained_html, pairs_html, progress_html
from pipelines.evaluation.metrics.answers import Alignment, Marked
from pipelines.evaluation.metrics.handlers import measure
from pipelines.evaluation.metrics.specs import KINDS

TEXTS = [name for name, kind in KINDS.items() if not kind.vectors]
EVIL = "<img src=x onerror=alert(1)> & 'quoted' \"twice\""


def measured(metrics, predictions, references, against="") -> Board:
    asked = asked_of(predictions, references, against, metrics, samples=200)
    return Board(
        asked, {name: list(measure(asked.request(name), None))[-1] for name in asked.metrics}, "done"
    )


def seen(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("metric", TEXTS)
def test_no_text_is_ever_html(metric):
    board = measured([metric], f"{EVIL}\n{EVIL}", f"{EVIL} {EVIL}\nplain", EVIL * 2 + "\n" + EVIL)
    found = board.rows[metric]
    drawn = board_html(board, metric) + explained_html(found) + pairs_html(board, found, 0, 0)
    drawn += pair_html(found, 0) + pair_html(found, 1) + progress_html(board)
    assert "<img" not in drawn
    assert all(tag in drawn for tag in ("<table", KINDS[metric].title))


def test_every_metric_has_its_row_and_the_chosen_one_is_marked():
    board = measured(TEXTS, "a cat sat\nthe sun", "the cat sat\nthe sun")
    html = board_html(board, "ter")
    assert re.findall(r'data-metric="(\w+)"', html) == TEXTS
    assert html.count('aria-current="true"') == 1 and "Second system" not in html
    assert "12 of" not in progress_html(board) and "2 predictions" in seen(progress_html(board))


def test_a_second_system_stands_beside_the_first():
    board = measured(["f1", "ter", "distinct"], "x\n" * 8, "a b\n" * 8, "a b\n" * 8)
    told = seen(board_html(board, "f1"))
    assert "+1.0000 ▲ better" in told and "−100.00 ▲ better" in told  # fewer edits are better
    assert "Of 8 pairs the interval" in told and "Distinct-n" in told
    assert "≈ unclear" in seen(board_html(measured(["f1"], "x\ny", "a\nb", "x\ny"), "f1"))


def test_what_cannot_be_measured_says_why():
    board = Board(asked_of("a", "a", "", ["ter", "f1"]), {"ter": "Too <long>."}, "done")
    html = board_html(board, "")
    assert "⚠ Too &lt;long&gt;." in html and "<button" not in html
    assert board.named("ter") is None


def test_the_counts_make_the_figure():
    told = seen(explained_html(measured(["bleu"], "a b c d", "a b c d e").rows["bleu"]))
    assert "1-grams matched 4 of 4 100.0 %" in told and "brevity penalty 0.7788" in told
    assert "0.779 · (100.0 · 100.0 · 100.0 · 100.0)^(1/4) = 77.88" in told and "Signature nrefs:1" in told


def test_pairs_come_in_pages():
    count = 2 * PAGE + 3
    board = measured(["f1"], "a b\n" * count, "a\n" * count)
    found = board.rows["f1"]
    first, last = (pairs_html(board, found, page, 0) for page in (0, 99))
    assert first.count("data-pair") == PAGE and 'data-page="-1" disabled' in first
    assert last.count("data-pair") == 3 and "3 of 3" in last and f'data-page="{3}" disabled' in last
    assert first.count('aria-current="true"') == 1


def test_a_pair_that_is_not_there_is_a_hint():
    board = measured(["f1"], "a\n" * 60, "a\n" * 60)
    found = board.rows["f1"]
    assert (pair_html(found, -1), pair_html(found, 60), pair_html(found, 55)) == (HINT, HINT, NOT_SHOWN)
    assert "data-pair" not in pairs_html(board, found, 2, -1).split("51")[1]


def test_the_steps_hold_every_unit_in_its_order():
    said, wanted = Marked(tuple("abcd"), ("",) * 4), Marked(tuple("xbd"), ("",) * 3)
    shown = Alignment(said, wanted, links=((0, 0, "substituted"), (1, 1, "exact"), (3, 2, "exact")))
    assert list(steps_of(shown)) == [
        ("a", "x", "substituted"),
        ("b", "b", "exact"),
        ("c", "", "extra"),
        ("d", "d", "exact"),
    ]
    nothing = Alignment(Marked((), ()), Marked(("x",), ("missing",)))
    assert list(steps_of(nothing)) == [("", "x", "missing")]


def test_words_and_their_partners_have_one_number():
    html = pair_html(measured(["meteor"], "on the mat sat cats", "the cat sat on the mat").rows["meteor"], 0)
    said, wanted = html.split("<h5>Reference</h5>")
    pairs = [re.findall(r'data-mark="(\w+)"[^>]*>(\w+)<sup>(\d)', side) for side in (said, wanted)]
    assert {(how, number) for how, _, number in pairs[0]} == {(how, number) for how, _, number in pairs[1]}
    assert ("stem", "cats", "5") in pairs[0]


@pytest.mark.parametrize("metric", ["bleu", "edit_distance"])
def test_of_a_long_text_the_beginning_is_drawn(metric):
    html = pair_html(measured([metric], "a " * 1_000, "a " * 999).rows[metric], 0)
    assert "… and 600 more" in html and len(html) < 120_000


def test_empty_texts_are_shown_as_such():
    board = measured(["bleu", "edit_distance"], "a\n\n", "a\nb")
    assert "(empty)" in pairs_html(board, board.rows["bleu"], 0, 0)
    assert "(empty)" in pair_html(board.rows["bleu"], 1)
    assert 'data-mark="missing"' in pair_html(board.rows["edit_distance"], 1)
