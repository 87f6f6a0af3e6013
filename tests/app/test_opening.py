"""What the page's opening does: everything once, in two events, and a part that fails spoils no other."""

import gradio as gr
import pytest

from app.opening import when_linked, when_opened, wire_opening


def page_with(build):
    with gr.Blocks() as page:
        parts = build()
        wire_opening(page)
    return page, parts


def loads(page):
    return [f for f in page.fns.values() if any(event == "load" for _, event in f.targets)]


def test_all_that_refreshes_is_one_event_and_all_that_restores_another():
    def build():
        one, two, three = (gr.Textbox() for _ in range(3))
        when_opened(lambda now: f"{now}!", one, one)
        when_opened(lambda: ("2", "3"), None, [two, three])
        when_linked(lambda request: {three: request.query_params["x"]}, [two, three])
        return one, two, three

    page, _ = page_with(build)
    refresh, restore = loads(page)
    assert refresh.fn(None, "a") == ["a!", "2", "3"]
    assert not refresh.queue and not restore.queue


def test_handlers_get_the_request_where_they_ask_for_it():
    def asked(request: gr.Request):
        return request.username

    page, _ = page_with(lambda: when_opened(asked, None, gr.Textbox()))
    request = gr.Request(username="ann")
    assert loads(page)[0].fn(request) == ["ann"]


def test_a_dict_of_some_outputs_a_skip_and_a_failure_leave_the_others():
    def build():
        one, two, three, four = (gr.Textbox() for _ in range(4))
        when_linked(lambda: {two: "2"}, [one, two])
        when_linked(lambda: 1 / 0, three)
        when_linked(lambda: "4", four)
        when_linked(gr.skip, [gr.Textbox(), gr.Textbox()])

    page, _ = page_with(build)
    skip = gr.skip()
    assert loads(page)[0].fn(None) == [skip, "2", skip, "4", skip, skip]


def test_a_tab_that_comes_into_view_is_refreshed_too():
    def build():
        with gr.Tabs(), gr.Tab("A") as tab:
            when_opened(lambda: "now", None, gr.Textbox())
        return tab

    page, tab = page_with(build)
    assert any((tab._id, "select") in f.targets for f in page.fns.values())


def test_an_output_belongs_to_one_handler():
    def build():
        box = gr.Textbox()
        when_opened(lambda: "1", None, box)
        when_opened(lambda: "2", None, box)

    with pytest.raises(ValueError, match="same output"):
        page_with(build)


def test_a_page_without_handlers_has_no_event():
    page, _ = page_with(gr.Textbox)
    assert loads(page) == []
