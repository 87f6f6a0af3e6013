"""The part *Step* as the tab calls it, and what its page's script may ask."""

import json
import re
from html import unescape

import gradio as gr
import pytest

from app.decoding import step_part
from app.decoding.step_part import step_request
from app.identity import Identity, Visitor
from app.services import make_services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.generation.strategy import strategy
from tests.support.answering import noted
from tests.support.compared_runs import comparison, stepping

VISITOR = Visitor("owner", True, "owner")
ASKED = {"model": "gpt2", "run": "part", "column": 0, "sample": 0, "position": 2}
TOP_P = {"name": "top_p", "parameters": {"top_p": 0.8}}


@pytest.fixture(autouse=True)
def owner(monkeypatch):
    monkeypatch.setattr(Identity, "visitor", lambda *_: VISITOR)


@pytest.fixture
def asked(monkeypatch):
    noting, found = noted(stepping)
    monkeypatch.setattr(step_part, "ask", noting)
    return found


@pytest.fixture
def part(settings):
    with gr.Blocks():
        chosen = gr.State(None)
        made = step_part.build(make_services(settings), chosen)
        assert made.inputs == (chosen,)
        yield made


@pytest.fixture
def step(settings, asked):
    """``step(data)``: the answer of the page's function."""
    function = step_part._step_function(make_services(settings))
    return lambda data: json.loads(function(data, None))


@pytest.fixture(scope="module")
def run():
    return comparison(("top_p", {"top_p": 0.8}), ("greedy", {}), run="part")


def carried(html):
    return json.loads(unescape(re.search(r'data-carried="([^"]*)"', html).group(1)))


def test_before_a_run_it_says_what_to_do(part, asked):
    (html,) = part.show(VISITOR, None, {"column": 0, "sample": 0, "position": 0})
    assert "click a token on the board" in html and "data-carried" not in html and not asked


def test_a_run_is_told_with_the_token_that_was_chosen(part, run, asked):
    (html,) = part.show(VISITOR, run, {"column": 1, "sample": 0, "position": 5})
    told = carried(html)
    assert (told["run"], told["column"], told["at"]) == ("part", 1, {"sample": 0, "position": 5})
    assert carried(part.show(VISITOR, run, None)[0])["at"] is None
    assert not asked  # the page asks for the step itself


def test_a_step_is_answered_with_its_stages(step, run, asked):
    found = step({**ASKED, "strategy": TOP_P})
    assert [one["name"] for one in found["stages"]] == ["raw", "top_p"]
    assert asked[-1].strategy == strategy("top_p", {"top_p": 0.8})
    assert found["chosen"]["id"] == run.decoded.outcomes[0].ids[2]


def test_a_change_of_the_strategy_is_asked_for_as_it_is(step, run, asked):
    changed = {"name": "top_p", "parameters": {"top_p": 0.8, "temperature": 2.0, "top_k": 3}}
    found = step({**ASKED, "strategy": changed})
    assert [one["name"] for one in found["stages"]] == ["raw", "temperature", "top_k", "top_p"]
    assert found["stages"][2]["kept"] == 3 and found["curve"]["base"] == "Temperature"


@pytest.mark.parametrize("data", [None, 3, "x", [], {}, {"strategy": TOP_P}, {**ASKED}])
def test_a_question_for_no_step_is_refused_in_words(step, asked, data):
    assert set(step(data)) == {"error", "gone"} and not asked


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""), ("model", 3), ("model", None), ("run", ""), ("run", "x" * 65), ("run", None),
        ("column", -1), ("column", 12), ("column", True), ("column", "0"), ("sample", 64), ("sample", 0.5),
        ("position", -1), ("position", 1024), ("position", None),
        ("strategy", None), ("strategy", "greedy"), ("strategy", {"name": "nope"}), ("strategy", []),
        ("strategy", {"name": "top_p", "parameters": {"top_p": 0}}),
        ("strategy", {"name": "top_p", "parameters": {"num_beams": 3}}),
        ("strategy", {"name": "top_p", "parameters": {"temperature": float("nan")}}),
    ],
)  # fmt: skip
def test_each_wrong_field_is_refused_before_the_worker(step, asked, field, value):
    found = step({**ASKED, "strategy": TOP_P, field: value})
    assert found["error"] and not found["gone"] and not asked
    with pytest.raises(SpecError):
        step_request({**ASKED, "strategy": TOP_P, field: value})


def test_a_step_that_is_not_remembered_says_so(step, run):
    found = step({**ASKED, "run": "another", "strategy": TOP_P})
    assert found["gone"] and "no longer" in found["error"]


def test_a_position_or_a_column_that_is_not_there_is_an_error(step, run):
    for change in ({"position": 500}, {"column": 7}, {"sample": 3}):
        found = step({**ASKED, "strategy": TOP_P, **change})
        assert found["error"] and "stages" not in found


def test_what_needs_a_run_of_its_own_is_refused_by_name(step, run):
    other = {"name": "top_k", "parameters": {"top_k": 3}}
    assert "as in the run" in step({**ASKED, "strategy": other})["error"]


def test_a_model_that_is_not_the_visitors_is_refused(settings, monkeypatch):
    services = make_services(settings)
    monkeypatch.setattr(Identity, "visitor", lambda *_: Visitor("v", False, "visitor"))
    function = step_part._step_function(services)
    asked = {**ASKED, "model": "path:/etc", "strategy": TOP_P}
    assert "Visitors may use" in json.loads(function(asked, None))["error"]


def test_a_fault_of_the_inside_is_not_told(settings, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(step_part, "ask", broken)
    function = step_part._step_function(make_services(settings))
    found = json.loads(function({**ASKED, "strategy": TOP_P}, None))
    assert "secret" not in found["error"] and not found["gone"]


def test_a_forgotten_run_is_told_apart(settings, monkeypatch):
    def gone(*_):
        raise NotFoundError("not remembered")

    monkeypatch.setattr(step_part, "ask", gone)
    function = step_part._step_function(make_services(settings))
    assert json.loads(function({**ASKED, "strategy": TOP_P}, None)) == {
        "error": "not remembered",
        "gone": True,
    }
