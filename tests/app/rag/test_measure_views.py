"""Tables of a measurement, files, and rows of the editor: what they say, and that nothing in them is HTML."""

import csv
import io
import json
from dataclasses import replace

import pytest

from app.rag import measure_told
from app.rag.measure_items_view import chosen, item_html, items_html, way
from app.rag.measure_presets import FIRST, NAMES, PRESENT, configuration, told
from app.rag.measure_presets import chosen as configurations_of
from app.rag.measure_rows import questions_of, rows_of
from app.rag.measure_run import Board
from app.rag.measure_view import differences_html, failures_html, progress_html, table_html
from pipelines.core.errors import SpecError
from pipelines.rag.measuring.failing import Failure, Rank
from pipelines.rag.measuring.locating import Documents
from pipelines.rag.measuring.questions import Gold, Question
from pipelines.rag.measuring.run import Configuration
from pipelines.rag.measuring.scores import Score, errored
from pipelines.rag.specs import AnswerSpec, SearchSpec

EVIL = "<script>alert('x')</script>"


def score(place, hit, failed="", **more):
    figures = {
        "hit": float(hit),
        "mrr": hit / 2,
        "ndcg": hit * 0.6,
        "precision": hit / 5,
        "recall": float(hit),
    }
    ranks = (Rank("bm25", 2 * hit, 50), Rank("dense", 0, 50), Rank("fusion", 11, 61), Rank("hits", hit, 5))
    return Score(str(place), figures, ranks, failed, seconds=0.01, **more)


@pytest.fixture
def board():
    gold = Gold(f"{EVIL}.md", 3, 9, EVIL[:6])
    questions = tuple(Question(f"{EVIL} {i}?", (f"=1+{i}", EVIL), (gold,), "cloze") for i in range(25))
    names = ("BM25", EVIL)
    good = {i: score(i, 1) for i in range(25)}
    bad = {i: score(i, 0, Failure.FUSION, answer=EVIL, cut=True) for i in range(24)} | {
        24: errored("24", EVIL)
    }
    configurations = tuple(Configuration(name, SearchSpec(top_k=5)) for name in names)
    return Board("Tales", questions, configurations, (good, bad), kept=7, state="done", seconds=1.5)


def every_view(board):
    places = chosen(board, "all")
    return [
        progress_html(board),
        table_html(board),
        differences_html(board, "BM25", "hit"),
        differences_html(board, EVIL, "mrr"),
        failures_html(board),
        items_html(board, places, 0, 3),
        items_html(board, places, 1, None),
        item_html(board, 0),
        item_html(board, 24),
    ]


def test_nothing_is_html(board):
    for view in every_view(board):
        assert "<script" not in view and "nan" not in view.lower().replace("finance", "")


def test_the_table(board):
    html = table_html(board)
    assert "25 questions, 2 configurations" in html and "<b>100.0</b> <small>87 to 100</small>" in html
    assert "hybrid, dense 0.3 · 5 passages" in html and "25 <small>of 25</small>" in html
    assert "waits" not in table_html(replace(board, state="running", scores=({}, {})))


def test_a_run_that_goes_on_shows_means_alone(board):
    assert "87 to 100" not in table_html(replace(board, state="running"))


def test_differences_and_stages(board):
    html = differences_html(board, "BM25", "hit")
    assert "−100.0" in html and "▼ worse" in html and "McNemar" in html and "0 <small>of 24</small>" in html
    assert "randomisation" in differences_html(board, "BM25", "mrr")
    stages = failures_html(board)
    assert "Lost in the fusion" in stages and "<td>24</td>" in stages and "<td>1</td>" in stages
    with pytest.raises(SpecError, match="baseline accepts one of BM25"):
        differences_html(board, "gone", "hit")


def test_filters_and_pages(board):
    assert (
        len(chosen(board, "failed")) == 25
        and chosen(board, "always") == []
        and len(chosen(board, "differ")) == 25
    )
    first, last = (items_html(board, chosen(board, "all"), page, None) for page in (0, 99))
    assert first.count("data-item=") == 20 and last.count("data-item=") == 5 and "Page 2 of 2" in last
    assert "aria-current" in items_html(board, [3], 0, 3)


def test_one_question_in_words(board):
    html = item_html(board, 0)
    assert "BM25: 2nd of 50. Dense: not among 50. Fusion: 11th of 61. Found: 1st of 5." in html
    assert "A retriever had it among the first" in html and "a cut goes through it" in html
    assert way([Rank("mmr", 21, 30), Rank("rerank", 112, 200)]) == "MMR: 21st of 30. Reranker: 112th of 200."


def test_csv_is_inert_and_whole(board):
    rows = list(csv.DictReader(io.StringIO(measure_told.csv_text(board))))
    assert len(rows) == 50 and rows[0]["wanted"].startswith("'=1+0") and rows[0]["hit"] == "1"
    assert rows[1]["failed at"] == "fusion" and rows[-1]["hit"] == ""


def test_json_is_strict_and_has_everything(board):
    found = json.loads(measure_told.json_text(board, EVIL))
    assert found["configurations"][0]["metrics"]["hit"]["mean"] == 1 and found["done"] == found["total"] == 50
    assert {one["baseline"] for one in found["differences"]} == {EVIL}
    last = found["questions"][24]["scores"][EVIL]
    assert (last["failed"], last["why"]) == ("error", EVIL)
    assert found["questions"][0]["gold"][0]["start"] == 3


def test_of_one_question_nothing_is_nan(board):
    small = replace(board, questions=board.questions[:1], scores=({0: board.scores[0][0]}, {}))
    json.loads(measure_told.json_text(small))
    assert all(
        "nan" not in view.lower() for view in (table_html(small), differences_html(small, "BM25", "mrr"))
    )


def test_presets_are_one_step_from_the_present_settings():
    present = SearchSpec(top_k=9, dense_weight=0.6, mmr=0.5, reranker="x", neighbours=2, heading="Tales")
    made = configurations_of(NAMES, present)
    assert [one.name for one in made] == list(NAMES)
    for one in made[:-1]:
        assert (one.search.top_k, one.search.dense_weight, one.search.heading) == (9, 0.6, "Tales")
        assert not one.search.reranker
    assert made[-1].search == present and [one.search.mode for one in made[:3]] == ["bm25", "dense", "hybrid"]
    assert told(present).endswith("9 passages · MMR 0.5 · reranked by x · 2 neighbours")
    with pytest.raises(SpecError, match="some of BM25"):
        configurations_of(["BM26"], present)
    with pytest.raises(SpecError):
        configuration("?", present, AnswerSpec())


def test_the_present_settings_that_are_a_preset_count_once():
    assert [one.name for one in configurations_of([*FIRST, PRESENT], SearchSpec())] == list(FIRST)


def test_rows_there_and_back():
    text = "A crab walked. It sat."
    documents = Documents(("a.md",), lambda _: text)
    two = (Gold("a.md", 0, 14, text[:14]), Gold("a.md", 15, 22, text[15:22]))
    before = (Question("Who?", ("crab", "a crab"), two, "rules"), Question("Why?"))
    rows = rows_of(before)
    assert questions_of(rows, before, documents).questions == before, "untouched, both places stay"
    rows[0][1] = "crab"
    rows += [["", "", "", ""], ["What sat?", "It", "a.md", "It sat."], ["Short"]]
    changed = questions_of(rows, before, documents).questions
    assert (
        changed[0] == Question("Who?", ("crab",), two[:1])
        and changed[2].gold == two[1:]
        and len(changed) == 4
    )
    with pytest.raises(SpecError, match="write, import or make"):
        questions_of([["", None, ""]], before, documents)
    with pytest.raises(SpecError, match="at most 2,000 rows"):
        questions_of("no table", before, documents)
