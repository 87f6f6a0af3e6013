"""What a browser remembers of a tab: where it is read and how. The browser's part is in tests/browser."""

import gradio as gr

from app.kept import keep, kept, reading_js


def test_only_what_is_kept_is_read_from_the_browser_at_its_own_place():
    with gr.Blocks():
        plain, remembered = gr.Textbox(), kept("glassworks-<x>")
        assert reading_js([plain]) is None
        assert '[[1, "glassworks-<x>"]]' in reading_js([plain, remembered])
        assert '[[0, "glassworks-<x>"]]' in reading_js([remembered])


def test_it_is_written_when_a_trigger_fires_and_asks_no_server():
    with gr.Blocks() as page:
        one, remembered = gr.Textbox(), kept("key")
        keep(remembered, [one.change], [one], "(text) => ({ text })")
    (event,) = page.fns.values()
    assert event.fn is None and 'localStorage.setItem("key"' in event.js
