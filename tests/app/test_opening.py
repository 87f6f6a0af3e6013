"""What the page's opening does: a tab that comes into view is read anew in one event, a link is restored in
one, and a part that fails spoils no other."""

import gradio as gr
import pytest

from app.opening import when_linked, when_opened, wire_opening


def page_with(build):
    with gr.Blocks() as page:
        parts = build()
        wire_opening(page)
    return page, parts


def events(page, name, block=None):
    """The page's handlers of such an event, of ``block`` where one is given."""
    fits = [(f, t) for f in page.fns.values() for t in f.targets if t[1] == name]
    return [f for f, (target, _) in fits if block is None or target == block._id]


def restore(page, place=0):
    """What is called when the page's address has a query for the tab at that place."""
    (query,) = events(page, "load")
    return events(page, "change", query.outputs[place])[0]


def test_a_tab_is_read_anew_in_one_event_and_a_link_restored_in_another():
    def build():
        with gr.Tabs(), gr.Tab("A") as tab:
            one, two, three = (gr.Textbox() for _ in range(3))
            when_opened(lambda now: f"{now}!", one, one)
            when_opened(lambda: ("2", "3"), None, [two, three])
            when_linked(lambda request: {three: request.query_params["x"]}, [two, three])
        return tab

    page, tab = page_with(build)
    (opened,) = events(page, "select", tab)
    assert opened.fn(None, "a") == ["a!", "2", "3"]
    assert not opened.queue and not restore(page).queue


def test_each_tab_has_its_own_event():
    def build():
        with gr.Tabs(), gr.Tab("A") as outer:
            when_opened(lambda: "outer", None, gr.Textbox())
            with gr.Tabs(), gr.Tab("B") as inner:
                when_opened(lambda: "inner", None, gr.Textbox())
        return outer, inner

    page, tabs = page_with(build)
    assert [f.fn(None) for tab in tabs for f in events(page, "select", tab)] == ["outer", "inner"]


def test_a_page_that_is_no_link_asks_the_server_nothing():
    page, _ = page_with(lambda: when_linked(lambda: "x", gr.Textbox()))
    (query,) = events(page, "load")
    assert query.fn is None
    assert query.outputs[0].value == ""  # equal to an empty query, so that its change is no event


def test_a_link_restores_its_own_tab_and_what_stands_outside_all_tabs():
    def build():
        with gr.Tabs() as tabs:
            for name in ("a", "b"):
                with gr.Tab(name.upper(), id=name), gr.Tabs(), gr.Tab("inner"):
                    when_linked(lambda name=name: name, gr.Textbox())
        when_linked(lambda: "outside", tabs)

    page, _ = page_with(build)
    (query,) = events(page, "load")
    assert '["a", "b", null].map' in query.js
    assert [restore(page, place).fn(None) for place in range(3)] == ["a", "b", "outside"]
    assert all(len(restore(page, place).outputs) == 1 for place in range(3))


def test_handlers_get_the_request_where_they_ask_for_it():
    def asked(request: gr.Request):
        return request.username

    page, _ = page_with(lambda: when_opened(asked, None, gr.Textbox()))
    request = gr.Request(username="ann")
    assert events(page, "load")[0].fn(request) == "ann"


def test_a_dict_of_some_outputs_a_skip_and_a_failure_leave_the_others():
    def build():
        one, two, three, four = (gr.Textbox() for _ in range(4))
        when_linked(lambda: {two: "2"}, [one, two])
        when_linked(lambda: 1 / 0, three)
        when_linked(lambda: "4", four)
        when_linked(gr.skip, [gr.Textbox(), gr.Textbox()])

    page, _ = page_with(build)
    skip = gr.skip()
    assert restore(page).fn(None) == [skip, "2", skip, "4", skip, skip]


def test_an_output_belongs_to_one_handler():
    def build():
        box = gr.Textbox()
        when_opened(lambda: "1", None, box)
        when_opened(lambda: "2", None, box)

    with pytest.raises(ValueError, match="same output"):
        page_with(build)


def test_a_page_without_handlers_has_no_event():
    page, _ = page_with(gr.Textbox)
    assert not page.fns
