"""A chooser's value is sent only where what was chosen is there no more."""

import gradio as gr
import pytest

from app.choosers import chooser, first_choice, kept, put, take_first

OFFERED = [("One", "1"), ("Two", "2")]


@pytest.mark.parametrize("chosen", ["1", "2"])
def test_what_is_still_there_is_not_sent_back(chosen):
    update = chooser(OFFERED, chosen, "1", visible=True)
    assert update["choices"] == OFFERED and update["visible"] and "value" not in update


@pytest.mark.parametrize("gone", ["3", None, 1, True, [1], {"a": 1}])
def test_what_is_gone_gives_way(gone):
    assert chooser(OFFERED, gone, "2")["value"] == "2"


def test_nothing_chosen_of_nothing_says_nothing():
    assert "value" not in chooser([], None) and "value" not in chooser([], [])


@pytest.mark.parametrize(
    ("chosen", "left"), [(["1", "3"], ["1"]), (["3"], []), ([], []), (["2", "1"], ["2", "1"])]
)
def test_of_several_those_stay_that_are_left(chosen, left):
    assert kept(OFFERED, chosen) == left
    assert chooser(OFFERED, chosen).get("value", chosen) == left


def test_names_are_their_own_captions():
    assert chooser(["a", ("B", "b")], "a")["choices"] == [("a", "a"), ("B", "b")]


def test_put_leaves_out_what_is_held():
    assert put("a", "a") == {} and put("a", None) == {"value": None} and put(None, 0) == {"value": 0}


def test_gradio_takes_it_for_a_dropdown_and_a_radio():
    """What comes of it in the page: other choices, and the value that was there."""
    with gr.Blocks() as page:
        box, radio, button = gr.Dropdown(["1"], value="1"), gr.Radio(["1"], value="1"), gr.Button()
        button.click(lambda: (chooser(OFFERED, "1"), chooser(OFFERED, "1")), None, [box, radio])
    for one in page.fns.values():
        assert all("value" not in update for update in one.fn())


def test_a_first_choice_is_another_offer_each_time_and_none_is_no_offer():
    assert first_choice("") == gr.skip()
    one, again = first_choice("lessons"), first_choice("lessons")
    assert one != again and one.split()[0] == again.split()[0] == "lessons"


def test_a_first_choice_is_taken_in_the_browser_where_nothing_is_chosen():
    with gr.Blocks() as page:
        offered, chosen = gr.Textbox(), gr.Textbox()
        take_first(offered, chosen)
    [event] = page.get_config_file()["dependencies"]
    assert not event["backend_fn"] and "chosen || offered" in event["js"]
    assert event["inputs"] == [offered._id, chosen._id] and event["outputs"] == [chosen._id]
