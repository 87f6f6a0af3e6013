"""The part Compare: which moments a run has, and what is asked for."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.attention import difference_part
from app.attention.difference_part import moments
from app.attention.parts import Seen
from app.identity import Visitor
from pipelines.attention.requests import Subject
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError

RUN = "run/576bzj2y6q66"
OWNER = Visitor("owner", True, "owner")


class Models:
    def __init__(self, steps=(0, 50, 100), finished=True):
        self.steps, self.finished = list(steps), finished

    def checkpoints(self, name):
        return self.steps if name == RUN else []

    def resolve(self, name):
        if not self.finished:
            raise NotFoundError("not yet")
        return "folder"

    def entries(self, capability=None):
        return []


@pytest.fixture
def part(monkeypatch):
    """``part(models)`` → its ``show``, and the requests that it asks."""
    asked = []

    def answer(_services, _visitor, request):
        asked.append(request)
        if request.other == "house/bad":
            raise GlassworksError("They are <not> alike.")
        return "answer"

    monkeypatch.setattr(difference_part, "ask", answer)
    monkeypatch.setattr(difference_part, "difference_html", lambda names, found: f"{names} {found}")
    monkeypatch.setattr(difference_part, "when_opened", lambda *_: None)

    def make(models):
        with gr.Blocks():
            built = difference_part.build(SimpleNamespace(models=models))
        assert len(built.outputs) == len(built.inputs) == len(built.triggers) == 2
        return built.show, asked

    return make


def seen(model=RUN):
    return Seen(Subject(model, "Once upon a time", new_tokens=3), SimpleNamespace())


@pytest.mark.parametrize(
    ("name", "models", "expected"),
    [
        (RUN, Models(), (f"{RUN}@0", f"{RUN}@50", f"{RUN}@100", RUN)),
        (RUN, Models(finished=False), (f"{RUN}@0", f"{RUN}@50", f"{RUN}@100")),
        (RUN, Models(steps=()), (RUN,)),
        (RUN, Models(steps=(), finished=False), (RUN,)),
        (f"{RUN}@50", Models(), (f"{RUN}@50",)),
        ("house/a", Models(), ("house/a",)),
    ],
)
def test_the_moments_of_a_model(name, models, expected):
    assert moments(SimpleNamespace(models=models), name) == expected


def test_what_is_no_name_is_refused():
    with pytest.raises(SpecError):
        moments(SimpleNamespace(models=Models()), "../x")


@pytest.mark.parametrize(
    ("at", "other", "label"),
    [
        (0, f"{RUN}@0", "step 0"),
        (2, f"{RUN}@100", "step 100"),
        (3, RUN, "the end of the run"),
        (1000, RUN, "the end of the run"),
        (-5, f"{RUN}@0", "step 0"),
        ("x", RUN, "the end of the run"),
        (None, RUN, "the end of the run"),
    ],
)
def test_the_slider_chooses_a_moment(part, at, other, label):
    show, asked = part(Models())
    html, slider = show(OWNER, seen(), RUN, at)
    assert asked[-1].other == other and asked[-1].subject.new_tokens == 3 and other in html
    assert slider.visible and slider.maximum == 3 and label in slider.label


def test_one_model_alone_has_no_slider(part):
    show, asked = part(Models())
    _, slider = show(OWNER, seen(), "house/a", 2)
    assert asked[-1].other == "house/a" and slider.visible is False


def test_before_anything_is_chosen_or_looked_at_nothing_is_asked(part):
    show, asked = part(Models())
    assert "Nothing to compare" in show(OWNER, None, RUN, 1)[0]
    assert "Choose a second model" in show(OWNER, seen(), None, 1)[0]
    assert "no second model" in show(OWNER, seen("house/a"), "", 1)[0]
    assert asked == []


@pytest.mark.parametrize("name", ["house/bad", "../x", 5, ["x"]])
def test_a_fault_is_told_in_place(part, name):
    show, _ = part(Models())
    html, _ = show(OWNER, seen(), name, 0)
    assert 'role="alert"' in html and "<not>" not in html and "Traceback" not in html
