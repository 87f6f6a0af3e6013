"""The tab over real stores and a real service of preferences; its worker writes what it is told."""

import json

import gradio as gr
import pytest
from starlette.requests import Request

from app.preferences.answering import server_functions
from app.preferences.tab import Preferences
from pipelines.preferences.specs import RoundSpec
from tests.support import workshop
from tests.support.preference_rounds import Writer, keeping_of, opened

asked_by, plain = workshop.asked_by, workshop.services
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def services(plain, settings):
    plain.writer = Writer()
    plain.preferences = opened(settings, runtime=plain.writer)
    plain.keeping = keeping_of(settings, plain.preferences)
    return plain


@pytest.fixture
def tab(services):
    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Preferences"):
        made = Preferences(services)
        made.wire()
    made.page = page
    return made


@pytest.fixture
def foxes(services):
    """A round of eve's on three prompts; one pair in it that nobody has seen."""
    spec = RoundSpec("Foxes", prompts="own", own_prompts=("One?", "Two?", f"{HOSTILE}?"), repeat_share=0.0)
    return services.preferences.create(spec, "eve", "Eve")


@pytest.fixture
def call(tab):
    """``call("pref_next", "eve", round=…)``: a function of the page's script, as the browser calls it."""
    functions = {**tab.collect.answers, **tab.results.answers}

    def answer(name, visitor, /, **data):
        [function] = server_functions(tab.collect._services, {name: functions[name]})
        return json.loads(function(data, _request(visitor)))

    return answer


def _request(visitor):
    headers = [(b"x-glassworks-visitor", visitor.encode())]
    return Request({"type": "http", "headers": headers, "query_string": b"", "path": "/", "method": "GET"})
