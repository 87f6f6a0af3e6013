"""Text in which white space and control characters can be seen, and which is never markup."""

import html
import re

import pytest

from app.tokenizer.shown_text import glyphs, signs, text_or_bytes
from tests.support.small_tokenizers import texts


def bare(shown):
    return html.unescape(re.sub(r"<[^>]*>", "", shown))


@pytest.mark.parametrize("text", texts(3, 40))
def test_every_character_stands_there_or_has_its_sign(text):
    shown = glyphs(text)
    assert bare(shown).removeprefix("◌") == signs(text) or "\u200d" in text
    assert not set(re.findall(r"<[^>]*>", shown)) - {
        '<span class="gw-space">',
        '<span class="gw-space gw-unseen">',
        "</span>",
    }
    assert not re.search(r"[\x00-\x1f\x7f\u202e]", shown)


def test_signs():
    assert signs(" \n\t\r\x00\x7f\u00a0\u202e") == "·⏎→␍␀␡⍽U+202E"
    assert bare(glyphs("\u0301a")) == "◌\u0301a" and bare(glyphs("\u200d")) == "U+200D"
    assert bare(glyphs("👩\u200d🚀")) == "👩\u200d🚀" and bare(glyphs("\ud800")) == "U+D800"
    assert glyphs("a\n", newline="\n").endswith("⏎</span>\n") and "<wbr>" in glyphs(" ", space="<wbr>")


def test_bytes_that_are_no_characters_are_in_hex():
    assert "e2 82" in text_or_bytes(b"\xe2\x82") and text_or_bytes("€".encode()) == "€"
    assert text_or_bytes(b"") == "∅" and text_or_bytes(b"<") == "&lt;"
