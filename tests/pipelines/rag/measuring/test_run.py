"""A run: what is known is not computed again, what is stopped is kept, one fault is one question's."""

from dataclasses import replace

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.rag.measuring.judging import Answered
from pipelines.rag.measuring.questions import Question
from pipelines.rag.measuring.relevance import Pieces
from pipelines.rag.measuring.run import Configuration, Task, Tools, key_of, measured
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.pipelines.rag.measuring.conftest import found_of, gold

SEARCHES = {"bm25": SearchSpec(mode="bm25", top_k=2), "dense": SearchSpec(mode="dense", top_k=2)}


class Memory(dict):
    def known(self, keys):
        return {key: self[key] for key in keys if key in self}

    def keep(self, key, score):
        self[key] = score


class Searching:
    """BM25 finds chunk 2 always, dense never; each search is counted."""

    def __init__(self, pieces):
        self.pieces, self.asked = pieces, []

    def __call__(self, question, spec):
        self.asked.append((question, spec.mode))
        if question == "broken":
            raise GlassworksError("The index is away.")
        hits = ["c2", "c3"] if spec.mode == "bm25" else ["c4", "c5"]
        return found_of(self.pieces, hits, **{spec.mode: hits})


@pytest.fixture
def searching(pieces):
    return Searching(pieces)


@pytest.fixture
def task(pieces):
    questions = tuple(Question(f"Question {i}?", ("x",), (gold(210, 260),)) for i in range(4))
    configurations = tuple(Configuration(name, spec) for name, spec in SEARCHES.items())
    golds = tuple(one.gold for one in questions)
    return Task(questions, golds, configurations, Pieces.of(pieces), ("col", "1", "eve"))


def test_question_by_question(task, searching):
    found = list(measured(task, Tools(searching), Memory()))
    assert [(one.question, one.configuration) for one in found] == [
        (q, c) for q in range(4) for c in range(2)
    ]
    assert [one.score.figures["hit"] for one in found] == [1, 0] * 4
    assert len(found) == task.total and not any(one.kept for one in found)


def test_nothing_is_computed_twice(task, searching):
    memory = Memory()
    first = list(measured(task, Tools(searching), memory))
    again = list(measured(task, Tools(searching), memory))
    assert len(searching.asked) == 8 and all(one.kept for one in again)
    assert {(one.configuration, one.question): one.score for one in first} == {
        (one.configuration, one.question): one.score for one in again
    }


def test_a_stopped_run_keeps_what_it_has(task, searching):
    memory = Memory()
    going = measured(task, Tools(searching), memory)
    for _ in range(3):
        next(going)
    going.close()
    rest = [one for one in measured(task, Tools(searching), memory) if not one.kept]
    assert len(memory) == 8 and len(rest) == 5 and len(searching.asked) == 8


@pytest.mark.parametrize(
    "changed",
    [
        lambda task: replace(task, subject=("col", "2", "eve")),
        lambda task: replace(task, subject=("col", "1", "mallory")),
        lambda task: replace(task, questions=tuple(replace(one, answers=("y",)) for one in task.questions)),
        lambda task: replace(
            task,
            configurations=tuple(
                replace(one, search=replace(one.search, top_k=3)) for one in task.configurations
            ),
        ),
    ],
    ids=["version", "owner", "answers", "settings"],
)
def test_another_subject_is_computed_anew(task, searching, changed):
    memory = Memory()
    list(measured(task, Tools(searching), memory))
    assert not any(one.kept for one in measured(changed(task), Tools(searching), memory))


def test_names_and_origins_do_not_count(task, searching):
    memory = Memory()
    list(measured(task, Tools(searching), memory))
    renamed = tuple(replace(one, name=f"my {one.name}") for one in task.configurations)
    told = tuple(replace(one, origin="imported") for one in task.questions)
    other = replace(task, configurations=renamed, questions=told)
    assert all(one.kept for one in measured(other, Tools(searching), memory))


def test_a_fault_is_one_questions_own_and_is_not_kept(task, searching):
    broken = replace(task.questions[1], text="broken")
    task = replace(task, questions=(task.questions[0], broken, *task.questions[2:]))
    memory = Memory()
    found = list(measured(task, Tools(searching), memory))
    assert [one.score.failed for one in found if one.question == 1] == ["error", "error"]
    assert found[2].score.note == "The index is away." and len(memory) == 6


def test_answers_are_judged_by_who_judges_or_by_words(task, pieces):
    def answer(question, search, spec):
        found = found_of(pieces, ["c2"], bm25=["c2"])
        return Answered("Sentence number 7. Cats fly.", found, ("c2",))

    def support(text, passages, question):
        assert [one.id for one in passages] == ["c2"] and question.startswith("Question")
        return (0.9, 0.8)

    spec = AnswerSpec(support=0.85)
    task = replace(task, configurations=(Configuration("answered", SEARCHES["bm25"], spec),))
    by_words = next(measured(task, Tools(None, answer), Memory())).score
    judged = next(measured(task, Tools(None, answer, support), Memory())).score
    assert (by_words.figures["faithful"], judged.figures["faithful"]) == (0.5, 0.5)
    assert (
        by_words.figures["em"] == 0 and by_words.failed == "answer" and by_words.answer.startswith("Sentence")
    )
    keys = {
        key_of(task.subject, task.questions[0], Configuration("a", SEARCHES["bm25"], one))
        for one in (None, spec)
    }
    assert len(keys) == 2


@pytest.mark.parametrize("names", [(), ("a", "a"), tuple(map(str, range(13)))])
def test_what_is_refused(task, names):
    with pytest.raises(SpecError, match="1 to 12 configurations"):
        replace(task, configurations=tuple(Configuration(name, SearchSpec()) for name in names))
    with pytest.raises(SpecError, match="at least one question"):
        replace(task, questions=(), golds=())
