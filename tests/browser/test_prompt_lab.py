"""The Prompt lab tab on the real page: the example as it opens, items of one's own, a mistake, a run."""

import pytest
from playwright.sync_api import expect

from tests.support.prompt_lab_page import PromptLabPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ITEMS = "question,answer,topic\nWhat is 2 + 2? <b>x</b>,4,sums\nWhat is 3 + 3?,6,sums\n"


def test_look_at_the_example_then_ask_items_of_one_s_own(visitor):
    lab = PromptLabPage(visitor)
    expect(lab.sizes).to_have_count(3)
    expect(lab.items).to_contain_text("Arithmetic word problems")
    lab.page.get_by_label("Tokens", exact=True).click()
    expect(lab.looked.locator(".gw-token").first).to_be_visible()

    lab.paste(ITEMS)
    expect(lab.items).to_contain_text("What is 3 + 3?")
    expect(lab.items.locator("td b").filter(has_text="x")).to_have_count(0)
    lab.tick("Direct").fold("Prompt").fill("prompt-template", "{colour}: {question}").expect_said("{colour}")
    lab.fill("prompt-template", "{topic}: {question} {instruction}")
    expect(lab.error).to_have_count(0)
    lab.fold("Decoding").fill("decoding-max-new-tokens", 4)
    expect(lab.size_line).to_contain_text("2 answers")
    lab.page.get_by_label("Text", exact=True).click()
    expect(lab.looked).to_contain_text("sums: What is 2 + 2? <b>x</b>")

    lab.start()
    lab.workshop.expect_state("succeeded", seconds=400)
    expect(lab.page.locator("#found-table")).to_contain_text("Direct")
    assert visitor.errors == [] and visitor.foreign == []
