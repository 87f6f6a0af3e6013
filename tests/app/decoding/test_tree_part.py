"""Branch trees as the page calls them: edits, going on, and that another visitor's tree does not exist."""

import json
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import gradio as gr
import pytest

from app.decoding import branch_edits, tree_part
from app.decoding.branch_edits import Edits, going_on, place_of, strategy_title
from app.decoding.branch_file import as_dict
from app.decoding.branch_tree import ROOT
from app.decoding.moment import Moment, advance
from app.identity import Visitor
from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, GlassworksError, NotFoundError, SpecError
from pipelines.generation.compare import compared
from pipelines.generation.comparing import DecodeStep
from pipelines.generation.reading import read_after
from pipelines.generation.strategy import strategy
from pipelines.generation.trees import TreeStore
from tests.support.compared_runs import PROMPT, comparison, loaded

ANN, EVE = Visitor("ann", False, "ann"), Visitor("eve", False, "eve")


@cache
def finished():
    return comparison(("greedy", {}), ("top_k", {"top_k": 40}), ("beam", {"num_beams": 3}), seed=3)


def _named(request):
    """A request is a name here; Gradio wraps that of a server function."""
    name = request if isinstance(request, str) else request.request
    return Visitor(name, False, name)


@pytest.fixture
def run():
    return finished()


@pytest.fixture
def services(settings, monkeypatch):
    """The worker is this process; the name that asks is the request's."""
    reading = lambda _services, _visitor, request: read_after(loaded(request.model), request)  # noqa: E731
    monkeypatch.setattr(branch_edits, "ask", reading)
    monkeypatch.setattr(tree_part, "ask", reading)
    monkeypatch.setattr(
        tree_part, "stream",
        lambda _services, _visitor, request: (
            one for one in compared({request.model: loaded(request.model)}, request) if one is not None
        ),
    )  # fmt: skip
    identity = SimpleNamespace(visitor=_named)
    return SimpleNamespace(trees=TreeStore(Database(settings.url)), identity=identity)


@pytest.fixture
def edits(services):
    return Edits(services)


@pytest.fixture
def opened(edits, run):
    return edits.do(ANN, None, run, {"do": "new"}).opened


def event(**value):
    return SimpleNamespace(value=value)


def test_a_new_tree_holds_the_texts_of_the_run_and_is_kept(edits, opened, run, services):
    texts = {tuple(one.ids.tolist()) for one in run.decoded.outcomes}
    assert {opened.tree.ids(one.leaf) for one in opened.tree.branches} == texts
    (listed,) = services.trees.list("ann")
    assert listed.title == PROMPT and listed.id == opened.id
    again = edits.do(ANN, None, None, {"do": "open", "tree": opened.id}).opened
    assert as_dict(again.tree) == as_dict(opened.tree)
    assert [one.name for one in again.tree.branches] == ["Greedy", "Top-k 40", "Beam search 3"]


def test_another_visitors_tree_does_not_exist(edits, opened, run, services):
    with pytest.raises(NotFoundError):
        edits.do(EVE, None, run, {"do": "open", "tree": opened.id})
    for asked in (
        {"do": "undo"},
        {"do": "discard"},
        {"do": "retitle", "title": "x"},
        {"do": "drop", "branch": 1},
    ):
        with pytest.raises(ConflictError, match="Open a tree first"):
            edits.do(EVE, opened, run, asked)
    candidates, file = tree_part._candidates_function(services), tree_part._file_function(services)
    for function, data in ((candidates, {"node": 0}), (file, {"form": "json"})):
        told = json.loads(function({"tree": opened.id, **data}, "eve"))
        assert set(told) == {"error"} and "no such tree" in told["error"]
    assert services.trees.list("eve") == [] and len(services.trees.list("ann")) == 1
    page = json.loads(tree_part._Trees(services).page(EVE, opened, run))
    assert page["opened"] is None and page["trees"] == []


def test_a_token_is_taken_and_undone(edits, opened, run):
    first = opened.tree.path(opened.tree.branches[0].leaf)[2]
    parent = opened.tree.nodes[first].parent
    done = edits.do(ANN, opened, run, {"do": "take", "node": parent, "token": 77})
    tree = done.opened.tree
    assert tree.ids(done.selected) == (*opened.tree.ids(parent), 77) and len(tree.branches) == 4
    token = tree.nodes[done.selected].token
    assert token.log_prob < 0 and token.rank >= 1
    back = edits.do(ANN, done.opened, run, {"do": "undo"}).opened
    assert back.tree == opened.tree
    kept = edits.do(ANN, None, None, {"do": "open", "tree": opened.id}).opened
    assert len(kept.tree.branches) == 3
    with pytest.raises(ConflictError, match="nothing to take back"):
        edits.do(ANN, back, run, {"do": "undo"})


def test_a_token_that_is_there_is_only_chosen(edits, opened, run):
    first = opened.tree.path(opened.tree.branches[0].leaf)[0]
    asked = {"do": "take", "node": ROOT, "token": opened.tree.nodes[first].token.id}
    done = edits.do(ANN, opened, run, asked)
    assert done.selected == first and done.opened == opened


def test_a_text_of_ones_own_becomes_tokens(edits, opened, run):
    done = edits.do(ANN, opened, run, {"do": "type", "node": ROOT, "text": " a né🦀"})
    assert done.opened.tree.text(done.selected) == " a né🦀"
    assert done.opened.tree.branches[-1].name == "“a né🦀”"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (None, SpecError), ({}, SpecError), ({"do": "_kept"}, SpecError), ({"do": ["new"]}, SpecError),
        ({"do": "new", "columns": [3]}, SpecError), ({"do": "new", "columns": "0"}, SpecError),
        ({"do": "new", "columns": []}, SpecError), ({"do": "open"}, NotFoundError),
        ({"do": "open", "tree": ["x"]}, NotFoundError), ({"do": "retitle"}, SpecError),
        ({"do": "name", "branch": 1}, SpecError), ({"do": "name", "branch": 9, "name": "x"}, NotFoundError),
        ({"do": "drop", "branch": "1"}, NotFoundError), ({"do": "take", "node": 1}, SpecError),
        ({"do": "take", "node": 999, "token": 5}, NotFoundError), ({"do": "take", "token": 5}, NotFoundError),
        ({"do": "take", "node": 1, "token": 10**7}, SpecError), ({"do": "type", "node": 1}, SpecError),
        ({"do": "type", "node": 1, "text": "x" * 3000}, SpecError), ({"do": "bring"}, SpecError),
        ({"do": "bring", "text": "{}"}, SpecError),
    ],
)  # fmt: skip
def test_a_wrong_edit_is_told_and_changes_nothing(edits, opened, run, services, asked, error):
    with pytest.raises(error):
        edits.do(ANN, opened, run, asked)
    assert services.trees.get("ann", opened.id).tree == as_dict(opened.tree)
    assert len(services.trees.list("ann")) == 1


def test_a_tree_changed_on_another_page_is_not_overwritten(edits, opened, run):
    edits.do(ANN, opened, run, {"do": "name", "branch": 1, "name": "mine"})
    with pytest.raises(ConflictError, match="another page"):
        edits.do(ANN, opened, run, {"do": "name", "branch": 1, "name": "theirs"})


def test_texts_of_another_prompt_do_not_come_in(edits, opened, run):
    changed = replace(run, request=replace(run.request, prompt="Another"))
    with pytest.raises(ConflictError, match="another model or prompt"):
        edits.do(ANN, opened, changed, {"do": "add"})
    assert len(edits.do(ANN, opened, run, {"do": "add", "columns": [0]}).opened.tree.branches) == 4


def test_a_token_of_the_board_is_found_in_the_tree(opened, run):
    found = place_of(opened.tree, run, {"column": 1, "sample": 0, "position": 3})
    assert opened.tree.ids(found) == tuple(run.decoded.outcomes[1].ids[:4].tolist())
    for wrong in (
        None,
        {},
        {"column": 1, "sample": 0, "position": 99},
        {"column": 9, "sample": 0, "position": 0},
    ):
        assert place_of(opened.tree, run, wrong) is None


@pytest.mark.parametrize("column", [0, 1])
def test_going_on_where_a_text_was_cut_gives_the_text_that_it_was(services, edits, opened, run, column):
    """With the same seed the noise goes on, so a branch that takes nothing else is the run again."""
    trees, outcome = tree_part._Trees(services), run.decoded.outcomes[column]
    node = opened.tree.at(outcome.ids[:3].tolist())
    *moments, last = trees.go_on("ann", event(node=node, strategy=column, count=5), opened)
    assert len(moments) > 1 and "gw-tree-growing" in moments[0][0]
    grown = last[2]
    assert [one.id for one in grown.tokens] == outcome.ids[3:].tolist() and grown.reason == "length"
    done, page, gone = trees.land("ann", opened, run, grown)
    assert gone is None and len(done.tree.nodes) == len(opened.tree.nodes)
    assert json.loads(page)["selected"] == done.tree.branches[-1].leaf


def test_going_on_after_a_taken_token(services, edits, opened, run):
    done = edits.do(ANN, opened, run, {"do": "take", "node": ROOT, "token": 77})
    trees = tree_part._Trees(services)
    *_, last = trees.go_on("ann", event(node=done.selected, strategy=2, count=4), done.opened)
    landed, _, _ = trees.land("ann", done.opened, run, last[2])
    branch = landed.tree.branches[-1]
    assert len(landed.tree.branches) == 4 and branch.strategy == 2 and len(landed.tree.ids(branch.leaf)) == 5
    assert edits.opened(ANN, opened.id).tree.ids(branch.leaf) == landed.tree.ids(branch.leaf)


@pytest.mark.parametrize(
    "asked",
    [{}, {"node": 999, "strategy": 0, "count": 5}, {"node": 1, "strategy": 9, "count": 5},
     {"node": 1, "strategy": 0, "count": 0}, {"node": 1, "strategy": 0, "count": 5000},
     {"node": 1, "strategy": 0}],
)  # fmt: skip
def test_a_wrong_way_on_is_told_in_the_status_line(services, opened, asked):
    with pytest.raises(GlassworksError):
        going_on(opened, asked)
    ((html, running, grown),) = tree_part._Trees(services).go_on("ann", event(**asked), opened)
    assert 'data-state="failed"' in html and running is None and grown is None


def test_a_fault_is_told_beside_what_is_there(services, opened, run):
    kept, page = tree_part._Trees(services).edit("ann", event(do="drop", branch=99), opened, run)
    told = json.loads(page)
    assert "no such branch" in told["fault"] and told["opened"]["id"] == opened.id
    assert isinstance(kept, dict) and "value" not in kept


def test_candidates_and_files(services, edits, opened):
    told = json.loads(tree_part._candidates_function(services)({"tree": opened.id, "node": 0}, "ann"))
    assert len(told["candidates"]) == 8
    shares = [share for _, _, share in told["candidates"]]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1.001
    file = tree_part._file_function(services)
    text = json.loads(file({"tree": opened.id, "form": "text"}, "ann"))["file"]
    assert "## Greedy" in text and PROMPT in text
    whole = json.loads(file({"tree": opened.id, "form": "json"}, "ann"))["file"]
    brought = edits.do(EVE, None, None, {"do": "bring", "text": whole}).opened
    assert as_dict(brought.tree) == as_dict(opened.tree) and brought.title == opened.title
    for data in (None, {}, {"tree": opened.id, "node": 999}, {"tree": 5}):
        assert "error" in json.loads(tree_part._candidates_function(services)(data, "ann"))


def test_the_page_shows_what_the_part_gives(services, opened, run):
    with gr.Blocks():
        part = tree_part.build(services, gr.State(None))
    beams, kept, page = part.show(ANN, None, None, None)
    assert "value" not in beams and kept is None and json.loads(page)["run"] is None
    beams, kept, page = part.show(ANN, run, {"column": 0, "sample": 0, "position": 2}, opened)
    told = json.loads(page)
    assert kept is run and '"winners"' in beams
    assert told["run"]["fits"] and len(opened.tree.path(told["selected"])) == 3


def test_the_live_tree_grows(services, run):
    with gr.Blocks():
        part = tree_part.build(services, gr.State(None))
    live, moment, before = part.live(), Moment(run.request), ""
    for one in run.beams:
        moment = advance(moment, DecodeStep((), (one,)), 0.1)
        now = live(moment)
        assert now.startswith(before) and len(now) > len(before)
        before = now
    assert part.show(ANN, run, None, None)[0].startswith(before)


def test_titles_of_strategies():
    assert strategy_title(strategy("greedy")) == "Greedy"
    assert strategy_title(strategy("top_p", {"top_p": 0.85})) == "Top-p (nucleus) 0.85"


def test_what_is_stopped_at_once_leaves_the_tree_as_it_is(services, opened, run):
    trees = tree_part._Trees(services)
    writing = trees.go_on("ann", event(node=ROOT, strategy=0, count=8), opened)
    _, running, _ = next(writing)
    tree_part._stop(running)
    *_, (html, gone, grown) = writing
    assert 'data-state="stopped"' in html and gone is None and grown.tokens == () and grown.reason == ""
    done, page, _ = trees.land("ann", opened, run, grown)
    assert done == opened and json.loads(page)["fault"] == ""


def test_what_was_written_for_another_tree_is_not_put_into_this_one(edits, opened, run):
    other = edits.do(ANN, None, run, {"do": "new", "columns": [0]}).opened
    grown = branch_edits.Grown(other.id, ROOT, strategy("greedy"), opened.tree.tokens(1), "length")
    assert edits.land(ANN, opened, grown).opened == opened
    assert edits.land(EVE, opened, grown).opened is None
