"""What the check shows of a row is what the encoder's lessons make of it, over odd texts."""

import random

import pytest

from pipelines.training.objectives.masked import vocabulary_of
from pipelines.training.rows.examples import Answered, Labelled, Plain, Tagged
from pipelines.training.tuning.encoders import lesson_of
from pipelines.training.tuning.specs import EncoderSpec
from pipelines.training.tuning.windows import windows
from tests.support.small_tokenizers import texts, transformers_tokenizer

WORDS = [word for text in texts(seed=4, count=80) for word in text.split() if word.strip()]


@pytest.fixture(scope="module")
def tokenizer():
    return transformers_tokenizer("wordpiece", mask_token="<think>")


def spec(task: str, max_length: int) -> EncoderSpec:
    return EncoderSpec(base="x", dataset="path:x", task=task, max_length=max_length)


def said(rng, most=40) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(4, most)))


def compared(examples, task, tokenizer, max_length):
    lesson = lesson_of(spec(task, max_length), tokenizer, examples, examples[:2])
    mine = [window for example in examples for window in windows(example, tokenizer, max_length)]
    return mine, lesson.training


@pytest.mark.parametrize("max_length", [16, 1024])
def test_texts_with_a_label(tokenizer, max_length):
    rng = random.Random(1)
    examples = [Labelled(n, said(rng), rng.choice("ab"), said(rng, 6) if n % 2 else "") for n in range(1, 30)]
    mine, theirs = compared(examples, "classify", tokenizer, max_length)
    assert [list(one.input_ids) for one in mine] == [row["input_ids"] for row in theirs]
    assert any(one.cut for one in mine) == (max_length == 16)


@pytest.mark.parametrize("max_length", [16, 1024])
def test_words_with_tags(tokenizer, max_length):
    rng = random.Random(2)
    examples = []
    for row in range(1, 30):
        words = tuple(said(rng).split())
        examples.append(Tagged(row, words, tuple("O" if rng.random() < 0.7 else "B-X" for _ in words)))
    mine, theirs = compared(examples, "tag", tokenizer, max_length)
    assert [list(one.input_ids) for one in mine] == [row["input_ids"] for row in theirs]
    assert [list(one.trained) for one in mine] == [[t != -100 for t in row["targets"]] for row in theirs]


@pytest.mark.parametrize("max_length", [24, 1024])
def test_questions_with_answers(tokenizer, max_length):
    rng = random.Random(3)
    examples = []
    for row in range(1, 30):
        context = said(rng, 80)
        start = rng.randrange(len(context) - 3)
        answer = context[start : start + rng.randint(1, 12)]
        spans = ((answer,), (start,)) if answer.strip() and row % 4 else ((), ())
        examples.append(Answered(row, said(rng, 8), context, *spans))
    mine, theirs = compared(examples, "answer", tokenizer, max_length)
    assert [list(one.input_ids) for one in mine] == [row["input_ids"] for row in theirs]
    spans = [(row["start"], row["end"]) for row in theirs]
    assert [_span(one.trained) for one in mine] == spans
    assert any(spans) and (len(mine) > len(examples)) == (max_length == 24)


def test_texts_with_gaps(tokenizer):
    rng = random.Random(4)
    examples = [Plain(row, said(rng, 60)) for row in range(1, 30)]
    mine, theirs = compared(examples, "fill", tokenizer, 24)
    special = vocabulary_of(tokenizer).special
    kept = [list(one.input_ids) for one in mine if sum(not special[id_] for id_ in one.input_ids) >= 4]
    assert kept == [list(row["input_ids"]) for row in theirs] and len(kept) > len(examples)


def _span(trained) -> tuple[int, int]:
    places = [place for place, learnt in enumerate(trained) if learnt]
    return (places[0], places[-1]) if places else (0, 0)
