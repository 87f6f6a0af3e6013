"""The parts *Chat template*, *Batch* and *Vocabulary*: what they ask for, and what becomes of answers and
refusals.
"""

import json
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from app.identity import Visitor
from app.services import make_services
from app.tokenizer import batch_part, chat_part, vocabulary_card, vocabulary_part
from app.tokenizer.chat_inputs import EXAMPLES, PRESETS, as_text
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization.batch_spec import BatchSpec
from pipelines.tokenization.vocabulary import VocabularyQuery
from tests.support.answering import answering
from tests.support.chat_templates import CHATML, LLAMA_3, MISTRAL
from tests.support.small_tokenizers import loaded

VISITOR = Visitor("owner", True, "owner")
OWN = {"bpe": {}, "llama": {"default": LLAMA_3}, "two": {"default": MISTRAL, "tool_use": CHATML}}
TOOLS = as_text(EXAMPLES[3].tools)


def tokenizer(name):
    """``bpe`` and ``wordpiece`` have no template; ``llama`` has one, ``two`` has one more for tools."""
    if name not in (*OWN, "wordpiece"):
        raise NotFoundError(f"There is no model {name!r}.")
    templates = OWN.get(name, {})
    base = loaded("bpe" if name in OWN else name)
    default = templates.get("default", "")
    return replace(base, name=name, chat_template=default, chat_templates=templates)


@pytest.fixture
def asked(monkeypatch):
    """Requests are answered here and now, and listed."""
    found = []
    for part in (chat_part, batch_part, vocabulary_part, vocabulary_card):
        monkeypatch.setattr(part, "ask", answering(TOKENIZERS, tokenizer, found))
    return found


def built(kind, settings):
    with gr.Blocks():
        made = kind(make_services(settings))
        return made, made.part()


class Chat:
    """The chat part as a visitor has it: values go in, updates come back and stay."""

    def __init__(self, settings):
        self.one, self.part = built(chat_part.ChatPart, settings)
        names = ("tokenizer", "messages", "tools", "prompt", "going_on", "template", "choice", "now")
        self.values = dict.fromkeys(names, "") | {"messages": as_text(EXAMPLES[0].messages), "now": None}
        self.values |= {"prompt": False, "going_on": False}

    def show(self, **changes):
        self.values |= changes
        return self.keep(self.part.show(VISITOR, None, *self.values.values()))

    def keep(self, updates):
        self.drawn = dict(zip(self.one.outputs, updates, strict=False))
        for name in ("template", "now"):
            if not isinstance(self.drawn[name], dict):
                self.values[name] = self.drawn[name]
        return self.drawn


@pytest.fixture
def chat(asked, settings):
    return Chat(settings)


def test_a_tokenizer_without_a_template_is_offered_one_and_keeps_what_was_taken(chat, asked):
    drawn = chat.show(tokenizer="bpe")
    assert "No chat template here" in drawn["view"] and "no chat template" in drawn["status"]
    assert [type(request).__name__ for request in asked] == ["DescribeRequest"]
    assert "&lt;s&gt;" in drawn["special"]
    drawn = chat.show(template=PRESETS["chatml"][1])
    assert "tokens are learnt" in drawn["status"] and "written here" in drawn["status"]
    assert "bpe has none" in drawn["whose"] and "not the tokenizer" in drawn["code"]
    drawn = chat.show(tokenizer="wordpiece")
    assert "tokens are learnt" in drawn["status"] and chat.values["template"] == PRESETS["chatml"][1]
    assert asked[-1].tokenizer == "wordpiece"


def test_the_box_holds_the_tokenizer_s_own_template(chat, asked):
    drawn = chat.show(tokenizer="llama")
    assert chat.values["template"] == LLAMA_3 and "llama&#x27;s own" in drawn["whose"]
    assert "written here" not in drawn["status"] and "not the tokenizer" not in drawn["code"]
    before = len(asked)
    chat.show()
    assert len(asked) == before, "the same conversation is not rendered twice"
    drawn = chat.show(template=CHATML)
    assert "not llama&#x27;s own" in drawn["whose"] and asked[-1].template == CHATML
    chat.show(tokenizer="two")
    assert chat.values["template"] == MISTRAL == asked[-1].template
    drawn = chat.show(template="")
    assert "box is empty" in drawn["view"]


def test_of_several_templates_the_one_for_tools_is_taken_where_there_are_tools(chat, asked):
    drawn = chat.show(tokenizer="two")
    assert drawn["choice"].visible and chat.values["template"] == MISTRAL
    chat.show(tools=TOOLS)
    assert chat.values["template"] == CHATML == asked[-1].template
    chat.show(choice="default")
    assert chat.values["template"] == MISTRAL
    assert "chat_template = " in chat.drawn["code"], "transformers would choose the other one"
    chat.show(choice="", tools="")
    assert chat.values["template"] == MISTRAL and "chat_template = " not in chat.drawn["code"]


def test_a_refusal_stands_in_the_status_line_and_the_rest_stays(chat):
    chat.show(tokenizer="llama")
    now = chat.values["now"]
    for changes, words in (
        ({"messages": "[{]"}, "no JSON from line 1"),
        ({"messages": as_text(EXAMPLES[0].messages), "template": "{% for %}"}, "mistake in line 1"),
        ({"template": "{{ raise_exception('no <b>') }}"}, "no &lt;b&gt;"),
    ):
        drawn = chat.show(**changes)
        assert 'data-state="failed"' in drawn["status"] and words in drawn["status"]
        assert drawn["view"] == gr.skip() and chat.values["now"].chat is now.chat
    drawn = chat.show(tokenizer="nothing")
    assert "There is no model" in drawn["status"] and drawn["view"] == drawn["special"] == ""
    assert "tokens are learnt" in chat.show(tokenizer="llama", template="")["status"]
    assert "Choose a tokenizer" in chat.show(tokenizer=None)["status"]


def test_examples_and_reset_fill_the_form(chat):
    chat.show(tokenizer="llama", template=CHATML)
    request = SimpleNamespace(headers={}, query_params={}, username=None)
    chat.one._services = SimpleNamespace(
        identity=SimpleNamespace(visitor=lambda _: VISITOR), models=chat.one._services.models
    )
    chat.keep(chat.one._with_template(None)(request, *chat.values.values()))
    assert chat.values["template"] == LLAMA_3 and "written here" not in chat.drawn["status"]
    for place, example in enumerate(EXAMPLES):
        updates = chat.one._example(SimpleNamespace(value=str(place)), request, *chat.values.values())
        prompt, going_on, messages, tools = updates[:4]
        assert json.loads(messages) == list(example.messages) and prompt == example.open_ended
        assert bool(tools) == bool(example.tools) and not going_on
        assert chat.keep(updates[4:])["now"].request.messages == list(example.messages)
    for wrong in ("9", None, [1], "x"):
        assert set(
            map(str, chat.one._example(SimpleNamespace(value=wrong), request, *chat.values.values()))
        ) == {str(gr.skip())}


def test_the_download_and_the_copy_are_of_what_is_shown(chat):
    chat.show(tokenizer="llama")
    now = chat.values["now"]
    assert chat_part._text(now) == now.chat.text
    assert json.loads(chat_part._data(now))["tokenizer"] == "llama"
    for make in (chat_part._text, chat_part._data):
        with pytest.raises(GlassworksError):
            make(chat_part._Now())


def test_a_batch_is_drawn_and_saved_and_refusals_leave_it(asked, settings):
    one, part = built(batch_part.BatchPart, settings)
    fields = {name: getattr(BatchSpec(), name) for name in one.fields}
    values = ["a fox\nthe lazy dog", "One text a line", ""]
    status, view, code, now = part.show(VISITOR, None, "bpe", *values, *fields.values(), ["tokens"])
    assert "2 texts in 2 rows" in status and "gw-grid" in view and "a fox" in code
    assert json.loads(batch_part._data(now))["settings"]["padding"] == "longest"
    fields["stride"] = 999
    fields["truncation"] = "only_first"
    status, *rest = part.show(VISITOR, None, "bpe", *values, *fields.values(), ["tokens"])
    assert "stride accepts" in status and rest == [gr.skip()] * 3
    assert "Choose a tokenizer" in part.show(VISITOR, None, None, *values, *fields.values(), [])[0]
    with pytest.raises(GlassworksError):
        batch_part._data(batch_part._Now())


@pytest.fixture
def vocabulary(asked, settings):
    one, part = built(vocabulary_part.VocabularyPart, settings)
    one.card._services = SimpleNamespace(identity=SimpleNamespace(visitor=lambda _: VISITOR))
    values = {name: getattr(VocabularyQuery(), name) for name in one.fields}
    return SimpleNamespace(one=one, part=part, values=values)


def test_a_vocabulary_is_paged_and_a_new_question_begins_at_its_first_page(vocabulary, asked):
    values = vocabulary.values

    def show(seen, turned="", **changes):
        given = (values | changes).values()
        updates = vocabulary.part.show(VISITOR, None, "bpe", *given, turned, seen)
        return dict(zip(("status", "table", "script", "seen"), updates, strict=True))

    drawn = show(None)
    assert "1–50 of" in drawn["table"] and ("Latin", "Latin") in drawn["script"]["choices"]
    assert drawn["script"]["choices"][0] == ("All", "") and "value" not in drawn["script"]
    to_second = vocabulary_part._turned(SimpleNamespace(value=50))
    drawn = show(drawn["seen"], to_second)
    assert "51–100 of" in drawn["table"] and "found" in drawn["status"]
    assert "51–100 of" in show(drawn["seen"], to_second)["table"], "coming back finds the page that was left"
    searched = show(drawn["seen"], to_second, search="the")
    assert "1–" in searched["table"].split("<nav")[1]
    assert "1–50 of" in show(searched["seen"], to_second)["table"], "a turn counts once"
    assert "bytes in hex" in show(drawn["seen"], search="zz", search_in="bytes")["status"]
    assert show(drawn["seen"], to_second, script="Klingon")["script"] == gr.skip()
    for wrong in (-1, "x", None, True, 10**9):
        turned = vocabulary_part._turned(SimpleNamespace(value=wrong))
        assert "1–50 of" in show(drawn["seen"], turned)["table"]
    assert vocabulary_part._first("x 1") == vocabulary_part._first("9" * 20) == 0


def test_a_script_that_another_tokenizer_has_not_is_let_go(vocabulary, asked):
    given = (vocabulary.values | {"script": "Klingon"}).values()
    _, table, script, seen = vocabulary.part.show(VISITOR, None, "bpe", *given, "", None)
    assert script["value"] == "" and seen.query["script"] == "" and "1–50 of" in table


def test_an_answer_about_the_table_leaves_the_card_as_it_stands(vocabulary):
    """It may come after that of a card that was asked for later."""
    card = vocabulary.one.card
    assert not {card.card, card.walk} & set(vocabulary.part.outputs)


def test_one_walks_from_token_to_token_and_sees_the_way(vocabulary, asked):
    card, walk = vocabulary.one.card, None
    ids = [merge[0] for merge in loaded("bpe").index._merges[:12].tolist()]
    for id_ in dict.fromkeys(ids):
        html, walk = card._open(SimpleNamespace(value=id_), None, "bpe", walk)
        assert f"Token {id_}" in html and walk.trail[-1][0] == id_
    assert len(walk.trail) <= 8 and "Looked at before" in html
    html, after = card._open_typed(" 1,0 ", "bpe", walk, None)
    assert "Token 10" in html and after.trail[-1][0] == 10
    for wrong, words in (("99999", "ids go from 0"), ("abc", "a whole number"), ("-1", "There is no token")):
        html, after = card._open_typed(wrong, "bpe", walk, None)
        assert words in html and after == gr.skip()
    assert card._open_typed("", "bpe", walk, None) == [gr.skip(), gr.skip()]
    for wrong in (None, True, 1.5, [1], {"a": 1}):
        assert "gw-error" in card._open(SimpleNamespace(value=wrong), None, "bpe", walk)[0]
    assert "tokenizer accepts" in card._open(SimpleNamespace(value=1), None, "", walk)[0]
    _, other = card._open(SimpleNamespace(value=10), None, "llama", walk)
    assert [id_ for id_, _ in other.trail] == [10], "another tokenizer's way begins anew"
