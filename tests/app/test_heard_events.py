"""What a visitor sets or opens is heard also while an earlier one is being answered."""

import gradio as gr
import pytest

from app.heard_events import hear_every_one
from app.services import make_services
from app.shell import build
from pipelines.core.settings import Settings


def modes(page: gr.Blocks) -> list[str]:
    return [one["trigger_mode"] for one in page.get_config_file()["dependencies"]]


def picked(event: gr.SelectData) -> str:
    return str(event.value)


def test_settings_are_heard_and_buttons_act_once():
    with gr.Blocks() as page:
        text, button, slider, html = gr.Textbox(), gr.Button(), gr.Slider(), gr.HTML()
        with gr.Tab("One") as tab, gr.Accordion("More") as fold:
            table = gr.Dataframe()
        slider.input(str, slider, text)
        fold.expand(str.upper, text, text)
        tab.select(str.upper, text, text)
        table.select(picked, None, text)
        button.click(str.upper, text, text)
        html.select(picked, None, text)
        gr.on([slider.input, button.click], str.upper, text, text)
        slider.input(str, slider, text, trigger_mode="multiple")
        hear_every_one(page)
    assert modes(page) == [*["always_last"] * 3, "multiple", *["once"] * 3, "multiple"]


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    page = build(make_services(Settings(home=tmp_path_factory.mktemp("home"))))
    return [one for one in page.fns.values() if one.targets]


def test_the_whole_page_drops_nothing_that_a_visitor_sets(events):
    dropped = [one for one in events if {name for _, name in one.targets} <= {"input", "change", "release"}]
    assert len(dropped) > 100 and not any(one.trigger_mode == "once" for one in dropped)


def test_no_event_that_waits_is_asked_with_what_another_one_brought(events):
    """Gradio asks again with what the first one of them brought."""
    assert not [one for one in events if one.trigger_mode == "always_last" and one.collects_event_data]
