"""What a visitor is told when something fails."""

import inspect

import gradio as gr
import pytest

from app.errors import message_of, shown
from pipelines.core.errors import ConflictError, NotFoundError, SpecError


def test_a_message_written_for_visitors_is_shown_as_it_is():
    @shown
    def call():
        raise SpecError("top_p", 7, "a number from 0.01 to 1")

    with pytest.raises(gr.Error) as caught:
        call()
    assert caught.value.message == "top_p accepts a number from 0.01 to 1; got 7."
    assert caught.value.title == "A value does not fit"


def test_anything_else_says_nothing_of_the_inside_and_is_logged(caplog):
    @shown
    def call():
        raise RuntimeError("password at /secret/path")

    with pytest.raises(gr.Error) as caught:
        call()
    assert "secret" not in caught.value.message
    assert "password at /secret/path" in caplog.text


def test_a_generator_stays_one_and_keeps_what_it_gave():
    @shown
    def stream(count: int):
        yield from range(count)
        raise NotFoundError("No such thing.")

    assert inspect.isgeneratorfunction(stream)
    assert list(inspect.signature(stream).parameters) == ["count"]
    reader = stream(2)
    assert [next(reader), next(reader)] == [0, 1]
    with pytest.raises(gr.Error) as caught:
        next(reader)
    assert caught.value.message == "No such thing."


def test_closing_a_decorated_stream_closes_the_inner_one():
    log = []

    @shown
    def stream():
        try:
            yield 1
        finally:
            log.append("closed")

    reader = stream()
    next(reader)
    reader.close()
    assert log == ["closed"]


def test_an_error_made_for_gradio_passes():
    @shown
    def call():
        raise gr.Error("As it is.")

    with pytest.raises(gr.Error, match="As it is"):
        call()


def test_message_of():
    assert message_of(ConflictError("Already done.")) == "Already done."
