"""The page over a slow and uneven line, on which what was asked first is often told last: no answer undoes
what the visitor has done since.
"""

import pytest
from playwright.sync_api import expect

from tests.support.app_process import AppProcess
from tests.support.attention_page import AttentionPage
from tests.support.page import Workshop
from tests.support.preferences_page import PreferencesPage
from tests.support.rag_page import RagPage
from tests.support.tokenizer_page import TokenizerPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXT = "Once upon a time, there was a little girl named Lily."


class LateApp(AppProcess):
    command = ("-m", "tests.support.late_app")


@pytest.fixture(scope="module")
def running_app(tmp_path_factory):
    with LateApp(tmp_path_factory.mktemp("app") / "home", LATE="0.3,1.2") as app:
        yield app


def test_of_parts_that_are_pressed_in_a_hurry_the_last_is_drawn(visitor: Workshop):
    tab = AttentionPage(visitor)
    tab.look(TEXT)
    for name in ("Intervene", "Embeddings", "Heads", "Summary"):
        tab.part(name)
    expect(tab.page.locator("#attention-part-summary")).to_contain_text("Perplexity")
    tab.part("Heads")
    tab.look("The dog is big.")
    expect(tab.heads).to_contain_text("5 tokens")
    tab.part("Summary")
    expect(tab.page.locator("#attention-part-summary")).to_contain_text("big")
    assert visitor.errors == []


def test_a_token_that_is_asked_for_at_once_stays_on_its_card(visitor: Workshop):
    tab = TokenizerPage(visitor)
    tab.tool("Vocabulary")
    tab.page.locator("#vocabulary-id").locator("input, textarea").first.fill("300")
    expect(tab.page.locator("#vocabulary-table")).to_contain_text(
        "of"
    )  # the table's answer, whenever it comes
    card = tab.page.locator("#vocabulary-card .gw-card")
    expect(card).to_have_attribute("aria-label", "Token 300")
    tab.page.wait_for_timeout(2000)
    expect(card).to_have_attribute("aria-label", "Token 300")
    tab.page.locator("#vocabulary-table tr[data-id]").nth(1).click()
    tab.page.locator("#vocabulary-table tr[data-id]").nth(3).click()
    expect(card).to_have_attribute("aria-label", "Token 3")
    assert visitor.errors == []


def test_a_detail_is_drawn_of_the_text_that_stands_there(visitor: Workshop):
    tab = TokenizerPage(visitor)
    tab.paste("The fox runs.")
    for name in ("Tokens", "Stages", "Round trip"):
        tab.detail(name)
    tab.paste("Lily has a cat.")
    tab.expect_words("Lily has a cat.")
    expect(tab.page.locator("#tokenizer-trip")).to_contain_text("All 15 characters")
    assert visitor.errors == []


def test_a_question_that_is_asked_at_once_begins_a_chat(visitor: Workshop):
    rag = RagPage(visitor)
    rag.begin("What is byte pair encoding?").answered(1)
    assert rag.questions.count() == 1
    expect(rag.page.locator("#rag-blank")).to_be_hidden()
    assert visitor.errors == []


def test_a_page_comes_to_rest_after_choices_in_a_hurry(visitor: Workshop):
    """In Gradio's page the handlers of a change that wait for each other send each other on for ever."""
    names = []
    for title in ("Foxes", "Ships"):
        made = PreferencesPage(visitor).make(title, "Tell me about a fox.")
        names.append(made.standing("waiting").locator("h3").first.inner_text())
    for name in (names[0], names[1], names[0]):
        made.page.locator("#pref-round input").click()
        made.page.get_by_role("option", name=name).click()
    expect(made.standing("waiting").locator("h3").first).to_have_text(names[0])
    made.page.wait_for_timeout(8000)
    asked: list[str] = []
    made.page.on("request", lambda request: asked.append(request.url))
    made.page.wait_for_timeout(3000)
    assert [one for one in asked if "run/predict" in one or "queue/join" in one] == []
    expect(made.page.locator("#pref-round input")).to_have_value(names[0])
    assert visitor.errors == []
