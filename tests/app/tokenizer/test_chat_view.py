"""A rendered conversation as HTML: nothing becomes markup, nothing is lost, the mask is the pipeline's."""

import html
import re

import pytest

from app.tokenizer import chat_view as view
from app.tokenizer.special_view import MAX_ROWS, special_html
from pipelines.tokenization.answers import Described
from pipelines.tokenization.chat import render_chat
from pipelines.tokenization.conversation import Conversation
from pipelines.tokenization.special_tokens import SpecialToken
from tests.support.chat_templates import TEMPLATES
from tests.support.small_tokenizers import loaded

HOSTILE = "</b><img src=x onerror=alert(1)>&amp;"
TALK = (
    {"role": "user", "content": f"a  b\t{HOSTILE}\n"},
    {"role": "assistant", "content": "Naïve 👩‍🚀\x00 <i>"},
)
SIGNS = {"·": " ", "⏎": "", "→": "\t", "␀": "\x00"}


def rendered(template="chatml, marked", kind="bpe", messages=TALK, **given):
    return render_chat(loaded(kind), Conversation(messages, **given), TEMPLATES[template])


def special_ids(kind="bpe"):
    return [a.id for a in loaded(kind).added if a.special]


def text_of(page):
    """What the text view says, its signs back as the characters that they stand for."""
    turns = re.findall(r'<div class="gw-turn-text" dir="auto">(.*?)</div>', page, re.DOTALL)
    signed = re.sub(r'<span class="gw-space">(.)</span>', lambda m: SIGNS.get(m[1], m[1]), "".join(turns))
    return html.unescape(re.sub(r"<[^>]*>", "", signed))


@pytest.mark.parametrize(
    ("template", "kind"),
    [*((name, "bpe") for name in TEMPLATES), ("chatml, marked", "wordpiece"), ("mistral", "unigram")],
)
def test_the_text_view_says_the_whole_text_and_each_token_stands_once(template, kind):
    chat = rendered(template, kind)
    page = view.chat_html(chat, special_ids(kind))
    assert text_of(page) == chat.text
    assert page.count('class="gw-token') == len(chat.ids)
    assert page.count('· learnt"') == chat.assistant_mask.sum()
    assert "<img" not in page


def test_special_tokens_are_outlined_and_shared_characters_marked():
    chat = rendered()
    page = view.chat_html(chat, special_ids())
    assert page.count("gw-special") == sum(id_ in special_ids() for id_ in chat.ids.tolist()) > 3
    assert page.count('<em class="gw-outlined">') == page.count("gw-special")
    assert 'gw-part" title' in page and "part of " in page


def test_the_legend_says_how_the_mask_is_known():
    for template, words in (("chatml, marked", "{% generation %}"), ("chatml", "comparing")):
        assert words in view.legend_html(rendered(template))
    silent = rendered(messages=TALK[:1])
    assert "nothing to learn" in view.legend_html(silent)
    assert "0 of" in view.chat_status_html(silent, edited=False)
    hostile = rendered("parts", messages=({"role": "<u>", "content": "x"},))
    assert "<u>" not in view.legend_html(hostile) + view.chat_html(hostile, ())


def test_the_generation_prompt_has_a_turn_of_its_own():
    page = view.chat_html(rendered(messages=TALK[:1], add_generation_prompt=True), ())
    assert "assistant is to answer" in page


def test_a_long_text_is_cut_and_says_so():
    long = ({"role": "user", "content": "x y " * 20_000}, {"role": "assistant", "content": "end"})
    chat = rendered(messages=long)
    page = view.chat_html(chat, special_ids())
    assert len(page) < 2_000_000 and f"{len(chat.text):,}" in page and "the download has all" in page
    assert page.count('class="gw-token') == view.MAX_TOKENS
    assert text_of(page) == chat.text[: view.MAX_CHARS]


def test_the_download_has_plain_values_of_all_tokens():
    chat = rendered()
    data = view.as_data("t", chat)
    assert len(data["input_ids"]) == len(data["tokens"]) == len(data["assistant_mask"]) == len(chat.ids)
    assert sum(data["assistant_mask"]) == chat.assistant_mask.sum() and data["text"] == chat.text


def test_presets_are_ordered_by_what_the_tokenizer_has():
    page = view.without_template_html("<b>", {"<|im_start|>", "<|im_end|>"})
    assert page.index("chatml") < page.index("roles") and "<b>" not in page
    assert view.without_template_html("x", {"<|user|>", "<|assistant|>", "<|end|>"}).index("roles") < 400


def test_special_tokens_as_a_table():
    tokens = (
        SpecialToken(3, "<s>", ("bos_token",), True, lstrip=True),
        SpecialToken(None, "\n", ("eos_token",), False),
    )
    described = Described("n", "bpe", "s", 9, True, False, 1, (), tokens, ("pad_token",), (), (), 0)
    page = special_html(described)
    assert "&lt;s&gt;" in page and "gw-special" in page and "⏎" in page and "not in the vocabulary" in page
    assert "No token for: pad_token." in page and "bos_token" in page
    many = Described("n", "bpe", "s", 9, True, False, 1, (), tokens[:1] * (MAX_ROWS + 5), (), (), (), 0)
    assert special_html(many).count("&lt;s&gt;") == MAX_ROWS and "5 more" in special_html(many)
    none = Described("<n>", "bpe", "s", 9, True, False, 1, (), (), (), (), (), 0)
    assert "<n>" not in special_html(none) and "no special" in special_html(none)
