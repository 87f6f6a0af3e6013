"""What an event's progress is shown on: the page goes through all of it at each event."""

import gradio as gr

from app.quiet_events import keep_to_themselves
from app.services import make_services
from app.shell import build
from pipelines.core.settings import Settings


def events(page: gr.Blocks) -> list[list[int] | None]:
    return [one["show_progress_on"] for one in page.get_config_file()["dependencies"]]


def test_hidden_progress_is_shown_on_nothing_and_other_progress_where_it_was():
    with gr.Blocks() as page:
        text, button = gr.Textbox(), gr.Button()
        button.click(str.upper, text, text, show_progress="hidden")
        button.click(str.upper, text, text)
        button.click(str.upper, text, text, show_progress="hidden", show_progress_on=[button])
        keep_to_themselves(page)
    assert events(page) == [[], None, [button._id]]


def test_the_whole_page_keeps_its_hidden_events_to_themselves(home):
    config = build(make_services(Settings(home=home))).get_config_file()
    hidden = [one for one in config["dependencies"] if one["show_progress"] == "hidden"]
    assert len(hidden) > 100 and not any(one["show_progress_on"] is None for one in hidden)
