"""The conversation editor's text as a request, and the examples and templates that it offers."""

import json

import pytest

from app.tokenizer.chat_inputs import (
    EXAMPLES,
    MAX_JSON,
    PRESETS,
    as_text,
    chat_request,
    messages_of,
    tools_of,
)
from pipelines.core.errors import GlassworksError
from pipelines.tokenization.chat import GENERATION, render_chat
from pipelines.tokenization.conversation import Conversation
from tests.support.small_tokenizers import loaded, transformers_tokenizer

ODD = [
    {"role": "user", "content": '<b>"\\ \u2028 \x00 👩‍🚀 é'},
    {"role": "x", "content": None, "n": [1, 0.5]},
]


def asked(messages, tools="", **flags):
    given = {"add_generation_prompt": False, "continue_final_message": False, **flags}
    return chat_request("t", messages, tools, template="", **given)


@pytest.mark.parametrize("messages", [ODD, *(list(example.messages) for example in EXAMPLES)])
def test_the_editor_s_text_comes_back_as_the_same_messages(messages):
    assert messages_of(as_text(messages)) == messages
    assert asked(as_text(messages)).messages == messages


def test_no_tools_are_an_empty_box():
    assert tools_of("") == tools_of(None) == tools_of(" \n") == []
    assert tools_of('[{"a": 1}]') == [{"a": 1}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[\n{"role": "user",}]', "line 2, column 17"),
        ("", "line 1, column 1"),
        ('{"role": "user"}', "messages accepts a list such as"),
        ("[1]", "messages accepts a list such as"),
        ("[]", "1 to 200 messages"),
        ('[{"content": "x"}]', "role accepts"),
        ('[{"role": "user", "content": 3}]', "content accepts"),
        ('[{"role": "user", "content": "\\ud800"}]', "valid Unicode"),
        ('[{"role": "user", "content": "x", "n": NaN}]', "all in JSON"),
        ("[" * 100_000, "beyond all measure"),
        ("[" + "9" * 5000 + "]", "beyond all measure"),
        ('[{"role": "user", "content": "' + "x" * MAX_JSON + '"}]', f"at most {MAX_JSON:,} characters"),
        (None, "messages accepts"),
    ],
)
def test_what_is_no_conversation_is_refused_in_words(text, said):
    with pytest.raises(GlassworksError, match=said.replace("(", r"\(")):
        asked(text)


def test_tools_are_refused_by_their_own_name():
    with pytest.raises(GlassworksError, match=r"The tools are no JSON from line 1, column 2 on"):
        asked(as_text(EXAMPLES[0].messages), "{oops")
    with pytest.raises(GlassworksError, match="continue_final_message accepts"):
        asked(as_text(EXAMPLES[0].messages), "", add_generation_prompt=True, continue_final_message=True)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.label)
def test_each_preset_renders_each_example_as_transformers_does(preset, example):
    _, template, markers = PRESETS[preset]
    conversation = Conversation(example.messages, example.tools, example.open_ended)
    chat = render_chat(loaded("bpe"), conversation, template)
    theirs = transformers_tokenizer("bpe", chat_template=template).apply_chat_template(
        list(example.messages),
        tools=list(example.tools) or None,
        add_generation_prompt=example.open_ended,
        tokenize=False,
    )
    assert chat.text == theirs and chat.mask_from == GENERATION
    assert all(m["content"] in chat.text for m in example.messages) and all(m in chat.text for m in markers)
    if example.tools:
        assert json.dumps("get_weather") in chat.text
    taught = ["".join(chat.text[a:b]) for a, b in chat.assistant_spans]
    said = [m for m in example.messages if m["role"] == "assistant"]
    assert len(taught) == len(said) and all(m["content"] in t for m, t in zip(said, taught, strict=True))
