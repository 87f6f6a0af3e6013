"""What the tab draws: no row, token or model becomes HTML, and nothing is told by colour alone."""

import html
import json
import re

from app.fine_tune.after_view import forgotten_html, held_html
from app.fine_tune.data_view import about_html, first_rows_html
from app.fine_tune.findings_view import checked_html
from app.fine_tune.mask_view import masked_html
from app.fine_tune.prediction_view import chances_html, marked_html, prediction_html
from pipelines.training.checks.requests import BLOCKS, WARNS, Checked, Finding, Lengths, PreviewRow

HOSTILE = "<img src=x onerror=alert(1)>"


def row(number=1, tokens=("a", " b", HOSTILE, "</s>"), **more):
    trained = (False, False, True, True)
    return PreviewRow(number, tokens, (1, 2, 3, 4), trained, (False, False, False, True), **more)


def checked(*findings, **more):
    return Checked("messages", 90, 10, findings, (), **more)


def test_learnt_and_context_tokens_are_told_apart_by_more_than_colour():
    shown = masked_html([row(), row(7, held_out=True, cut=3)])
    assert shown.count('aria-label="2 tokens, learnt"') == 2
    assert shown.count('aria-label="2 tokens, context"') == 2
    assert "gw-learnt gw-special" in shown and "3 cut off at the end" in shown
    assert 'data-mask-row="Row 7, held out" hidden' in shown and "Next ›" in shown
    assert "<img" not in shown


def test_one_row_has_nothing_to_turn_and_none_draws_nothing():
    assert "data-turn" not in masked_html([row()]) and masked_html([]) == ""


def test_a_row_learnt_as_a_whole_says_what_it_is_learnt_as():
    plain = PreviewRow(1, ("a",), (1,), (False,), (False,), note=f"label {HOSTILE}")
    shown = masked_html([plain])
    assert "label &lt;img" in shown and "0 learnt" not in shown and "the loss counts" not in shown


def test_a_very_long_row_is_cut_in_the_page_and_says_so():
    long = PreviewRow(1, ("x",) * 2_000, (1,) * 2_000, (True,) * 2_000, (False,) * 2_000)
    assert "1,400 more tokens" in masked_html([long])


def test_a_finding_names_its_rows_and_carries_its_mend():
    mend = {"drop_rows": [3, 4], "file": "data"}
    found = checked(
        Finding("empty", BLOCKS, f"Empty {HOSTILE}", (3, 4), 40, mend),
        Finding("length", WARNS, "Cut.", (), 0, {"max_length": 512}),
    )
    shown = checked_html(found)
    assert "<img" not in shown and "rows 3–4 and 38 more" in shown
    assert 'data-level="blocks"' in shown and 'aria-label="stops the start"' in shown
    carried = [json.loads(html.unescape(text)) for text in re.findall(r'data-mend="([^"]*)"', shown)]
    assert carried == [mend, {"max_length": 512}]
    assert "Leave these 2 rows out" in shown and "Set max_length to 512" in shown


def test_clean_rows_say_so_with_their_lengths():
    shown = checked_html(checked(lengths=Lengths(100, 71, 43, 1, 0.01, 4_000, 1_000)))
    assert "Nothing was found" in shown and "25 % of the tokens are learnt" in shown and "1.0 % cut" in shown
    assert "learnt" not in checked_html(checked(lengths=Lengths(9, 7, 4, 0, 0, 40, 0))).split("<ul")[0][60:]


def test_the_table_of_first_rows_puts_columns_with_a_role_first():
    rows = [{"id": 7, "q": HOSTILE, "turns": [{"role": "user", "content": "Hi"}]}, {"q": "b"}]
    shown = first_rows_html(["id", "q", "turns"], rows, [3, 9], {"prompt": "q"})
    assert "<img" not in shown and "user: Hi" in shown and '<th scope="row">9</th>' in shown
    assert shown.index(">prompt<") < shown.index(">id<")
    assert "<td>–</td>" in shown, "a column that a row has not"


def test_titles_and_columns_are_escaped():
    assert "<img" not in about_html(HOSTILE, 3, "Messages", [HOSTILE])


def test_predictions_are_escaped_and_marks_may_not_overlap():
    shown = marked_html(f"Ann saw {HOSTILE}", [(0, 3, "person"), (1, 2, "x"), (8, 12, HOSTILE)])
    assert shown.count("<mark>") == 2 and "<img" not in shown
    assert "<mark>Ann<small>person</small></mark>" in shown
    assert "80.0 %" in chances_html([(HOSTILE, 0.8), ("b", 7)]) and "100.0 %" in chances_html([("b", 7)])


def test_what_a_job_wrote_may_lack_anything():
    for told in (None, [], {"best": 3}, {"best": [1, {}]}):
        held_html(told)
    shown = held_html({"best": [{"row": 3, "loss": 0.5, "prompt": HOSTILE, "text": "b"}], "worst": []})
    assert "row 3 · loss 0.500" in shown and "<img" not in shown and "Worst" not in shown
    assert forgotten_html({}) == "" and forgotten_html({"general_perplexity_before": "x"}) == ""
    both = {"general_perplexity_before": 9.0, "general_perplexity_after": 9.5}
    assert "9.00 before" in forgotten_html(both) and "9.50 after" in forgotten_html(both)


def test_each_kind_of_prediction_is_drawn():
    labels = {"labels": [{"label": "good", "probability": 0.9}, {"label": "bad", "probability": 0.1}]}
    assert prediction_html(labels).index("good") < prediction_html(labels).index("10.0 %")
    names = {"text": "Ann ran.", "entities": [{"start": 0, "end": 3, "type": "PER", "probability": 0.8}]}
    assert "<mark>Ann<small>PER</small></mark> ran." in prediction_html(names)
    assert "No name was found" in prediction_html({"text": "It ran.", "entities": []})
    span = {"start": 4, "end": 7, "probability": 0.7}
    told = {"text": "Who?", "answer": span, "no_answer": 0.2, "candidates": [span]}
    assert "<mark>fox<small>answer</small></mark>" in prediction_html(told, "The fox ran.")
    assert "does not answer it" in prediction_html({**told, "answer": None}, "The fox ran.")
    gap = {"candidates": [{"text": "dog", "probability": 0.5}]}
    assert "dog" in prediction_html({"text": "x", "masks": [gap]})
