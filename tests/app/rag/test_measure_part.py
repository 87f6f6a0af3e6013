"""The measuring part over a small collection with the real retrieval: its callbacks as browsers call."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.rag.measure_part import MeasurePart
from app.rag.measure_run import Board, Measuring
from app.rag.measure_writing import RULES
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.rag.answering.moments import Extract, Moment
from pipelines.rag.answers import Claim
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.support.rag_measuring import TALES, measuring_services

asked_by = lambda name="eve": SimpleNamespace(headers={"x-glassworks-visitor": name})  # noqa: E731
ROW = ["When did Otto reach the harbour?", "the harbour", "crab.txt", "Otto went to the harbour."]


@pytest.fixture
def services(settings):
    return measuring_services(settings)


class Settings:
    inputs: tuple = ()

    def search(self, given):
        return SearchSpec(top_k=2, candidates=6)

    def answer(self, given):
        return AnswerSpec(max_new_tokens=9)


@pytest.fixture
def part(services):
    with gr.Blocks() as page:
        collection = gr.Textbox("tales", visible="hidden")
        made = MeasurePart(services, Settings())
        made.wire(collection)
    made.page, made.box = page, collection
    return made


def measure(part, rows, names=("BM25", "Dense"), answers="", name="eve", known=(), collection="tales"):
    table = part.questions
    given = {
        part.box: collection,
        table.table: rows,
        table.known: known,
        part.names: list(names),
        part.answers: answers,
    }
    return list(part._measured(given, asked_by(name)))


def test_questions_are_made_measured_and_shown(part):
    questions = part.questions
    (made,) = questions._make("tales", 5, 0, RULES, asked_by())
    rows, known = made[questions.table], made[questions.known]
    assert len(rows) == len(known) == 5 and "5 questions" in made[questions.status]
    *_, last = measure(part, rows, known=known)
    board = last[part.board]
    assert isinstance(board, Board) and board.done == 10 and board.state == "done"
    assert "Measured" in last[part.status] and "5 questions, 2 configurations" in last[part.rows]
    gaps, failures = part._against(board, "gone", "gone")
    assert "Against BM25" in gaps and (
        "Where questions failed" in failures or "No question has failed" in failures
    )
    items, trace = part._listed(board, "all", "", "2")
    assert items.count("data-item") == 5 and known[2].text.split("“")[0] in trace
    again = measure(part, rows, known=known)[-1]
    assert "10 known from before" in again[part.status]


def test_questions_by_hand_find_their_passage(part, services):
    *_, last = measure(part, [ROW, ["", "", "", ""]], names=["BM25"])
    (scores,) = last[part.board].scores
    assert scores[0].figures["hit"] == 1 and scores[0].figures["mrr"] == 1
    assert services.rag.searched[-1][1].top_k == 2, "as the present settings say"


@pytest.mark.parametrize(
    ("rows", "names", "answers", "words"),
    [
        ([["", "", "", ""]], ["BM25"], "", "at least one question"),
        ([ROW], [], "", "1 to 12 configurations"),
        ([ROW], ["BM26"], "", "some of BM25"),
        ([ROW], ["BM25"], "both", "Written answers"),
        ("rows", ["BM25"], "", "a table of at most"),
    ],
)
def test_what_is_refused_is_said(part, rows, names, answers, words):
    (told,) = measure(part, rows, names, answers)
    assert words in told[part.status] and 'data-state="failed"' in told[part.status]


def test_somebody_elses_collection_is_none(part):
    (told,) = measure(part, [ROW], name="mallory")
    assert "no such collection among yours" in told[part.status]
    (made,) = part.questions._make("tales", 3, 0, RULES, asked_by("mallory"))
    assert "no such collection" in made[part.questions.status] and part.questions.table not in made


def test_sets_are_kept_opened_and_deleted(part):
    sets, questions = part.sets, part.questions
    kept = sets._keep("tales", [ROW], (), "", "Tales", asked_by())
    id_ = kept[sets.chosen].value
    assert "1 question kept" in kept[questions.status] and id_
    opened = sets._open("tales", id_, asked_by())
    assert opened[questions.table] == [ROW] and opened[sets.title] == "Tales"
    assert "no such question set" in sets._open("tales", id_, asked_by("owner"))[questions.status]
    moved = sets._moved("tales", id_, "Tales", asked_by())
    assert moved[sets.title] == "" and moved[sets.chosen].value == ""
    assert sets._moved("tales", "", "typed meanwhile", asked_by())[sets.title] == gr.skip()
    assert [label for label, _ in moved[sets.chosen].choices] == ["A new set", "Tales · 1"]
    sets._delete("tales", id_, asked_by())
    assert len(sets._moved("tales", "", "", asked_by())[sets.chosen].choices) == 1


def test_import_and_export(part, tmp_path):
    sets, questions = part.sets, part.questions
    file = tmp_path / "mine.csv"
    file.write_text("question,answer,document,passage\nWho?,Otto,crab,named Otto\nWhat?,x,gone.txt,y\n")
    told = sets._import("tales", str(file), asked_by())
    assert [row[2] for row in told[questions.table]] == ["crab.txt", ""] and "Row 2" in told[questions.status]
    lines = sets._export("tales", told[questions.table], told[questions.known], asked_by())
    assert lines.count("\n") == 2 and '"start": 13' in lines
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in sets._import("tales", str(file), asked_by())[questions.status]
    file.write_text("question\nWho?\n")
    assert "no such collection" in sets._import("tales", str(file), asked_by("mallory"))[questions.status]


def test_another_collection_leaves_nothing_standing(part):
    stopped = []
    run = SimpleNamespace(stop=lambda: stopped.append(1))
    for before in ("", "c2"):
        assert part._moved("c2", before, run) == {part.at: "c2"}, "the first one, told late, ends nothing"
        assert part.questions._moved("c2", before) == {part.questions.at: "c2"}
    assert not stopped and part.questions._moved("c2", "c1")[part.questions.known] == ()
    gone = part._moved("c2", "c1", run)
    assert stopped and gone[part.board] is None and part._against(None, "", "") == ("", "")
    assert "Choose a question" in part._listed(None, "all", "", "0")[1]


def test_a_question_that_was_written_by_hand_in_two_ways_is_asked_once(part):
    *_, last = measure(part, [ROW, ROW], names=["BM25"])
    assert len(last[part.board].questions) == 1


def answered(services, moments):
    """``asked`` of the app as a script."""

    def asked(services_, visitor, collection, question, search, answer):
        assert (answer.rewrite, answer.memory, visitor.id, collection) == (False, 0, "eve", "tales")
        found = services.rag.search(collection, question, search, visitor.id)
        yield from moments(found, question, answer)

    return asked


def test_answers_are_judged(part, services, monkeypatch):
    def moments(found, question, answer):
        extract = Extract("the harbour", "Otto went to the harbour.", found.hits[0], 13, 24, 0.9)
        claims = (Claim(0, 9, 0.9, 0, 0, 9), Claim(9, 12, 0.1, 0, 0, 9))
        yield Moment("searching", question, found=found)
        yield Moment(
            "done",
            question,
            found=found,
            text="He went to the harbour.",
            used=found.hits[:1],
            extract=extract,
            claims=claims,
            extract_claims=claims[:1],
        )

    monkeypatch.setattr("app.rag.measure_run.asked", answered(services, moments))
    for answerer, em, faithful in (("generate", 0, 0.5), ("extract", 1, 1)):
        *_, last = measure(part, [ROW], names=["BM25"], answers=answerer)
        board = last[part.board]
        assert board.configurations[0].answer == AnswerSpec(answerer=answerer, max_new_tokens=9)
        figures = board.scores[0][0].figures
        assert (figures["em"], figures["faithful"], figures["hit"]) == (em, faithful, 1)


def test_an_answer_that_fails_is_that_questions_fault(part, services, monkeypatch):
    def moments(found, question, answer):
        yield Moment("failed", question, found=found, note="The model is away.")

    monkeypatch.setattr("app.rag.measure_run.asked", answered(services, moments))
    *_, last = measure(part, [ROW], names=["BM25"], answers="generate")
    assert last[part.board].scores[0][0].note == "The model is away."


def test_other_wordings_are_searched_as_the_chat_does(services, monkeypatch):
    def moments(found, question, answer):
        yield Moment("rewriting", question)
        yield Moment("reading", question, found=found)
        raise AssertionError("nothing more is needed")

    monkeypatch.setattr("app.rag.measure_run.asked", answered(services, moments))
    measuring = Measuring(services, services.identity.visitor(asked_by()), "tales")
    found = measuring._search("Otto?", SearchSpec(queries=2, mode="bm25"))
    assert found.query == "Otto?" and services.rag.searched[-1][1].queries == 2


def test_a_search_that_never_came_is_one_questions_fault(services, monkeypatch):
    monkeypatch.setattr("app.rag.measure_run.asked", answered(services, lambda *_: iter(())))
    measuring = Measuring(services, services.identity.visitor(asked_by()), "tales")
    with pytest.raises(ConflictError, match="was not searched"):
        measuring._search("Otto?", SearchSpec(hyde=True))


def test_sources_are_the_chunks(services):
    measuring = Measuring(services, services.identity.visitor(asked_by()), "tales")
    assert [one.text for one in measuring.sources()] == [text for chunks in TALES.values() for text in chunks]
    with pytest.raises(NotFoundError):
        Measuring(services, services.identity.visitor(asked_by("mallory")), "tales")
