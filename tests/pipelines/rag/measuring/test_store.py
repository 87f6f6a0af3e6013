"""Sets and scores as rows: each visitor's own, nothing lost on the way, the oldest forgotten first."""

import pytest

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.rag.measuring import store
from pipelines.rag.measuring.failing import Rank
from pipelines.rag.measuring.questions import Gold, Question
from pipelines.rag.measuring.scores import Score
from pipelines.rag.measuring.store import KeptScores, QuestionSets
from pipelines.rag.tables import SCORES

QUESTIONS = (
    Question("Wer? 你好 “x”", ("a", "b"), (Gold("ä.md", 1, 3, "hi"), Gold("b.md"))),
    Question("Why?"),
)


@pytest.fixture
def database(settings):
    return Database(settings.url)


@pytest.fixture
def sets(database):
    return QuestionSets(database)


def test_a_set_comes_back_as_it_was(sets):
    made = sets.add("eve", "col", "  My\n set ", QUESTIONS)
    assert sets.get("eve", "col", made.id) == made and made.title == "My set" and made.questions == QUESTIONS
    sets.replace("eve", "col", made.id, "Other", QUESTIONS[:1])
    (listed,) = sets.list("eve", "col")
    assert (listed.title, listed.count) == ("Other", 1)
    sets.delete("eve", "col", made.id)
    assert sets.list("eve", "col") == []


def test_nobody_elses_and_of_no_other_collection(sets):
    made = sets.add("eve", "col", "Mine", QUESTIONS)
    for owner, collection, which in (
        ("mallory", "col", made.id),
        ("eve", "other", made.id),
        ("eve", "col", "../x"),
        ("eve", "col", 7),
    ):
        for call in (
            lambda: sets.get(owner, collection, which),  # noqa: B023
            lambda: sets.delete(owner, collection, which),  # noqa: B023
            lambda: sets.replace(owner, collection, which, "Taken", QUESTIONS),  # noqa: B023
        ):
            with pytest.raises(NotFoundError, match="no such question set among yours"):
                call()
        assert sets.list("mallory", "col") == []
    assert sets.get("eve", "col", made.id).title == "Mine"


def test_what_is_refused(sets, monkeypatch):
    for title in ("", "  ", "x" * 121, None, "\ud800"):
        with pytest.raises(SpecError, match="title"):
            sets.add("eve", "col", title, QUESTIONS)
    for questions in ((), QUESTIONS * 1001):
        with pytest.raises(SpecError, match="1 to 2,000 questions"):
            sets.add("eve", "col", "x", questions)
    monkeypatch.setattr(store, "MOST_SETS", 1)
    sets.add("eve", "col", "x", QUESTIONS)
    with pytest.raises(ConflictError, match="delete one"):
        sets.add("eve", "col", "y", QUESTIONS)
    sets.add("eve", "other", "y", QUESTIONS)


SCORE = Score("q", {"hit": 1.0, "em": None}, (Rank("bm25", 2, 50),), "answer", True, "Ünsinn", False, 0.25)


def test_scores_of_one_collection(database):
    mine, other = KeptScores(database, "col"), KeptScores(database, "other")
    mine.keep("k1", SCORE)
    mine.keep("k1", SCORE)  # asked on two pages at once
    assert mine.known(["k1", "k2"]) == {"k1": SCORE} and other.known(["k1"]) == {}
    assert mine.known([]) == {}


def test_another_form_does_not_count(database):
    with database.write() as connection:
        for key, told in (("a", "{}"), ("b", "nonsense"), ("c", '{"ranks": [], "odd": 1}')):
            connection.execute(SCORES.insert().values(key=key, collection="col", scores=told, created=1.0))
    assert KeptScores(database, "col").known(["a", "b", "c"]) == {}


def test_the_oldest_are_forgotten(database, monkeypatch):
    kept = KeptScores(database, "col")
    for i in range(6):
        monkeypatch.setattr(store.time, "time", lambda i=i: float(i))
        kept.keep(f"k{i}", SCORE)
    KeptScores(database, "other").keep("x", SCORE)
    monkeypatch.setattr(store, "_MOST_SCORES", 4)
    kept.make_room()
    assert sorted(kept.known([f"k{i}" for i in range(6)])) == ["k2", "k3", "k4", "k5"]
    assert KeptScores(database, "other").known(["x"])
