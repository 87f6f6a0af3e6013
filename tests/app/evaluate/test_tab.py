"""The tab as a whole: its views, what a link opens, and the way from a run to the leaderboard."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.evaluate.tab import Evaluate


@pytest.fixture
def tab(services):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Evaluate"):
        made = Evaluate(services)
        made.wire()
    return made


def test_a_link_opens_a_view(tab, asked_by):
    assert tab._linked(asked_by(tab="evaluate", view="metrics")) == "metrics"
    assert tab._linked(asked_by(tab="evaluate", view="nonsense")) == gr.skip()
    assert tab._linked(asked_by(tab="rag", view="metrics")) == gr.skip()


def test_a_link_opens_a_result(tab, results, asked_by):
    wish = tab.board._linked(asked_by(tab="evaluate", view="leaderboard", result=results.base))
    assert tab.board._chosen("leaderboard", wish, None, None, asked_by())[0]["value"] == results.base
    assert tab.board._linked(asked_by(tab="evaluate", result="../x")) == gr.skip()


def test_from_a_run_to_its_items(tab, results):
    view, wish = tab._looked(SimpleNamespace(_data={"item": results.base}))
    assert view == "leaderboard" and wish.startswith(results.base)
    assert tab._looked(SimpleNamespace(_data={"item": 7})) == (gr.skip(), gr.skip())
