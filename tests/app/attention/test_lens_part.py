"""The part *Logit lens* as the tab calls it, its file, and its code run as it is shown."""

import json

import gradio as gr
import numpy as np
import pytest

from app.attention import lens_part
from app.attention.lens_code import lens_code
from app.attention.parts import Seen
from app.identity import Visitor
from app.services import make_services
from pipelines.attention.requests import LensRequest, Subject
from pipelines.core.errors import SpecError
from tests.support.inside import TEXT, captured, inside
from tests.support.scripts import printed

VISITOR = Visitor("owner", True, "owner")


@pytest.fixture
def asked(monkeypatch):
    found = []

    def asking(services, visitor, request):
        found.append(request)
        return inside(services, visitor, request)

    monkeypatch.setattr(lens_part, "ask", asking)
    monkeypatch.setattr(lens_part, "source_of", lambda *_: "somewhere")
    monkeypatch.setattr(lens_part, "loadable", lambda services, visitor, code, *names: code)
    return found


@pytest.fixture
def part(settings, asked):
    with gr.Blocks():
        yield lens_part.build(make_services(settings))


def stays(update):
    return isinstance(update, dict) and update.get("__type__") == "update" and "value" not in update


def test_nothing_seen_asks_nothing(part, asked):
    html, first = part.show(VISITOR, None, 5, 0)
    assert "press Look" in html and stays(first) and not asked


def test_the_window_and_the_list_are_those_of_the_inputs(part, asked):
    subject, found = captured("gpt2")
    html, first = part.show(VISITOR, Seen(subject, found), 7, 3)
    assert asked == [LensRequest(subject, 3, 64, 7)] and stays(first)
    assert "data-carried" in html and "top_k = " in html


def test_a_position_beyond_the_text_shows_its_last_window_and_says_so_in_the_box(part, asked):
    subject, found = captured("gpt2")
    _, first = part.show(VISITOR, Seen(subject, found), 5, 5000)
    assert first == 0 and asked[-1].first == 0


@pytest.mark.parametrize("count", [0, 21, -3])
def test_a_list_of_another_length_is_refused(part, count):
    with pytest.raises(SpecError, match="top_k"):
        part.show(VISITOR, Seen(*captured("gpt2")), count, 0)


def test_a_model_that_predicts_nothing_is_told_in_place(part):
    html, _ = part.show(VISITOR, Seen(*captured("encoder")), 5, 0)
    assert "predicts no tokens" in html and "data-carried" not in html


def test_a_question_for_no_window_is_refused_in_words(settings, asked):
    function = lens_part._file_function(make_services(settings))
    subject = {"model": "gpt2", "text": TEXT, "target": "", "new_tokens": 0}
    for data in (None, {}, {"subject": subject}, {"subject": subject, "first": -1, "top_k": 5}):
        assert set(json.loads(function(data, None))) == {"error"}
    assert not asked


@pytest.mark.parametrize(
    "family", ["gpt2", "llama", "gemma2", "opt", "bert", "distilbert", "modernbert", "t5", "bart"]
)
def test_the_code_prints_what_the_lens_shows(family, tmp_path):
    subject, found = captured(family)
    lens = inside(None, None, LensRequest(subject, 0, 64, 2))
    column = min(4, lens.ranks.shape[1] - 1)
    code = lens_code(str(tmp_path), found.kind, subject, column, 2)
    rows = [row for row in printed(code, family, tmp_path) if "KL to the end" in row]
    assert len(rows) == len(lens.ranks)
    for layer, row in enumerate(rows):
        assert float(row.split("KL to the end ")[1].split()[0]) == pytest.approx(
            float(lens.kl[layer, column]), abs=2e-3
        ), (layer, row)
        assert f"rank of the final token {lens.ranks[layer, column] + 1}," in row
        shares = [float(part.split(")")[0]) for part in row.split("', ")[1:]] or [0.0]
        assert np.allclose(shares[:1], lens.probabilities[layer, column, :1], atol=2e-3) or '"' in row


@pytest.mark.parametrize("more", [{}, {"target": "a dog"}, {"new_tokens": 3}])
def test_every_way_of_reading_makes_code_that_compiles(more):
    for kind in ("causal-lm", "masked-lm", "seq2seq-lm"):
        compile(lens_code("m", kind, Subject("m", TEXT + "{'\"\\", **more), 0, 5), "shown", "exec")
