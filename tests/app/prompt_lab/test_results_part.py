"""What a run has found, over real stores: the part's callbacks as the browser would call them."""

import csv
import html
import io
import json
import re
from types import SimpleNamespace

import gradio as gr
import pytest

from app.prompt_lab import downloads
from app.prompt_lab.results_layout import AS_RUN
from app.prompt_lab.results_part import ResultsPart
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.jobs.states import JobState
from pipelines.prompting.lab.script.facts import Weights
from tests.support import workshop
from tests.support.lab_runs import HOSTILE, write_lab_run

asked_by, services = workshop.asked_by, workshop.services
ALL = [
    "direct",
    "cot",
    {"name": "self_consistency", "settings": {"samples": 5}},
    "react",
    {"name": "tot", "settings": {"depth": 1, "evaluations": 1}},
]


@pytest.fixture
def part(services):
    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Prompt lab"):
        made = ResultsPart(services)
        made.wire()
    made.page = page
    return made


@pytest.fixture
def given(part):
    """``given(run, rule="strict")`` → what the browser would send."""

    def values(run, **changed):
        see = part.see
        sent = {see.run: run, see.rule: "flexible", see.kind: AS_RUN, see.form: AS_RUN, see.pattern: ""}
        sent |= {see.pick: "first", see.first: 1, see.second: 2, see.other: None, part.mark: ()}
        sent |= {see.code_cell: None}
        sent |= {see.filter: "all", see.search: "", part.page: "", part.item: "", part.trace_mark: ()}
        return sent | {getattr(see, name, None) or getattr(part, name): v for name, v in changed.items()}

    return values


def test_the_whole_of_a_run(part, given, services, asked_by):
    drawn = part._draw(given(write_lab_run(services, strategies=ALL)), asked_by())
    see = part.see
    assert "chain of thought beats direct answering" not in drawn[see.sentence]  # six items are too few
    assert "chain of thought is right on 100.0% and direct answering on 50.0%" in drawn[see.sentence]
    assert drawn[see.table].count("<tr>") == 6 and "50.0 %" in drawn[see.table]
    assert "30 answers" in drawn[see.note] and drawn[part.timer].active is False
    assert [trace["name"] for trace in drawn[see.tokens].data][1:] == ["beaten", "on the front"]
    assert drawn[see.votes_fold].visible and "Self-consistency" in drawn[see.votes]
    assert not drawn[see.spread_fold].visible
    assert "better" in drawn[see.pairs] or "unclear" in drawn[see.pairs]


def test_what_stands_there_is_not_drawn_again(part, given, services, asked_by):
    run = write_lab_run(services, state=JobState.RUNNING)
    drawn = part._draw(given(run), asked_by())
    assert drawn[part.timer].active and "So far" in drawn[part.see.sentence]
    assert part._draw(given(run, mark=drawn[part.mark]), asked_by()) == gr.skip()
    assert part._draw(given(run, mark=drawn[part.mark], rule="strict"), asked_by()) != gr.skip()
    services.jobs._store.transition(run, {JobState.RUNNING}, JobState.SUCCEEDED)
    again = part._draw(given(run, mark=drawn[part.mark]), asked_by())
    assert again[part.timer].active is False and "succeeded" in again[part.see.note]


def test_a_run_under_way_shows_what_there_is(part, given, services, asked_by):
    run = write_lab_run(services, state=JobState.RUNNING)
    folder = services.settings.runs / run / "lab"
    first = (folder / "00.jsonl").read_text().splitlines(keepends=True)
    (folder / "00.jsonl").write_text("".join(first[:2]) + first[2][:40])  # the third is being written
    (folder / "01.jsonl").unlink()
    drawn = part._draw(given(run), asked_by())
    assert "2 of 12 answers" in drawn[part.see.note] and "waits for its turn" in drawn[part.see.table]
    assert "not asked yet" in part._items(given(run), asked_by())
    (folder / "items.jsonl").unlink()
    drawn = part._draw(given(run), asked_by())
    assert not drawn[part.see.body].visible and "Nothing has been answered" in drawn[part.see.sentence]


def test_another_way_of_reading_asks_no_model_again(part, given, services, asked_by):
    run, see = write_lab_run(services), part.see
    own = {"rule": "custom", "pattern": r"onerror=alert\((\d+)\)"}
    table = part._draw(given(run, **own), asked_by())[see.table]
    assert "Right, own pattern" in table and "0.0 %" in table
    bad = part._draw(given(run, rule="custom", pattern="(("), asked_by())
    assert set(bad) == {see.read_error} and "pattern" in bad[see.read_error]
    missing = part._draw(given(run, rule="custom"), asked_by())
    assert "Read the answers another way" in missing[see.read_error] and see.table not in missing


def test_a_pair_names_the_items_that_differ(part, given, services, asked_by):
    run = write_lab_run(services)
    html = part._pair(given(run), asked_by())
    assert "+50.0 points" in html and html.count("data-item=") == 3 and "0.250" in html
    assert "two different" in part._pair(given(run, second=1), asked_by())
    assert "accepts" in part._pair(given(run, second=9), asked_by())


def test_items_are_filtered_searched_and_paged(part, given, services, asked_by):
    run, who = write_lab_run(services), asked_by()
    counts = {
        wanted: part._items(given(run, filter=wanted), who).count("data-item=")
        for wanted in ("all", "wrong", "never", "differ", "unread", "failed", "nonsense")
    }
    assert counts == {"all": 6, "wrong": 3, "never": 0, "differ": 3, "unread": 0, "failed": 0, "nonsense": 6}
    assert part._items(given(run, search="two to 4"), who).count("data-item=") == 1
    assert "No item is like that" in part._items(given(run, search="ten"), who)
    event = SimpleNamespace(_data={"page": 7})
    turned = part._picked(given(run), event)
    assert json.loads(turned[part.page]) == [run, "all", "", 7]
    assert part._items(given(run, page=turned[part.page]), who).count("data-item=") == 6  # the last page


def test_a_click_that_is_none_changes_nothing(part, given, services):
    for data in (None, {}, {"item": 3}, {"page": "1"}, {"pair": [1]}):
        assert part._picked(given("x"), SimpleNamespace(_data=data)) == gr.skip()
    picked = part._picked(given("x"), SimpleNamespace(_data={"pair": [3, 4]}))
    assert picked == {part.see.first: 3, part.see.second: 4}


def test_one_item_in_every_cell(part, given, services, asked_by):
    run, who = write_lab_run(services, strategies=ALL), asked_by()
    item = re.search(r'data-item="([^"]+)"', part._items(given(run, search="two to 3"), who))[1]
    shown = part._trace(given(run, item=item), who)
    html = shown[part.see.trace]
    assert html.count('class="gw-found-cell"') == 5 and html.count(" open>") == 1
    assert "Votes of 5 draws" in html and "<b>4 ✓</b>" in html and "<b>1</b>" in html
    assert "Thought, action, observation" in html and "calculator[3 + 2]" in html
    assert "Tree of 2 thoughts" in html and "drawn 2 times" in html and "★ the best" in html
    assert "✗ dropped" in html or "✓ kept" in html
    assert "2 messages as in the call before" in html or "1 message as in the call before" in html
    assert part._trace(given(run, item=item, trace_mark=shown[part.trace_mark]), who) == gr.skip()
    assert "Choose an item" in part._trace(given(run, item="gone"), who)[part.see.trace]


def test_texts_are_never_html(part, given, services, asked_by):
    run, who = write_lab_run(services, name=HOSTILE, strategies=ALL), asked_by()
    drawn = part._draw(given(run), who)
    item = re.search(r'data-item="([^"]+)"', part._items(given(run), who))[1]
    shown = [part._items(given(run), who), part._pair(given(run), who)]
    shown += [part._trace(given(run, item=item), who)[part.see.trace]]
    shown += [value for value in drawn.values() if isinstance(value, str)]
    assert all("<img" not in html for html in shown) and "&lt;img" in "".join(shown)


def test_failed_calls_count_as_wrong_and_say_why(part, given, services, asked_by):
    run, who = write_lab_run(services, models=["endpoint:a", "endpoint:fail"]), asked_by()
    assert "⚠ 6 failed" in part._draw(given(run), who)[part.see.table]
    items = part._items(given(run, filter="failed"), who)
    item = re.search(r'data-item="([^"]+)"', items)[1]
    assert "The server is away." in part._trace(given(run, item=item), who)[part.see.trace]


def test_spread_over_prompts_and_examples(part, given, services, asked_by):
    prompts = [{"shots": 0}, {"shots": 1, "choice": "first"}]
    drawn = part._draw(given(write_lab_run(services, prompts=prompts)), asked_by())
    see = part.see
    assert drawn[see.spread_fold].visible and "2 prompts" in drawn[see.spreads]
    assert drawn[see.curve].visible and not drawn[see.places]


def test_places_of_the_right_option(part, given, services, asked_by):
    items = [{"question": f"Add two to {n}.", "choices": ["2", "9"], "answer": "AB"[n % 2]} for n in range(4)]
    run = write_lab_run(services, items=json.dumps(items), n=4)
    drawn = part._draw(given(run), asked_by())
    assert "Right at B" in drawn[part.see.places]


def test_two_runs_are_compared_item_by_item_where_they_asked_the_same(part, given, services, asked_by):
    who = asked_by()
    run, same = write_lab_run(services), write_lab_run(services, strategies=["direct"])
    html = part._beside(given(run, other=same), who)
    assert "Both asked the same items" in html and "0.0</b> points, p 1" in html
    fewer = write_lab_run(services, n=3)
    assert "They asked different items" in part._beside(given(run, other=fewer), who)


def test_downloads_hold_everything(part, given, services, asked_by):
    run, who = write_lab_run(services), asked_by()
    rows = list(csv.DictReader(io.StringIO(part._saving(downloads.items_csv)(given(run), who))))
    assert len(rows) == 6 and sum(int(row["1 Direct: right"]) for row in rows) == 3
    told = json.loads(part._saving(downloads.figures_json)(given(run), who))
    assert told["spec"]["task"] == "own" and [one["accuracy"] for one in told["strategies"]] == [0.5, 1.0]
    traces = part._saving(lambda results, _: downloads.traces_jsonl(results))(given(run), who)
    lines = [json.loads(line) for line in traces.splitlines()]
    assert len(lines) == 12 and lines[0]["trace"][0]["texts"][0]["text"].startswith(HOSTILE)
    with pytest.raises(gr.Error, match="regular expression"):
        part._saving(downloads.items_csv)(given(run, rule="custom"), who)


def test_another_visitors_run_does_not_exist(part, given, services, asked_by):
    run, eve = write_lab_run(services), asked_by("eve")
    drawn = part._draw(given(run), eve)
    assert "There is no job" in drawn[part.see.note] and not drawn[part.see.body].visible
    assert (
        part._items(given(run), eve) == ""
        and "Choose an item" in part._trace(given(run), eve)[part.see.trace]
    )
    assert "no job" in part._beside(given(run, other=run), eve)
    assert part._offered(run, eve)["choices"] == []
    with pytest.raises(gr.Error, match="no job"):
        part._saving(downloads.items_csv)(given(run), eve)
    with pytest.raises(NotFoundError):
        part.finder.found(run, eve)


def test_a_rule_that_is_none_is_refused(part, given, services, asked_by):
    found = part.finder.found(write_lab_run(services), asked_by())
    with pytest.raises(SpecError, match="strict"):
        part._rule(given("x", rule="kindly"), found.results)


def test_without_a_run_the_newest_is_offered(part, given, services, asked_by):
    assert "No run yet" in part._draw(given(None), asked_by())[part.see.note]
    first, second = write_lab_run(services), write_lab_run(services, n=2)
    assert part._offered(None, asked_by())["value"] == second
    assert "value" not in part._offered(first, asked_by())
    assert part._followed(first, asked_by())["value"] == first
    assert part._followed("", asked_by()) == gr.skip()


def test_the_chosen_combination_stands_there_in_python(part, given, services, asked_by, monkeypatch):
    monkeypatch.setattr("app.prompt_lab.script.model_of", lambda *_: Weights("a/b", (), "a/b", 0, ("a/b",)))
    run, see = write_lab_run(services), part.see
    assert "value" not in part._draw(given(run), asked_by())[see.code_cell]
    assert part._draw(given(run, code_cell=99), asked_by())[see.code_cell]["value"] is None
    assert "Choose a combination" in part._code(given(run), asked_by())[see.code]
    told = part._code(given(run, code_cell=2), asked_by())
    assert told[see.code_file].interactive and "step by step" in told[see.code]
    assert HOSTILE not in told[see.code] and html.escape(HOSTILE) in told[see.code]
    compile(part._script(given(run, code_cell=2), asked_by()), "script.py", "exec")
    for cell in (3, "1"):
        told = part._code(given(run, code_cell=cell), asked_by())
        assert "cell accepts" in told[see.code] and not told[see.code_file].interactive
    assert "There is no job" in part._code(given(run, code_cell=1), asked_by("eve"))[see.code]
