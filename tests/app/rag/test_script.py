"""The scripts of the page: with the models of the house by their places, of one's own collections alone."""

import ast
import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.rag.script import HINT, ScriptPart, asked_of, chunks_for, script_for
from pipelines.core.errors import ConflictError, NotAllowedError, NotFoundError, SpecError
from pipelines.models.catalogue import Catalogue
from pipelines.rag.scripts.facts import FLAVOURS, PLAIN
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.support.rag_measuring import TALES, measuring_services

request_of = lambda name="eve": SimpleNamespace(headers={"x-glassworks-visitor": name})  # noqa: E731


@pytest.fixture
def services(settings):
    made = measuring_services(settings)
    made.models = Catalogue(settings)
    return made


def made(services, name="eve", answer=None, flavour=PLAIN, question="Who is Otto?"):
    visitor = services.identity.visitor(request_of(name))
    asked = asked_of(services, visitor, "tales", question, SearchSpec(top_k=3), answer or AnswerSpec())
    return script_for(services, visitor, flavour, asked)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_script_of_each_flavour(services, flavour):
    script = made(services, flavour=flavour)
    ast.parse(script)
    assert 'default="Who is Otto?"' in script and "TOP_K, CANDIDATES = 3, 50" in script
    for place in ("assets/models/story-base", "assets/models/story-instruct", "assets/models/minilm-qa"):
        assert f'"{place}"' in script
    assert '"sentence-transformers/all-MiniLM-L6-v2"' in script and str(services.settings.home) not in script


def test_what_answers_is_what_the_settings_say(services):
    extract = made(services, answer=AnswerSpec(answerer="extract"))
    assert "story-base" not in extract and "minilm-qa" in extract
    generate = made(services, answer=AnswerSpec(answerer="generate", model="house/story-base"))
    assert "minilm-qa" not in generate and "story-instruct" not in generate and "PeftModel" not in generate


def test_what_is_refused(services):
    with pytest.raises(NotFoundError, match="no such collection among yours"):
        made(services, "mallory")
    for question in ("", "  ", None, "x" * 4001):
        with pytest.raises(SpecError, match="question"):
            made(services, question=question)
    with pytest.raises(NotAllowedError):
        made(services, answer=AnswerSpec(model="someone/model"))
    with pytest.raises(NotFoundError):
        made(services, answer=AnswerSpec(qa_model="house/gone"))


def test_the_chunks_are_the_collections(services, monkeypatch):
    visitor = services.identity.visitor(request_of())
    rows = [json.loads(line) for line in chunks_for(services, visitor, "tales").splitlines()]
    assert [row["text"] for row in rows] == [text for chunks in TALES.values() for text in chunks]
    assert [row["position"] for row in rows] == [0, 1, 2, 0, 1, 0, 1] and rows[3]["name"] == "lighthouse.md"
    with pytest.raises(NotFoundError):
        chunks_for(services, services.identity.visitor(request_of("mallory")), "tales")
    monkeypatch.setattr("app.rag.script._MOST", 10)
    with pytest.raises(ConflictError, match="more than a browser takes"):
        chunks_for(services, visitor, "tales")


def test_the_part(services):
    with gr.Blocks():
        box = gr.Textbox("tales", visible="hidden")
        part = ScriptPart(services)
        part.wire(box, gr.Textbox())
    given = {box: "tales", part.question: "Who is <Otto>?", part.flavour: PLAIN}
    html = part._shown(given, request_of())
    assert "data-copy" in html and "&lt;Otto&gt;" in html and "<Otto>" not in html
    assert "no such collection" in part._shown(given, request_of("mallory"))
    assert part._shown_again(given | {part.question: " "}, request_of()) == HINT
    assert "one of plain" in part._shown(given | {part.flavour: "odd"}, request_of())
    assert part._chunks("tales", request_of()).count("\n") == 7
