"""What a chat shows: citations with the right numbers, what nothing backs in words, and nobody's HTML."""

from dataclasses import replace
from html import unescape

import pytest
from bs4 import BeautifulSoup

from app.rag.chat_answer_view import answer_html, numbers_of, text_html
from app.rag.chat_details_view import prompt_html
from app.rag.chat_list_view import chats_html
from app.rag.chat_record import Record, data_of
from app.rag.chat_view import conversation_html, empty_html, failed_html, working_html
from pipelines.rag.answering.answers import PromptToken
from pipelines.rag.answering.moments import Moment
from pipelines.rag.chats import Chat, Message
from pipelines.rag.records import Collection
from pipelines.rag.requests import Passage
from pipelines.rag.specs import AnswerSpec, CollectionSpec, SearchSpec
from tests.support.rag_fakes import answer_of, found_of

HOSTILE = "<img src=x onerror=alert(1)>\"'&</p><script>alert(2)</script>"


def passages(text: str = "It shines by fusion.", name: str = "sun.md") -> tuple[Passage, ...]:
    return tuple(Passage(f"p{n}", "d", name, n, 0, len(text), text, "Sky", 2, 9) for n in range(3))


def record(moment: Moment | None = None, **answer) -> Record:
    return Record(moment or answer_of(passages()), SearchSpec(), AnswerSpec(**answer), "lessons")


def parsed(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def is_inert(html: str) -> bool:
    page = parsed(html)
    handlers = [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    return not page.find_all(["img", "script"]) and not handlers


def test_a_claim_has_the_number_of_its_passage_or_the_words_that_it_has_none():
    page = parsed(answer_html(record(), "c", 1))
    written = page.select_one(".gw-rag-columns section")
    assert written.select_one(".gw-rag-claim").text == "It shines by fusion."
    assert [one.text for one in written.select(".gw-rag-cite")] == ["2"]
    assert written.select_one(".gw-rag-unbacked").text == "It is made of cheese."
    assert "not found in the documents" in written.text


def test_a_lower_threshold_backs_more():
    page = parsed(answer_html(record(support=0.05), "c", 1))
    assert not page.select(".gw-rag-unbacked")
    assert [one.text for one in page.select(".gw-rag-columns section")[0].select(".gw-rag-cite")] == [
        "2",
        "1",
    ]


def test_passages_are_numbered_as_in_the_prompt():
    moment = replace(answer_of(passages()), used=("p2", "p0"))
    assert numbers_of(moment) == {2: 1, 0: 2, 1: 3}
    rows = parsed(answer_html(record(moment), "c", 1)).select(".gw-rag-sources li b")
    assert sorted(one.text for one in rows) == ["1", "2", "3"]


def test_text_keeps_every_character_whatever_the_claims_leave_out():
    moment = answer_of(passages())
    text = "Well: It shines by fusion.  It is made of cheese. So."
    claims = (replace(moment.claims[0], start=6, end=26), replace(moment.claims[1], start=28, end=50))
    page = parsed(text_html(text, claims, {0: 1, 1: 2}, 0.5, lambda _: "{}"))
    for added in page.select("button, small"):
        added.decompose()
    assert page.text.split() == text.split()


def test_the_extract_is_marked_within_its_sentence():
    page = parsed(answer_html(record(), "c", 1))
    extract = page.select(".gw-rag-columns section")[1]
    assert extract.mark.text == "fusion"
    assert extract.p.text.startswith("It shines by fusion of hydrogen.")
    assert "80 % sure" in extract.text


def test_sources_that_are_cited_come_first_and_the_others_folded():
    page = parsed(answer_html(record(), "c", 1))
    assert [one.text for one in page.select("article > ol.gw-rag-sources b")] == ["2"]
    assert page.select_one("details summary").text == "2 more passages found"
    assert "sun.md · page 2 · Sky" in page.select_one(".gw-rag-sources strong").text


def test_not_in_the_documents_says_how_probable_and_offers_to_answer_anyway():
    moment = Moment("done", "?", found=found_of(passages(), answerable=0.12), abstained=True, note="secret")
    page = parsed(answer_html(record(moment, abstain=0.4), "c", 3))
    card = page.select_one(".gw-rag-abstained")
    assert "Not in your documents" in card.text and "12%" in card.text and "40%" in card.text
    assert card.button["data-ask"] == "anyway" and card.button["data-at"] == "3"
    assert page.select_one("details").has_attr("open")


def test_where_nothing_was_found_there_is_nothing_to_answer_from():
    moment = Moment("done", "?", found=found_of(()), abstained=True, note="No passage was found.")
    card = parsed(answer_html(record(moment), "c", 3)).select_one(".gw-rag-abstained")
    assert "No passage was found." in card.text and card.button is None


def test_a_stopped_answer_says_so():
    moment = replace(answer_of(passages()), claims=(), extract=None)
    assert "Stopped before it was done." in answer_html(replace(record(moment), stopped=True), "c", 1)


def test_a_question_that_was_reworded_shows_how():
    moment = replace(answer_of(passages()), standalone="Why does the sun shine?", rewritten="rule")
    assert "Why does the sun shine?" in parsed(answer_html(record(moment), "c", 1)).text


def test_nothing_that_others_wrote_is_html():
    moment = answer_of(passages(HOSTILE, HOSTILE), HOSTILE)
    claim = replace(moment.claims[0], start=0, end=len(HOSTILE))
    moment = replace(
        moment, text=HOSTILE, claims=(claim,), note=HOSTILE, model=HOSTILE, standalone=HOSTILE,
        rewritten="rule", queries=(HOSTILE,), hypothetical=HOSTILE, prompt=HOSTILE, loading=HOSTILE,
        tokens=(PromptToken(1, HOSTILE, HOSTILE, True),),
        extract=replace(moment.extract, text="cripple", sentence=HOSTILE),
    )  # fmt: skip
    asked = Message(0, "user", HOSTILE, {}, 0.0)
    answered = Message(1, "assistant", HOSTILE, data_of(record(moment)), 0.0)
    shared = Collection("c", "o", CollectionSpec(name="<img src=x>"), True, 1, 0.0, 0.0, 1, 1)
    chat = Chat("c1", "c", HOSTILE, 0.0, 0.0)
    drawn = [
        conversation_html([asked, answered], "c1"),
        working_html(moment),
        prompt_html(moment),
        failed_html(HOSTILE, 1),
        empty_html(shared, (HOSTILE,)),
        chats_html([chat], "c1", {"c": HOSTILE}),
    ]
    for html in drawn:
        assert is_inert(html)
    assert HOSTILE in unescape(drawn[0]) and parsed(drawn[5]).select_one("input")["value"] == HOSTILE


@pytest.mark.parametrize("answering", [True, False])
def test_a_question_without_an_answer_can_be_asked_again(answering):
    messages = [Message(0, "user", "a", {}, 0.0), Message(1, "user", "b", {}, 0.0)]
    page = parsed(conversation_html(messages, "c", answering))
    again = page.select('[data-ask="regenerate"]')
    assert [one["data-at"] for one in again] == ([] if answering else ["2"])
    assert page.text.count("was not answered") == (1 if answering else 2)


@pytest.mark.parametrize(
    ("state", "step"), [("rewriting", 0), ("searching", 0), ("writing", 2), ("checking", 3)]
)
def test_the_step_that_goes_on_is_told_in_words(state, step):
    page = parsed(working_html(replace(answer_of(passages()), state=state)))
    steps = [one["data-step"] for one in page.select("li")]
    assert steps == ["past"] * step + ["now"] + ["next"] * (3 - step)
    assert page.select_one('[role="status"]').text.endswith("…")


def test_the_prompt_is_shown_whole_with_its_special_tokens_outlined():
    moment = replace(answer_of(passages()), left_out=("p2",), cut="p1")
    page = parsed(prompt_html(moment))
    assert page.pre.text == moment.prompt
    assert [one.text for one in page.select(".gw-special")] == ["<|user|>"]
    assert "1 of the passages did not fit" in page.text and "cut to fit" in page.text


def test_before_the_first_question_there_are_some_to_press():
    lessons = Collection("lessons", "", CollectionSpec(name="Lessons"), False, 1, 0.0, 0.0, 2, 9)
    page = parsed(empty_html(lessons, ("One?", "Two?")))
    assert [one["data-text"] for one in page.select("[data-ask=example]")] == ["One?", "Two?"]
    assert "being read" in empty_html(replace(lessons, chunks=0), ("One?",))
    assert "nothing in" in empty_html(replace(lessons, owner="me", chunks=0), ())
