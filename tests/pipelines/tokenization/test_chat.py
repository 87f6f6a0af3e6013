"""Conversations rendered as transformers renders them, and what is said of their characters."""

import random

import numpy as np
import pytest

from pipelines.core.errors import SpecError
from pipelines.tokenization.chat import CONTENTS, GENERATION, NONE, PREFIXES, render_chat
from pipelines.tokenization.chat_process import ChatTemplateError
from pipelines.tokenization.conversation import MAX_CHARACTERS, MAX_MESSAGES, Conversation
from tests.support.chat_templates import TEMPLATES
from tests.support.small_tokenizers import loaded, texts, transformers_tokenizer

TOOLS = [
    {
        "type": "function",
        "function": {"name": "add", "description": "Füge <b>zu</b>", "parameters": {"type": "object"}},
    }
]
TALK = [
    {"role": "user", "content": "Hello,  fox!"},
    {"role": "assistant", "content": "Hello world 🌊"},
    {"role": "user", "content": " and the dog?\n"},
    {"role": "assistant", "content": "  Lazy. ", "reasoning_content": "It lay there."},
]
SYSTEM = {"role": "system", "content": "You are\nhelpful."}


def theirs(messages, template, kind="bpe", **given):
    tokenizer = transformers_tokenizer(kind, chat_template=template)
    return tokenizer.apply_chat_template(messages, **given)


def ours(messages, template, kind="bpe", tools=(), **ending):
    return render_chat(loaded(kind), Conversation(messages, tools, **ending), template)


def words(chat, part):
    """What each message has as its own, by message."""
    return {s.message: chat.text[s.start : s.end] for s in chat.spans if s.part == part}


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("system", [False, True])
@pytest.mark.parametrize("prompt", [False, True])
def test_text_and_tokens_are_those_of_transformers(name, system, prompt):
    messages, template = [SYSTEM] * system + TALK[: 3 if prompt else 4], TEMPLATES[name]
    given = {"tools": TOOLS, "add_generation_prompt": prompt}
    try:
        text = theirs(messages, template, tokenize=False, **given)
    except Exception as refused:
        with pytest.raises(ChatTemplateError, match=str(refused)[:30]):
            ours(messages, template, **given)
        return
    chat = ours(messages, template, **given)
    assert chat.text == text
    assert chat.ids.tolist() == theirs(messages, template, **given)["input_ids"]
    assert "".join(text[s.start : s.end] for s in chat.spans) == text
    assert all(
        chat.text[s.start : s.end].strip() in messages[s.message]["content"]
        for s in chat.spans
        if s.part == "content"
    )


@pytest.mark.parametrize("name", ["chatml", "chatml, marked", "llama 3", "mistral", "gemma", "parts"])
@pytest.mark.parametrize("last", ["Once upon", "Once upon  \n", " \n x "])
def test_the_last_message_can_be_gone_on_from(name, last):
    messages = [*TALK[:3], {"role": "assistant", "content": last}]
    text = theirs(messages, TEMPLATES[name], tokenize=False, continue_final_message=True)
    chat = ours(messages, TEMPLATES[name], continue_final_message=True)
    assert chat.text == text
    assert words(chat, "content")[3].strip() == last.strip()
    assert chat.assistant_mask[-1]


def test_parts_of_a_message_can_be_gone_on_from():
    parts = [{"type": "text", "text": "One. "}, {"type": "image"}, {"type": "text", "text": "Two"}]
    messages = [TALK[0], {"role": "assistant", "content": parts}]
    given = {"continue_final_message": True}
    assert ours(messages, TEMPLATES["parts"], **given).text == theirs(
        messages, TEMPLATES["parts"], tokenize=False, **given
    )


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
def test_the_marked_mask_is_that_of_transformers(kind):
    rng = random.Random(3)
    odd = [text for text in texts(5, 40) if text.isprintable() or kind == "bpe"]
    for _ in range(6):
        messages = [
            {"role": ("user", "assistant")[i % 2], "content": rng.choice(odd)}
            for i in range(rng.randint(1, 6))
        ]
        said = theirs(messages, TEMPLATES["chatml, marked"], kind, return_assistant_tokens_mask=True)
        chat = ours(messages, TEMPLATES["chatml, marked"], kind)
        assert chat.ids.tolist() == said["input_ids"]
        assert chat.assistant_mask.astype(int).tolist() == said["assistant_masks"]
        assert chat.mask_from == (GENERATION if len(messages) > 1 else NONE)


def test_a_mask_that_runs_on_is_that_of_transformers_and_is_noted():
    """A WordPiece has no token for white space: transformers then takes all that follows for the
    assistant's."""
    template = TEMPLATES["chatml, marked"].replace("+ '<|im_end|>' }}{% end", "+ ' ' }}{% end")
    said = theirs(TALK, template, "wordpiece", return_assistant_tokens_mask=True)
    chat = ours(TALK, template, "wordpiece")
    assert chat.assistant_mask.astype(int).tolist() == said["assistant_masks"]
    assert "takes all that follows" in chat.notes[0]


def test_comparing_beginnings_finds_what_the_markers_would():
    plain, marked = ours(TALK, TEMPLATES["chatml"]), ours(TALK, TEMPLATES["chatml, marked"])
    assert (plain.mask_from, marked.mask_from) == (PREFIXES, GENERATION)
    said = [plain.text[a:b] for a, b in plain.assistant_spans]
    assert said == ["Hello world 🌊<|im_end|>\n", "  Lazy. <|im_end|>\n"]
    assert [marked.text[a:b] + "\n" for a, b in marked.assistant_spans] == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("llama 3", ["Hello world 🌊<|eot_id|>", "Lazy.<|eot_id|>"]),
        ("gemma", ["Hello world 🌊<end_of_turn>\n", "Lazy.<end_of_turn>\n"]),
        ("mistral", [" Hello world 🌊</s>", " Lazy.</s>"]),
    ],
)
def test_the_assistant_speaks_to_the_end_of_its_turn(name, said):
    chat = ours(TALK, TEMPLATES[name])
    assert [chat.text[a:b] for a, b in chat.assistant_spans] == said
    assert chat.mask_from == PREFIXES
    masked = "".join(chat.text[a:b] for a, b in chat.offsets[chat.assistant_mask])
    assert masked.replace("🌊", "") == "".join(said).replace("🌊", "") or set(masked) == set("".join(said))


def test_what_beginnings_do_not_tell_comes_from_the_messages():
    """This template drops the reasoning of earlier turns, so no beginning is a prefix of the whole."""
    chat = ours(
        [*TALK, {"role": "user", "content": "Why?"}], TEMPLATES["thinking"], add_generation_prompt=True
    )
    assert chat.mask_from in (PREFIXES, CONTENTS)
    assert "Lazy." in chat.text[slice(*chat.assistant_spans[-1])]
    assert "It lay there." not in chat.text
    assert words(chat, "prompt") == {-1: "<|im_start|>assistant\n<think>\n"}


def test_roles_of_all_characters():
    chat = ours([SYSTEM, *TALK[:1]], TEMPLATES["llama 3"], add_generation_prompt=True)
    assert words(chat, "content") == {0: SYSTEM["content"], 1: TALK[0]["content"]}
    assert [(s.role, s.part) for s in chat.spans] == [
        *(("", "template"), ("system", "template"), ("system", "content"), ("system", "template")),
        *(("user", "template"), ("user", "content"), ("user", "template"), ("assistant", "prompt")),
    ]
    assert chat.text[chat.spans[0].start : chat.spans[0].end] == "<s>"
    assert len(chat.token_spans) == len(chat.tokens) == len(chat.ids)
    for (start, _), span in zip(chat.offsets, chat.token_spans, strict=True):
        assert chat.spans[span].start <= start < chat.spans[span].end


def test_a_system_message_inside_a_later_turn_keeps_its_role():
    chat = ours([SYSTEM, *TALK[:3]], TEMPLATES["mistral"])
    assert words(chat, "content")[0] == SYSTEM["content"]
    start = chat.text.index(SYSTEM["content"])
    assert start > chat.text.index(TALK[0]["content"])


def test_a_template_without_an_assistant_teaches_nothing():
    chat = ours(TALK[:1], TEMPLATES["chatml"])
    assert chat.mask_from == NONE and not chat.assistant_mask.any()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% for %}", "mistake in line 1"),
        ("{{ raise_exception('no <b>tools</b>') }}", "refuses this conversation: no <b>tools"),
        ("{{ messages[0].content.nope() }}", "refuses|fails"),
        ("{{ ''.__class__.__mro__ }}", "may not|refuses"),
        ("{{ messages.append(1) }}", "may not"),
        ("{% set n = namespace(__class__=1) %}", "may not"),
        ("{{ 'a' * 10**12 }}", "memory"),
        ("{% for i in range(99999) %}{{ 'a' * 99 }}{% endfor %}", "more than 2,000,000 characters"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "memory or depth"),
        ("{{ 1 // 0 }}", "ZeroDivisionError"),
    ],
)
def test_bad_templates_are_refused_in_words(template, message):
    with pytest.raises(ChatTemplateError, match=message):
        ours(TALK, template)


@pytest.mark.slow
def test_an_endless_template_is_ended():
    loop = "{% for i in range(99999) %}" * 3 + "{% endfor %}" * 3
    with pytest.raises(ChatTemplateError, match="too long"):
        ours(TALK, loop)


def test_the_template_gets_no_secrets(monkeypatch):
    """Were the sandbox to fail, the process would still know nothing."""
    import subprocess

    from pipelines.tokenization import chat_process

    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    seen = {}

    def run(*_, env, **__):
        seen.update(env)
        return subprocess.CompletedProcess(
            (), 0, b'{"text": "", "generated": [], "marked": "", "measured": []}'
        )

    monkeypatch.setattr(chat_process.subprocess, "run", run)
    chat_process.render("x", {"messages": []})
    assert "HF_TOKEN" not in seen and "PATH" in seen


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([], "1 to 200 messages"),
        ("hello", "1 to 200 messages"),
        (["hello"], "1 to 200 messages"),
        ([{"content": "x"}], "role accepts"),
        ([{"role": "user", "content": 3}], "content accepts"),
        ([{"role": "user", "content": "\ud800"}], "valid Unicode"),
        ([{"role": "user", "content": "x", "score": float("nan")}], "JSON"),
        ([{"role": "user", "content": "x"}] * (MAX_MESSAGES + 1), "1 to 200 messages"),
        ([{"role": "user", "content": "x" * MAX_CHARACTERS}], "at most 200,000 characters"),
    ],
)
def test_what_is_no_conversation_is_refused(messages, message):
    with pytest.raises(SpecError, match=message):
        Conversation(messages)


def test_endings_that_exclude_each_other():
    with pytest.raises(SpecError, match="beside add_generation_prompt"):
        Conversation(TALK, add_generation_prompt=True, continue_final_message=True)
    with pytest.raises(SpecError, match="text to go on from"):
        Conversation([{"role": "assistant"}], continue_final_message=True)
    with pytest.raises(ChatTemplateError, match="switch continue_final_message off"):
        ours(TALK, "{{ messages[0].content }}", continue_final_message=True)


def test_a_tokenizer_without_a_template_says_so():
    with pytest.raises(SpecError, match="one with a chat template"):
        ours(TALK, "")


def test_a_deep_tool_is_refused():
    deep = {}
    for _ in range(5000):
        deep = {"inner": deep}
    with pytest.raises(SpecError, match="nested at most"):
        Conversation(TALK, [deep])


def test_the_mask_is_boolean_over_tokens():
    chat = ours(TALK, TEMPLATES["chatml"])
    assert chat.assistant_mask.dtype == np.bool_ and chat.assistant_mask.shape == chat.ids.shape


HELPFUL = "<|im_start|>system\nYou are helpful.<|im_end|>\n"
DATED = "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023<|eot_id|>"


@pytest.mark.parametrize(("name", "before"), [("chatml", HELPFUL), ("llama 3", DATED), ("gemma", "<s>")])
@pytest.mark.parametrize("messages", [TALK[:1], TALK, [{"role": "user", "content": "  x"}, *TALK[1:]]])
@pytest.mark.parametrize("ending", [{}, {"add_generation_prompt": True}, {"continue_final_message": True}])
def test_what_stands_before_the_first_message_is_nobody_s(name, before, messages, ending):
    chat = ours(messages, TEMPLATES[name], **ending)
    first, header = chat.spans[:2]
    assert (first.role, first.message, first.part) == ("", -1, "template")
    assert chat.text[: first.end] == before
    assert (header.role, header.message, header.part) == ("user", 0, "template")
    assert chat.text[header.start : header.end].strip().endswith(("user", "<|end_header_id|>"))


def test_tools_before_the_first_message_are_nobody_s():
    chat = ours(TALK, TEMPLATES["llama 3"], tools=TOOLS)
    before = chat.text[: chat.spans[0].end]
    assert before.endswith("}\n\n<|eot_id|>") and "Füge" in before and chat.spans[0].role == ""


@pytest.mark.parametrize("name", ["mistral", "thinking", "parts"])
def test_a_template_that_writes_nothing_before_gives_all_to_the_first_message(name):
    chat = ours(TALK, TEMPLATES[name])
    spans = [s for s in chat.spans if s.message == 0]
    assert chat.text[: spans[0].start] == ("<s>" if name == "mistral" else "")
