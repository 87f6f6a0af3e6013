"""The part's callbacks over a worker in this process: what is measured, drawn, chosen and refused."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.evaluate.metrics_asking import answer, lines_of, references_given, references_of, texts_given
from app.evaluate.metrics_board import Board
from app.evaluate.metrics_part import MetricsPart, _read
from app.identity import Visitor
from pipelines.core.errors import ConflictError, NotAllowedError, SpecError
from pipelines.evaluation.metrics.requests import MetricRequest
from pipelines.runtime.inline import InlineRuntime
from pipelines.runtime.operations import TOKENIZERS
from tests.support.workshop import services as services

BY_EVE = SimpleNamespace(headers={"x-glassworks-visitor": "eve"}, query_params={})


@pytest.fixture
def part(services):
    services.tokenizers = InlineRuntime(services.settings, TOKENIZERS.load_engine())
    with gr.Blocks(analytics_enabled=False) as page:
        made = MetricsPart(services)
        made.wire()
    made.page = page
    yield made
    services.tokenizers.close()


def given(part, predictions="a b\nc", references="a\nc d", against="", metrics=("f1", "ter"), **more):
    held = {part.predictions: predictions, part.references: references, part.against: against}
    held |= {part.metrics: list(metrics), part.test: "randomisation", part.samples: 100}
    held |= {knob: knob.value for knob in part.knobs.values()} | {part.encoder: None}
    return held | {part.knobs[name]: value for name, value in more.items()}


def measured(part, **asked):
    *_, last = part._measured(given(part, **asked), BY_EVE)
    return last


def test_the_form_starts_with_what_can_be_measured(part):
    held = given(part, part.predictions.value, part.references.value, part.against.value, part.metrics.value)
    last = [*part._measured(held, BY_EVE)][-1]
    assert 'data-state="done"' in last[part.status] and "⚠" not in last[part.rows]
    assert last[part.rows].count("data-metric") == len(part.metrics.value)


def test_every_metric_comes_as_it_is_done(part):
    updates = list(part._measured(given(part), BY_EVE))
    assert [one[part.rows].count("data-metric") for one in updates] == [0, 1, 2, 2, 2]
    assert updates[0][part.stop].interactive and not updates[-1][part.stop].interactive
    last = updates[-1]
    assert isinstance(last[part.board], Board) and "2 predictions, one by one" in last[part.pairs]
    assert "TER" in last[part.whole] and "pip install sacrebleu" in last[part.code]


def test_settings_reach_the_metrics_that_have_them(part):
    board = measured(part, predictions="The A", references="the a", metrics=("f1", "bleu"), normal="none")[
        part.board
    ]
    assert board.rows["f1"].value == 0.0 and "case:mixed" in board.rows["bleu"].signature
    lower = measured(part, predictions="The A", references="the a", metrics=("bleu",), lowercase=True)
    assert "case:lc" in lower[part.board].rows["bleu"].signature


def test_one_metric_that_cannot_be_measured_leaves_the_others(part):
    last = measured(part, predictions="a " * 400, references="a", metrics=("ter", "f1", "self_bleu"))
    rows = last[part.board].rows
    assert "at most 300 units for TER" in rows["ter"] and "2 to 200 texts" in rows["self_bleu"]
    assert rows["f1"].value > 0 and "Token F1" in last[part.whole]


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"metrics": ()}, "metrics accepts one or more"),
        ({"predictions": "a"}, "as many as predictions: 1"),
        ({"predictions": "", "references": ""}, "predictions accepts a list of 1 to 2,000 texts"),
        ({"against": "a\nb\nc"}, "as many as predictions: 2"),
        ({"max_order": 99, "metrics": ("bleu",)}, "max_order accepts a whole number from 1 to 8"),
    ],
)  # fmt: skip
def test_what_is_refused_ends_in_the_status_line(part, asked, told):
    asked = {"references": "a\nb", **asked}
    (last,) = part._measured(given(part, **asked), BY_EVE)
    assert told in last[part.status] and 'data-state="failed"' in last[part.status]
    assert part.rows not in last  # what stood there stays


def test_a_metric_and_a_pair_can_be_chosen(part):
    board = measured(part)[part.board]
    place = part._picked("", SimpleNamespace(_data={"metric": "f1"}))
    place = part._picked(place, SimpleNamespace(_data={"pair": "1"}))
    assert json.loads(place) == {"metric": "f1", "pair": "1"}
    rows, whole, pairs, pair = part._shown(board, place)
    assert "Token F1" in whole and "Prediction 2" in pair
    assert rows.count('aria-current="true"') == pairs.count('aria-current="true"') == 1
    assert json.loads(part._picked(place, SimpleNamespace(_data={"page": "2"})))["pair"] == ""


@pytest.mark.parametrize(
    "place", ["", "nonsense", "[]", "3", '{"metric": "x", "pair": "-4", "page": "1e9"}', None]
)
def test_a_place_that_makes_no_sense_shows_the_first_metric(part, place):
    board = measured(part)[part.board]
    assert "TER" in part._shown(board, place)[1]
    assert isinstance(_read(place), dict)
    assert part._shown(None, place) == [gr.skip()] * 4


def test_figures_are_saved(part):
    board = measured(part)[part.board]
    told = json.loads(part._json(board))
    assert told["predictions"] == ["a b", "c"] and [one["metric"] for one in told["metrics"]] == ["ter", "f1"]
    with pytest.raises(ConflictError):
        part._json(None)


def test_an_encoder_of_the_hub_is_the_owners_to_ask_for(part):
    asked = MetricRequest("bertscore", ("a",), (("a",),), {"model": "some/encoder"})
    with pytest.raises(NotAllowedError):
        answer(part._services, Visitor("eve", False, "eve"), asked)


def test_lines_and_references():
    assert (
        lines_of("a\n\nb\n\n") == ("a", "", "b") and lines_of(None) == () and lines_of("\n\n", 2) == ("", "")
    )
    assert references_of("a ||| b|||c\n\nd") == (("a", "b", "c"), ("",), ("d",))
    assert texts_given("x", "a") == ("a",) and references_given(["a", ["b", "c"]]) == (("a",), ("b", "c"))
    for wrong in (3, [1], {"a": 1}):
        with pytest.raises(SpecError):
            texts_given("predictions", wrong)
        with pytest.raises(SpecError):
            references_given(wrong)
