"""How an answer comes about, with made-up workers: its states, its end, its faults, its memory."""

from dataclasses import replace
from itertools import count, pairwise

import pytest

from pipelines.core.errors import SpecError
from pipelines.rag.answering.asking import Asked, Writer, answering
from pipelines.rag.answering.requests import HYPOTHETICAL, NUMBERED, QUERIES, REWRITE, SHORT, Turn
from pipelines.rag.specs import AnswerSpec, SearchSpec
from pipelines.runtime.messages import Loading
from tests.support.rag_answers import TEXTS, Doing

ABLE = Writer("house/able", "folder", 1000)
STORY = Writer("house/story", "folder", 1000, short=True, capable=False)
PLAIN = Writer("house/plain", "folder", 1000, chat=False, capable=False)
QUESTION = "Where did she hide it?"
BEFORE = (
    Turn("user", "What did Reynard the fox find?"),
    Turn("assistant", "A golden ball.", ("Then Reynard found a ball. At last Reynard slept.",)),
)


def moments(doing, writer=ABLE, question=QUESTION, turns=(), search=None, **answer):
    asked = Asked(question, search or SearchSpec(), AnswerSpec(**answer), tuple(turns))
    return list(answering(asked, doing.means, writer, count().__next__))


def states(found):
    told = []
    for moment in found:
        if not told or told[-1] != moment.state:
            told.append(moment.state)
    return told


def test_the_states_come_in_their_order():
    doing = Doing()
    found = moments(doing)
    assert states(found) == ["rewriting", "searching", "reading", "writing", "checking", "done"]
    last = found[-1]
    assert last.text == "She hid it." and last.model == "house/able" and not last.abstained
    assert last.used == ("p0", "p1", "p2") and last.prompt == NUMBERED and len(last.tokens) == 1
    assert last.extract.text == "The" and last.extract.sentence == "The fox found a golden ball."
    assert [claim.support for claim in last.claims + last.extract_claims] == [0.75, 0.75]
    assert [one.text for one in last.passages] == list(TEXTS)


def test_the_text_only_grows_and_its_first_word_is_timed():
    found = moments(Doing(["  ", "She", " hid", " it. "]))
    texts = [moment.text for moment in found if moment.state == "writing"]
    assert all(after.startswith(before) for before, after in pairwise(texts))
    seconds = found[-1].seconds
    assert 0 < seconds["first"] < seconds["all"]
    assert set(seconds) == {"rewriting", "searching", "reading", "writing", "checking", "first", "all"}
    stages = sum(seconds[name] for name in ("rewriting", "searching", "reading", "writing", "checking"))
    assert stages <= seconds["all"]


def test_nobody_waits_for_the_extract_to_read_the_first_word():
    doing = Doing()
    for moment in answering(Asked(QUESTION, SearchSpec(), AnswerSpec()), doing.means, ABLE):
        if moment.text:
            break
    assert moment.text == "She hid" and doing.written == 1 and not doing.extracts
    silent = moments(Doing(["", " "]))[-1]
    assert silent.extract is not None and not silent.text


def test_whoever_closes_it_ends_the_work():
    doing = Doing(["one ", "two ", "three "])
    steps = answering(Asked(QUESTION, SearchSpec(), AnswerSpec()), doing.means, ABLE)
    while next(steps).text != "one ":
        pass
    steps.close()
    assert doing.closed == 1 and doing.written == 1 and not doing.checked


def test_a_rewriting_can_be_ended_too():
    doing = Doing(helped={REWRITE: ["Where ", "did ", "the fox hide it?"]})
    steps = answering(Asked(QUESTION, SearchSpec(), AnswerSpec(), BEFORE), doing.means, ABLE)
    next(steps), next(steps)
    steps.close()
    assert doing.closed == 1 and doing.written == 1 and not doing.searched


@pytest.mark.parametrize("fault", ["search", "extract", "prompt", "generate", "support"])
def test_a_fault_is_a_last_moment_that_says_so(fault):
    found = moments(Doing(faults={fault: "The worker is gone."}))
    assert found[-1].state == "failed" and found[-1].note == "The worker is gone."
    assert "all" in found[-1].seconds and [one.state for one in found].count("failed") == 1


def test_what_was_written_before_a_fault_stays():
    doing = Doing(["one ", "two "], faults={"generate": "The worker is gone.", "after": 1})
    last = moments(doing)[-1]
    assert last.state == "failed" and last.text == "one " and last.found is not None and doing.closed == 1


def test_it_abstains_below_the_threshold_and_says_how_probable_an_answer_is():
    doing = Doing(answerable=0.12)
    last = moments(doing, abstain=0.5)[-1]
    assert last.state == "done" and last.abstained and not last.text and last.extract is None
    assert "12%" in last.note and "50%" in last.note and "tales.txt" in last.note
    assert not doing.prompts and not doing.extracts and not doing.checked
    assert moments(Doing(answerable=0.12), abstain=0.12)[-1].text == "She hid it."


def test_it_abstains_where_nothing_is_found():
    last = moments(Doing(texts=()), abstain=0.0)[-1]
    assert last.abstained and "No passage" in last.note


def test_without_a_model_the_words_of_the_documents_answer():
    doing = Doing()
    last = moments(doing, None, answerer="generate")[-1]
    assert last.extract.text == "The" and not last.text and not doing.prompts and not last.model
    assert last.extract_claims and not last.claims


@pytest.mark.parametrize(
    ("answerer", "writes", "extracts"), [("generate", 1, 0), ("extract", 0, 3), ("both", 1, 3)]
)
def test_who_answers_is_a_choice(answerer, writes, extracts):
    doing = Doing()
    moments(doing, answerer=answerer)
    assert (len(doing.prompts), len(doing.extracts)) == (writes, extracts)
    assert len(doing.checked) == bool(writes) + bool(extracts)


def test_the_settings_reach_the_model_and_the_context_bounds_them():
    doing = Doing()
    moments(doing, max_new_tokens=400, temperature=0.5, seed=3, system_prompt="Be kind.")
    assert doing.prompts[0].max_new_tokens == 400 and doing.prompts[0].system == "Be kind."
    assert doing.specs[0] == replace(
        AnswerSpec(), max_new_tokens=50, temperature=0.5, seed=3, system_prompt="Be kind."
    )


def test_a_capable_model_rewrites_what_leans_on_the_turn_before():
    doing = Doing(helped={REWRITE: ['"Where did Reynard', ' hide the ball?"\n']})
    last = moments(doing, turns=BEFORE, temperature=0.9)[-1]
    assert last.standalone == "Where did Reynard hide the ball?" and last.rewritten == "model"
    assert doing.searched == [("Where did Reynard hide the ball?", (), "")]
    assert doing.specs[0].temperature == 0  # help is not drawn
    assert doing.prompts[1].question == last.standalone and doing.prompts[1].turns == BEFORE
    assert doing.checked[0][2] == last.standalone


def test_another_model_has_the_words_of_the_turn_before_searched_and_its_own_question_asked():
    doing = Doing()
    last = moments(doing, STORY, turns=BEFORE)[-1]
    assert last.rewritten == "rule" and last.standalone == "Where did she hide it? Reynard fox find"
    (request,) = doing.prompts
    assert request.form == SHORT and request.question == QUESTION and request.about == last.standalone


def test_a_model_that_rewrites_nothing_leaves_the_question_as_it_is():
    last = moments(Doing(helped={REWRITE: ["\n"]}), turns=BEFORE)[-1]
    assert last.standalone == QUESTION and not last.rewritten


def test_memory_is_bounded_and_can_be_off():
    long = BEFORE * 4
    doing = Doing(helped={REWRITE: ["Where?"]})
    moments(doing, turns=long, memory=2)
    assert doing.prompts[0].turns == doing.prompts[1].turns == long[-4:]
    forgetful = Doing()
    assert moments(forgetful, turns=long, memory=0)[-1].standalone == QUESTION
    assert forgetful.prompts[0].turns == () and len(forgetful.prompts) == 1
    moments(unasked := Doing(), turns=BEFORE, rewrite=False)
    assert [one.form for one in unasked.prompts] == [NUMBERED]


def test_other_wordings_and_an_invented_answer_are_searched_too():
    helped = {
        QUERIES: ["1. Where is it?\n2. Its hiding place?\n3. x"],
        HYPOTHETICAL: ["Passage: Under\nan oak."],
    }
    doing = Doing(helped=helped)
    last = moments(doing, search=SearchSpec(queries=2, hyde=True))[-1]
    assert last.queries == ("Where is it?", "Its hiding place?") and last.hypothetical == "Under an oak."
    assert doing.searched == [(QUESTION, last.queries, last.hypothetical)]


def test_a_model_that_cannot_help_is_not_asked_to():
    doing = Doing()
    last = moments(doing, STORY, search=SearchSpec(queries=2))[-1]
    assert "house/story cannot" in last.note and doing.searched == [(QUESTION, (), "")]


def test_a_model_without_a_template_ends_where_it_goes_on_with_something_else():
    doing = Doing(["\nUnder the oak", ".\nQues", "tion: Who", " else?"])
    assert moments(doing, PLAIN)[-1].text == "Under the oak."
    assert doing.closed == 1 and doing.written == 3


def test_thoughts_are_not_the_answer():
    doing = Doing(["<think>", "Hm.", "</think>\n\n", "The oak."])
    found = moments(doing)
    assert found[-1].text == "The oak." and not any("Hm" in moment.text for moment in found)


def test_a_model_that_is_read_first_is_named():
    found = moments(Doing([Loading("house/able"), "Yes."]))
    assert {moment.loading for moment in found} == {"", "house/able"}
    assert found[-1].loading == "" and found[-1].text == "Yes."


@pytest.mark.parametrize("question", ["  \n", "x" * 4001, 5, None, "half a pair \ud800"])
def test_a_question_is_text_with_words(question):
    doing = Doing()
    with pytest.raises(SpecError, match="question accepts"):
        moments(doing, question=question)
    assert not doing.searched


def test_what_was_said_before_is_text_too():
    with pytest.raises(SpecError, match="valid Unicode"):
        moments(Doing(), turns=[Turn("user", "half a pair \ud800")])
