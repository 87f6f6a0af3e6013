"""The lessons that the app comes with: long enough to teach, short enough to read, and what is asked of them
is found by its words."""

import re

import pytest

from pipelines.common.sentences import sentences_of
from tests.support.imports import ROOT
from tests.support.rag_library import Lexical

LESSONS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "assets" / "lessons").glob("*.md")}
PARAGRAPHS = {
    f"{name}:{number}": text
    for name, lesson in LESSONS.items()
    for number, text in enumerate(part.strip() for part in lesson.split("\n\n"))
    if len(text) > 60
}
ASKED = {
    "What does temperature do?": "divides the logits",
    "Who proposed LoRA?": "Edward Hu",
    "What is byte pair encoding?": "merges",
    "Who proposed DPO?": "Rafailov",
    "Who proposed the reciprocal rank fusion RRF?": "Cormack, Clarke and Büttcher",
    "What is perplexity?": "exponential of the mean loss",
    "How many tokens does all-MiniLM-L6-v2 read?": "256",
    "What does RoPE rotate?": "rotates pairs of dimensions",
    "Who introduced top-p nucleus sampling?": "Holtzman",
    "How big is the KV cache of a token of Llama 2 7B?": "524,288 bytes",
    "What is an induction head?": "earlier copy of the present token",
    "Who coined prompt injection?": "Simon Willison",
    "What share of tokens does BERT mask?": "15 %",
    "How many training tokens for each parameter does Chinchilla advise?": "about 20 training tokens",
    "What does RMSNorm leave out?": "leaves out the mean and the shift",
    "What is Wilson's interval for?": "the right one for shares",
}


def test_there_are_lessons_for_a_course():
    assert len(LESSONS) == 18 and "glossary.md" in LESSONS


@pytest.mark.parametrize("name", sorted(LESSONS))
def test_each_is_a_lesson(name):
    text = LESSONS[name]
    words = len(text.split())
    assert 500 <= words <= (1100 if name == "glossary.md" else 900)
    assert text.startswith("# ") and text.count("\n## ") >= 5 and text.endswith("\n")
    assert "/work" not in text and "http" not in text and "\t" not in text
    assert all(len(line) <= 125 for line in text.splitlines())


@pytest.mark.parametrize("name", sorted(set(LESSONS) - {"glossary.md", "preferences.md"}))
def test_each_says_what_to_try(name):
    tried = LESSONS[name].partition("## Try it")[2]
    assert re.search(r"\*\*[A-Z][\w &-]+\*\*", tried), "a tab is named"


def test_sentences_are_short():
    lengths = [
        len(text[a:b].split())
        for text in PARAGRAPHS.values()
        for a, b in sentences_of(text)
        if text[a] not in "-*#"
    ]
    assert sum(lengths) / len(lengths) < 20 and sum(one > 45 for one in lengths) < len(lengths) * 0.01


@pytest.mark.parametrize("question", ASKED)
def test_a_question_finds_its_sentence(question):
    """By plain BM25 without stemming, among the first five of some 300 paragraphs."""
    ids, _ = Lexical(PARAGRAPHS).search("lessons", question, 5)
    found = [" ".join(PARAGRAPHS[one].split()) for one in ids]
    assert any(ASKED[question] in text for text in found)
