"""Questions by rules: the place of the answer holds the answer, and what cannot be asked is not."""

import random

import pytest

from pipelines.rag.measuring.forms import made_of
from pipelines.rag.measuring.generating import GAP, Source, generated
from tests.support.imports import ROOT

LESSONS = sorted((ROOT / "assets" / "lessons").glob("*.md"))


def sources_of(paths, size=700):
    """Fixed cuts, in the middle of words: as a chunker that knows no sentences makes them."""
    return [
        Source(path.name, start, text[start : start + size])
        for path in paths
        for text in [path.read_text(encoding="utf-8")]
        for start in range(0, len(text), size - 90)
    ]


@pytest.mark.parametrize(
    ("sentence", "made"),
    [
        ("LoRA, low-rank adaptation, was proposed by Edward Hu and others in 2021.",
         {("Who proposed LoRA?", "Edward Hu and others"), ("When was LoRA proposed?", "2021")}),
        ("Philip Gage published byte pair encoding in 1994 as a method of compression.",
         {("Who published byte pair encoding?", "Philip Gage")}),
        ("The learning rate is the size of the step, and it is the most important setting.",
         {("What is the learning rate?", "the size of the step")}),
        ("GPT-2 small has 12 layers.", {("How many layers does GPT-2 small have?", "12")}),
        ("Llama reads about 15 trillion tokens.", {("How many tokens does Llama read?", "15 trillion")}),
        ("KTO stands for Kahneman–Tversky optimisation.",
         {("What does KTO stand for?", "Kahneman–Tversky optimisation")}),
        ("Once there was a little girl named Lily.", {("What is the name of the girl?", "Lily")}),
        ("Tim went to the park with his dog.", set()),
        ("Tim went to the park.", {("Where did Tim go?", "the park")}),
        ("“I will find you again,” said the fox.", {("Who said: “I will find you again”?", "the fox")}),
        ("It was proposed by Kingma and Ba in 2014.", set()),
        ("They are the best.", set()),
        ("The model is a transformer with six layers.", set()),
        ("Memory is the main cost.", set()),
    ],
)  # fmt: skip
def test_forms(sentence, made):
    assert {(one.question, one.answer) for one in made_of(sentence)} == made


def test_a_common_word_loses_its_capital_and_a_name_does_not():
    told = "Perplexity is the exponential of the mean loss."
    assert next(made_of(told, {"perplexity"})).question == "What is perplexity?"
    assert next(made_of(told)).question == "What is Perplexity?"


def test_every_answer_stands_at_its_place():
    questions = generated(sources_of(LESSONS), 400, 1)
    assert len(questions) == 400 and {one.origin for one in questions} == {"rules", "cloze"}
    texts = {path.name: path.read_text(encoding="utf-8") for path in LESSONS}
    for one in questions:
        (gold,), (answer,) = one.gold, one.answers
        assert texts[gold.document][gold.start : gold.end] == gold.text
        assert answer in " ".join(gold.text.split())
        assert answer.lower() not in one.text.lower().split("“")[0]
        if one.origin == "cloze":
            assert GAP in one.text and answer not in one.text


def test_no_question_is_asked_twice_and_none_has_two_answers():
    questions = generated(sources_of(LESSONS), 600, 2)
    assert len({one.text.lower() for one in questions}) == len(questions)


def test_questions_come_from_all_documents_in_turn():
    questions = generated(sources_of(LESSONS), 2 * len(LESSONS), 0)
    documents = [one.gold[0].document for one in questions]
    assert len(set(documents)) >= len(LESSONS) - 4, "some have no sentence of a known form"


def test_the_seed_decides():
    sources = sources_of(LESSONS[:6])
    assert generated(sources, 20, 3) == generated(sources, 20, 3) != generated(sources, 20, 4)


def test_sentences_that_a_cut_has_divided_are_not_asked_about():
    text = "Chunking is the division of a document into pieces that are searched. More follows here"
    assert generated([Source("a.md", 500, text[20:])], 5) == ()


@pytest.mark.parametrize(
    "text", ["", "   ", "# Heading\n\n| a | b |\n|---|---|", "1234567", "a" * 5000, "¿?" * 50, "\ud7ff\n" * 9]
)
def test_nothing_to_ask(text):
    assert generated([Source("a", 0, text)], 5) == ()


def test_any_text_is_survived():
    rng = random.Random(9)
    alphabet = "abc ABC123.,!?“”\"'()*#|_\n-–é你好。 Tim was the a of is named"
    for _ in range(200):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(0, 400)))
        for one in generated([Source("x", 7, text)], 9):
            assert one.answers[0] in " ".join(one.gold[0].text.split()) and one.gold[0].start >= 7
