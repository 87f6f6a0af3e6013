"""An answer goes into the database as JSON and comes back as it was."""

import json
import math
import random
from dataclasses import replace

import pytest

from app.rag.chat_record import Record, cited, content_of, data_of, record_of, turns_of
from pipelines.rag.answering.moments import Moment
from pipelines.rag.answering.turns import MAX_TURNS
from pipelines.rag.answers import Claim
from pipelines.rag.chats import MAX_DATA, Message
from pipelines.rag.requests import Passage
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.support.rag_fakes import answer_of, found_of


def passages(count: int, length: int = 30) -> tuple[Passage, ...]:
    return tuple(
        Passage(f"p{n}", "d", "a.md", n, n * length, (n + 1) * length, f"{n} " * (length // 2), "H", 0, 9)
        for n in range(count)
    )


def kept(record: Record) -> Record:
    return record_of(content_of(record.moment), json.loads(json.dumps(data_of(record), allow_nan=False)))


def claim(chance: random.Random) -> Claim:
    return Claim(chance.randint(0, 9), 20, chance.random(), chance.randint(-1, 3), 0, 5)


def test_what_is_kept_comes_back():
    record = Record(answer_of(passages(3)), SearchSpec(top_k=3), AnswerSpec(support=0.7), "lessons", True, 2)
    assert kept(record) == record


@pytest.mark.parametrize("seed", range(20))
def test_any_answer_comes_back(seed):
    chance = random.Random(seed)
    moment = answer_of(passages(chance.randint(2, 9)))
    moment = replace(
        moment,
        text="".join(chance.choices("aé<\n\0🙂 .", k=chance.randint(0, 50))),
        claims=tuple(claim(chance) for _ in range(chance.randint(0, 4))),
        extract=chance.choice((None, moment.extract)),
        queries=("a",) * chance.randint(0, 2),
        abstained=chance.random() < 0.5,
    )  # fmt: skip
    record = Record(moment, SearchSpec(kinds=("pdf",)), AnswerSpec(), "x")
    assert kept(record) == record


def test_passages_that_reached_no_prompt_keep_their_beginning():
    moment = answer_of(passages(4, 600))
    found = replace(moment.found, hits=moment.found.hits[:2], scores=moment.found.scores[:2])
    back = kept(Record(replace(moment, found=found), SearchSpec(), AnswerSpec())).moment
    assert [len(one.text) for one in back.found.passages] == [600, 600, 240, 240]
    assert back.passages == moment.passages[:2]


def test_more_than_a_chat_holds_is_made_less():
    moment = replace(answer_of(passages(50, 60_000)), prompt="x" * 100_000)
    data = data_of(Record(moment, SearchSpec(), AnswerSpec()))
    assert len(json.dumps(data)) < MAX_DATA
    assert record_of("", data).moment.text == moment.text


def test_no_infinity_goes_into_the_json():
    found = replace(found_of(passages(2)), scores=(math.inf, math.nan))
    moment = replace(answer_of(passages(2)), found=found)
    assert kept(Record(moment, SearchSpec(), AnswerSpec())).moment.found.scores == (0.0, 0.0)


@pytest.mark.parametrize("data", [{}, {"moment": 3}, {"moment": {}, "search": {"no": 1}, "answer": {}}])
def test_of_what_was_kept_otherwise_the_text_is_left(data):
    assert record_of("so it was", data).moment == Moment("done", "", text="so it was")


def test_cited_are_the_passages_that_back_something():
    moment = answer_of(passages(3))
    assert cited(moment, 0.5) == [1] and cited(moment, 0.05) == [1, 0]
    assert cited(replace(moment, extract=None), 0.95) == []


def test_the_memory_has_texts_that_were_cited():
    record = Record(answer_of(passages(3)), SearchSpec(), AnswerSpec(), "lessons")
    asked = Message(0, "user", "Why does it shine?", {}, 0.0)
    answered = Message(1, "assistant", content_of(record.moment), data_of(record), 0.0)
    turns = turns_of([asked, answered, Message(2, "assistant", " ", {}, 0.0)])
    assert [one.role for one in turns] == ["user", "assistant"]
    assert turns[1].passages == (record.moment.passages[1].text,)


def test_a_long_chat_is_remembered_from_its_end():
    many = [Message(n, "user", str(n), {}, 0.0) for n in range(MAX_TURNS + 50)]
    assert [one.content for one in turns_of(many)][:: MAX_TURNS - 1] == ["50", str(MAX_TURNS + 49)]
