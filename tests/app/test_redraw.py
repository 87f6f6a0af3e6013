"""What is drawn by several events is drawn by one."""

import json

import gradio as gr
import pytest

from app.redraw import Redraw, again, open_one


@pytest.fixture
def events():
    """Of a page in which a button, a box and tabs have one region drawn."""
    with gr.Blocks() as page:
        text, button, html, redraw = gr.Textbox(), gr.Button(), gr.HTML(), Redraw()
        with gr.Tabs():
            with gr.Tab("One") as one:
                pass
            with gr.Tab("Two") as two:
                pass
        opened = open_one({"first": one, "second": two})
        clicked = button.click(str.upper, text, text)
        followed = redraw.after(clicked.then)
        followed.then(str.lower, text, text)
        redraw.wire(str.title, [text], html, text.change, opened.change, queue=False)
    return opened, page.get_config_file()["dependencies"]


def test_one_event_draws_and_of_those_that_wait_the_last_alone(events):
    _, all_ = events
    [draws] = [one for one in all_ if one["backend_fn"] and len(one["targets"]) == 3]
    assert draws["trigger_mode"] == "always_last" and not draws["queue"]
    assert {name for _, name in draws["targets"]} == {"change"} and draws["api_visibility"] == "private"


def test_what_asks_for_it_asks_in_the_browser_and_can_be_followed(events):
    _, all_ = events
    asks = [one for one in all_ if not one["backend_fn"]]
    assert len(asks) == 3 and all(one["js"] and one["trigger_mode"] == "multiple" for one in asks)
    follows = [one for one in all_ if one["trigger_after"] is not None]
    assert [one["backend_fn"] for one in follows] == [False, True]


def test_the_first_tab_is_open_and_each_tells_its_name(events):
    opened, all_ = events
    assert opened.value == "first" and opened.visible == "hidden"
    told = [one["js"] for one in all_ if [name for _, name in one["targets"]] == ["select"]]
    assert told == [f"() => {json.dumps(name)}" for name in ("first", "second")]


def test_to_draw_again_is_another_word_each_time():
    assert len({again() for _ in range(100)}) > 1
