"""The part *Summary* as the tab calls it, its files, and its code run as it is shown."""

import json

import gradio as gr
import pytest

from app.attention import summary_part
from app.attention.parts import Seen
from app.attention.summary_code import summary_code
from app.identity import Visitor
from app.services import make_services
from pipelines.attention.answers import MEASURES
from pipelines.attention.requests import Subject
from tests.support.inside import TEXT, captured, inside
from tests.support.scripts import printed

VISITOR = Visitor("owner", True, "owner")


@pytest.fixture
def part(settings, monkeypatch):
    monkeypatch.setattr(summary_part, "ask", inside)
    monkeypatch.setattr(summary_part, "source_of", lambda *_: "somewhere")
    monkeypatch.setattr(summary_part, "loadable", lambda services, visitor, code, *names: code)
    with gr.Blocks():
        yield summary_part.build(make_services(settings))


def test_before_anything_was_seen_there_is_a_hint_alone(part):
    first, *rest = part.show(VISITOR, None)
    assert "press Look" in first and [one["visible"] for one in rest] == [False] * 3


@pytest.mark.parametrize("family", ["gpt2", "bert", "t5"])
def test_what_was_seen_fills_every_output(part, family):
    subject, found = captured(family)
    heads, *rest = part.show(VISITOR, Seen(subject, found))
    assert "data-carried" in heads and all(one["visible"] for one in rest)
    assert "source = &#x27;somewhere&#x27;" in rest[-1]["value"]


def test_a_question_for_no_file_is_refused_in_words(settings):
    function = summary_part._file_function(make_services(settings))
    for data in (None, {}, {"subject": {"model": "gpt2", "text": "a"}, "kind": "csv"}):
        assert set(json.loads(function(data, None))) == {"error"}
    wrong = {"subject": {"model": "gpt2", "text": "a", "target": "", "new_tokens": 0}, "kind": "exe"}
    assert "json, csv" in json.loads(function(wrong, None))["error"]


@pytest.mark.parametrize("family", ["gpt2", "bert", "t5"])
def test_the_code_prints_the_same_measures(family, tmp_path):
    subject, found = captured(family)
    said = printed(summary_code(str(tmp_path), found.kind, subject), family, tmp_path)
    for part in found.parts:
        if part.name == "cross":
            continue
        for layer in range(part.layers):
            for head in range(part.heads):
                line = next(row for row in said if row.startswith(f"{part.name} layer {layer} head {head}:"))
                words = line.split(":  ")[1].split()
                told = dict(zip(words[::2], map(float, words[1::2]), strict=True))
                for which, name in enumerate(MEASURES):
                    wanted = float(part.measures[layer, head, which])
                    assert told[name] == pytest.approx(wanted, abs=2e-3, nan_ok=True), (name, line)


def test_the_code_prints_the_same_losses(tmp_path):
    subject, found = captured("gpt2")
    said = printed(summary_code(str(tmp_path), found.kind, subject), "gpt2", tmp_path)
    rows = [row.split(": loss ")[1] for row in said if ": loss " in row]
    assert [float(row.split()[0]) for row in rows] == pytest.approx(found.loss[1:].tolist(), abs=2e-3)
    assert [int(row.split()[-1]) for row in rows] == [rank + 1 for rank in found.ranks[1:].tolist()]


@pytest.mark.parametrize("more", [{}, {"target": "a dog"}, {"new_tokens": 3}])
def test_every_way_of_reading_makes_code_that_compiles(more):
    for kind in ("causal-lm", "masked-lm", "seq2seq-lm", "encoder"):
        compile(summary_code("m", kind, Subject("m", TEXT + "{'\"\\", **more)), "shown", "exec")
