"""The leaderboard, one result, two compared and their items, over real results."""

import csv
import io
import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.evaluate.board_part import LEADERBOARD, BoardPart
from pipelines.core.errors import ConflictError, NotFoundError
from tests.support.evaluated import HOSTILE, write_result


@pytest.fixture
def part(services):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Evaluate"):
        shown = gr.Radio(["benchmarks", LEADERBOARD])
        made = BoardPart(services)
        made.wire(shown)
    return made


def drawn(part, request, tasks=(), metric="", first=None):
    return part._drawn(LEADERBOARD, list(tasks), metric, first, request)


def picked(**told):
    return SimpleNamespace(_data=told)


def test_a_model_a_row_and_the_best_of_a_column_is_marked(part, results, asked_by):
    html = drawn(part, asked_by())[part.table]
    assert [html.index(name) for name in ("Small sums", "Story endings")]
    assert html.count("<tr>") == 4 and html.count("◆</b>") == 2  # of three models, and in the legend
    assert "33.3 %" in html and "100.0 %" in html and "± 14.9" in html
    assert "⚠ 2 of 9" in html and f'data-item="{results.instruct}"' in html


def test_a_visitor_sees_no_model_that_is_not_for_them(part, results, asked_by):
    assert "someone/private" in drawn(part, asked_by())[part.table]
    assert "someone/private" not in drawn(part, asked_by("eve"))[part.table]
    assert "no result" in part._opened(results.hub, None, asked_by("eve"))[0]
    assert "no result" in part._compared(results.base, results.hub, asked_by("eve"))
    assert "no result" in part.items._listed(results.base, results.hub, "all", "", "", asked_by("eve"))[0]
    for save in (part.files._result, part.files._samples):
        with pytest.raises(NotFoundError, match="no result"):
            save(results.hub, asked_by("eve"))
    assert "someone/private" not in part.files._board(None, asked_by("eve"))


def test_what_was_read_of_a_visitor_s_file_is_theirs(part, settings, results, asked_by):
    own = write_result(settings, "house/story-base", [True, True], reader="eve")
    assert f'data-item="{own}"' in drawn(part, asked_by("eve"))[part.table]
    assert f'data-item="{own}"' not in drawn(part, asked_by("bob"))[part.table]
    assert "no result" in part._opened(own, None, asked_by("bob"))[0]


def test_tasks_and_metrics_narrow_the_table(part, results, asked_by):
    html = drawn(part, asked_by(), tasks=["arithmetic"])[part.table]
    assert "Small sums" in html and "Story endings" not in html
    told = drawn(part, asked_by(), tasks=["gone"], metric="acc_bytes")
    assert "acc_bytes" in told[part.table] and told[part.tasks]["value"] == []
    assert drawn(part, asked_by(), metric="<b>")[part.metric]["value"] == ""
    stays = drawn(part, asked_by(), tasks=["arithmetic"], metric="acc_bytes")
    assert "value" not in stays[part.tasks] and "value" not in stays[part.metric]


def test_nothing_is_drawn_where_nobody_looks_and_nothing_without_results(part, asked_by):
    assert part._drawn("benchmarks", [], "", None, asked_by()) == gr.skip()
    told = drawn(part, asked_by())
    assert "Nothing is evaluated yet" in told[part.table]


def test_a_figure_opens_its_result_and_what_it_can_be_compared_with(part, results, asked_by):
    wish = part._picked(picked(item=results.base))
    chosen, _ = part._chosen(LEADERBOARD, wish, None, None, asked_by())
    assert chosen["value"] == results.base and len(chosen["choices"]) == 4
    html, second = part._opened(results.base, None, asked_by())
    assert "2 parts" in html and "2.5 s" in html
    offered = [key for _, key in second["choices"]]
    assert offered[0] == results.instruct and results.sums not in offered and "value" not in second
    assert part._opened(results.base, results.sums, asked_by())[1]["value"] is None
    for strange in (picked(item="../../etc"), picked(item=7), picked(), SimpleNamespace()):
        assert part._picked(strange) == gr.skip()


def test_what_is_open_stays_open_while_it_is_there(part, results, asked_by):
    chosen, _ = part._chosen(LEADERBOARD, "", results.base, None, asked_by())
    assert "value" not in chosen
    assert part._chosen(LEADERBOARD, "", "0" * 33, None, asked_by())[0]["value"] is None


def test_two_models_are_tested_on_the_same_items(part, results, asked_by):
    html = part._compared(results.base, results.instruct, asked_by())
    assert "<b>better</b>" in html and "+66.7 points" in html and "McNemar" in html
    assert "p = 0.008" in html  # 8 items, all won by the second: 2 · 0.5⁸
    assert "cannot be told apart" in part._compared(results.base, results.hub, asked_by())
    assert "different tasks" in part._compared(results.base, results.sums, asked_by())


def test_items_by_how_they_came_out_with_both_models_beside_each_other(part, results, asked_by):
    items, request = part.items, asked_by()
    filters = items._filters(results.base, results.instruct, "differ", request)
    assert [name for _, name in filters["choices"]] == ["all", "right", "wrong", "differ"]
    assert "value" not in filters
    assert items._filters(results.base, None, "differ", request)["value"] == "all"
    every, whole = items._listed(results.base, None, "all", "", "", request)
    assert "12 items" in every and every.count("data-item=") == 12 and "Choose an item" in whole
    differ, _ = items._listed(results.base, results.instruct, "differ", "", "", request)
    assert "8 of 12 items" in differ and differ.count('aria-label="right"') == 8
    place = items._picked(results.base, results.instruct, "all", picked(item="1"))[items.item]
    _, whole = items._listed(results.base, results.instruct, "all", "", place, request)
    assert whole.count("Scored continuations") == 4 and "98.6 %" in whole and "−3.250" in whole
    assert "no room for the first 2 tokens" in whole


def test_an_item_of_another_result_is_not_open_here(part, results, asked_by):
    items = part.items
    place = items._picked(results.base, None, "all", picked(item="3"))[items.item]
    assert "Item 3" in items._listed(results.base, None, "all", "", place, asked_by())[1]
    assert "Item 3" not in items._listed(results.instruct, None, "all", "", place, asked_by())[1]
    for strange in ("x", "[]", "{}", json.dumps([results.base, 99]), json.dumps([results.base, -1]), "7"):
        assert "Choose an item" in items._listed(results.base, None, "all", strange, strange, asked_by())[1]


def test_items_come_by_pages(part, settings, asked_by):
    key = write_result(settings, "house/story-base", [True] * 45)
    items = part.items
    page = items._picked(key, None, "all", picked(page="2"))[items.page]
    html, _ = items._listed(key, None, "all", page, "", asked_by())
    assert html.count("data-item=") == 5 and "Page 3 of 3" in html
    assert "Page 1 of 3" in items._listed(key, None, "right", page, "", asked_by())[0]


def test_texts_are_never_html(part, results, asked_by):
    items = part.items
    place = json.dumps([results.base, 0])
    drawn_ = [*items._listed(results.base, results.instruct, "all", "", place, asked_by())]
    assert all(HOSTILE not in html for html in drawn_)
    assert "&lt;img src=x" in drawn_[0] and "&lt;img src=x" in drawn_[1]


def test_files_hold_every_figure_and_item(part, results, asked_by):
    rows = list(csv.DictReader(io.StringIO(part.files._board(None, asked_by()))))
    assert {row["model"] for row in rows} == {"house/story-base", "house/story-instruct", "someone/private"}
    [one] = [row for row in rows if row["model"] == "house/story-instruct" and row["metric"] == "acc"]
    assert (one["value"], one["items"], one["whole"]) == ("1.0", "12", "1")
    told = json.loads(part.files._result(results.base, asked_by()))
    assert told["results"]["story_cloze"]["acc,none"] == pytest.approx(4 / 12)
    samples = [json.loads(line) for line in part.files._samples(results.base, asked_by()).splitlines()]
    assert len(samples) == 12
    with pytest.raises(ConflictError, match="Choose a result"):
        part.files._result(None, asked_by())
