"""What the tab's handlers share: one look for all parts, and none drawn that nobody sees or that stands."""

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from app.parts import Part
from app.tabs import attention as tab
from app.tabs.attention import _Looking
from pipelines.attention.answers import Captured, Tokens
from pipelines.attention.answers import Part as AttentionPart
from pipelines.attention.requests import CaptureRequest, Subject
from pipelines.core.errors import GlassworksError
from pipelines.runtime.messages import Loading

TEXT = "Anna found a kite."


def captured() -> Captured:
    tokens = Tokens(
        np.arange(3, dtype=np.int32), ("a", "b", "c"), np.zeros(3, bool), *np.zeros((2, 3), np.int32)
    )
    part = AttentionPart(
        "self", tokens, tokens, 2, 4, 4, True, 1, np.zeros((2, 4, 3, 3), np.uint8),
        np.zeros((2, 4, 7), np.float32), np.zeros(2, np.int32),
    )  # fmt: skip
    return Captured(
        "causal-lm", (part,), (), "rope", np.zeros(3, np.float32), np.zeros(3, np.int32), True, 0.1
    )


class Recorder:
    """A part that notes how it was shown."""

    def __init__(self, inputs=0, outputs=1):
        self.calls = []
        self.part = Part(outputs=[object()] * outputs, show=self.show, inputs=[object()] * inputs)

    def show(self, visitor, seen, *values):
        self.calls.append((seen.subject.text if seen else None, values))
        return [f"view {len(self.calls)}"] * len(self.part.outputs)


@pytest.fixture
def services(monkeypatch):
    made = SimpleNamespace(asked=[], fault=None)

    def stream(request):
        made.asked.append(request)
        if made.fault:
            raise made.fault
        yield Loading(request.subject.model)
        yield captured()

    made.runtime = SimpleNamespace(stream=stream)
    made.identity = SimpleNamespace(visitor=lambda _request: "someone")
    monkeypatch.setattr(tab, "entry_of", lambda *_: SimpleNamespace(capabilities={"causal-lm"}))
    monkeypatch.setattr("app.attention.asking.check_model", lambda *_: None)
    return made


@pytest.fixture
def parts():
    return {"heads": Recorder(), "lens": Recorder(inputs=2, outputs=2), "summary": Recorder(inputs=1)}


@pytest.fixture
def looking(services, parts):
    return _Looking(services, {name: one.part for name, one in parts.items()})


def look(looking, text=TEXT, new_tokens=0, target=""):
    """Status and subject at the end."""
    *_, last = looking.look(None, "house/one", text, target, new_tokens)
    return last


def draw(looking, opened, subject, drawn, values=(5, 0, "x")):
    return looking.draw(None, opened, subject, drawn, *values)


def test_a_look_tells_how_far_it_is_and_ends_with_the_subject(looking, services):
    told = list(looking.look(None, "house/one", TEXT, "", 0))
    assert [subject for _, subject in told[:-1]] == [gr.skip()] * 2
    assert "Looking" in told[0][0] and "Reading house/one" in told[1][0]
    status, subject = told[-1]
    assert "3 tokens" in status and "8 heads" in status and subject == Subject("house/one", TEXT)
    assert services.asked == [CaptureRequest(subject)]


def test_only_the_open_part_is_drawn_with_its_own_inputs(looking, parts):
    _, subject = look(looking)
    status, drawn, heads, *lens, summary = draw(looking, "lens", subject, {})
    assert parts["lens"].calls == [(TEXT, (5, 0))] and not parts["heads"].calls and not parts["summary"].calls
    assert heads == gr.skip() == summary and lens == ["view 1"] * 2
    assert "3 tokens" in status and list(drawn) == ["lens"]


def test_what_stands_there_is_not_drawn_again(looking, parts):
    _, subject = look(looking)
    _, drawn, *_ = draw(looking, "heads", subject, {})
    _, drawn, *_ = draw(looking, "summary", subject, drawn)
    assert all(one == gr.skip() for one in draw(looking, "heads", subject, drawn))
    assert len(parts["heads"].calls) == 1
    draw(looking, "summary", subject, drawn, values=(5, 0, "y"))
    assert parts["summary"].calls == [(TEXT, ("x",)), (TEXT, ("y",))], "its own input has changed"


def test_another_text_draws_a_part_anew_when_it_is_opened(looking, parts):
    _, first = look(looking)
    _, drawn, *_ = draw(looking, "heads", first, {})
    _, second = look(looking, text="Another text.")
    draw(looking, "heads", second, drawn)
    assert [text for text, _ in parts["heads"].calls] == [TEXT, "Another text."]


def test_before_the_first_look_a_part_shows_that_nothing_is_there(looking, parts, services):
    draw(looking, "lens", None, {})
    assert parts["lens"].calls == [(None, (5, 0))] and services.asked == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "at least one character"),
        ({"new_tokens": 1000}, "0 to 200"),
        ({"new_tokens": None}, "0"),
    ],
)
def test_bad_input_leaves_the_page_as_it_was(looking, given, words):
    status, subject = look(looking, **given)
    assert 'data-state="failed"' in status and words in status and subject == gr.skip()


def test_a_fault_of_the_worker_becomes_the_status_line(looking, parts, services):
    _, subject = look(looking)
    services.fault = GlassworksError("It has gone <away>.")
    assert look(looking) == (draw(looking, "heads", subject, {})[0], gr.skip())
    status, *rest = draw(looking, "heads", subject, {})
    assert "It has gone &lt;away&gt;." in status and all(one == gr.skip() for one in rest)
    assert not parts["heads"].calls


def test_a_target_is_dropped_where_there_is_no_decoder(looking):
    _, subject = look(looking, target="left over from another model")
    assert subject.target == ""
