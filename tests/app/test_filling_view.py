"""Gaps and guesses as HTML: nothing of a user's or a model's text becomes markup; the code is Python."""

import ast

import pytest

from app.filling import Moment, likeliest
from app.filling_code import filling_code
from app.filling_view import empty_html, guesses_html, paper_html, status_html, whole_html
from pipelines.generation.fill_mask_requests import Filled, Filling, Gap

HOSTILE = "<img src=x onerror=alert(1)>"


def moment(text: str, *gaps: Gap) -> Moment:
    return Moment("done", text, Filled("masked-lm", gaps, 9, 0.012))


def test_text_of_others_is_never_html():
    text = f"{HOSTILE} <mask> {HOSTILE}"
    at = text.index(" <mask>")
    gap = Gap(at, at + 7, (Filling(f" {HOSTILE}", 0.5, (1,)), Filling('"></div><u>', 0.2, (2,))))
    done = moment(text, gap)
    shown = paper_html(done) + guesses_html(done, {"text": text}) + whole_html(text)
    shown += status_html(Moment("failed", note=HOSTILE)) + paper_html(Moment(text=text))
    assert "<img" not in shown and "<u>" not in shown
    assert shown.count("<div") == shown.count("</div>")


def test_each_guess_names_its_gap_and_its_place():
    fillings = (Filling(" dog", 0.75, (1,)), Filling("s", 0.2, (2,)), Filling("", 0.0004, (3,)))
    html = guesses_html(moment("a <mask> <mask>", Gap(1, 8, fillings), Gap(8, 15, fillings)))
    assert html.count('data-gap="0"') == html.count('data-gap="1"') == html.count('data-filling="2"') + 1 == 3
    assert 'aria-label="Put in dog, 75.0 %"' in html and "width:75.00%" in html
    assert "∅" in html and "&lt; 0.1 %" in html.replace("< 0.1 %", "&lt; 0.1 %")
    assert "5.0 % for all others" in html


def test_the_likeliest_stand_in_the_text():
    gaps = [Gap(1, 8, (Filling(" big", 0.5, (1,)),)), Gap(8, 15, (Filling(" dog", 0.5, (1,)),))]
    done = moment("a <mask> <mask>.", *gaps)
    assert likeliest(done) == "a big dog."
    assert "<sup>1</sup>big" in paper_html(done) and "<sup>2</sup>dog" in paper_html(done)


def test_special_tokens_are_outlined():
    html = guesses_html(moment("a <mask>", Gap(1, 8, (Filling("<|endoftext|>", 0.5, (0,)),))))
    assert "gw-special" in html


def test_every_state_has_its_words():
    assert "Ready" in status_html(None) and "Reading" in status_html(Moment())
    assert "Loading run/x" in status_html(Moment("loading", note="run/x"))
    done = status_html(moment("a <mask>", Gap(1, 8, (Filling(" b", 0.5, (1,)),))))
    assert "1 gap: choose" in done and "9 tokens read" in done and "12 ms" in done
    assert "architecture=bert" in empty_html(False) and "data-text" in empty_html(True)


@pytest.mark.parametrize("kind", ["masked-lm", "seq2seq-lm"])
def test_the_code_is_python_and_carries_the_text(kind):
    code = filling_code("some/model", kind, "it's a [MASK] of <mask>\n", 5)
    texts = [n.value for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant)]
    marks = ("<|mask|>", "<|mask|>") if kind == "masked-lm" else ("<|extra_0|>", "<|extra_1|>")
    assert "it's a {} of {}\n".format(*marks) in texts and "some/model" in texts
