"""The Start tab in a real browser: a story stands there at once, goes on differently by another word, is
written anew; what is beside it leads on.
"""

from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.start_page import StartPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]


@pytest.fixture
def start(visitor) -> StartPage:
    return StartPage(visitor)


def test_a_stranger_s_first_minute(start):
    """One visit: the kept story, a word of one's own, back again, anew, then into another tab."""
    kept, at = start.tokens, start.at
    assert len(kept) > 20 and "Written earlier" in start.status.inner_text()
    assert start.words.filter(has_text="✓").count() == 1

    start.choose(0)
    assert start.tokens[:at] == kept[:at] and start.tokens[at:] != kept[at:] and start.at == at
    chosen = start.page.locator(".gw-story .gw-mine")
    expect(chosen).to_have_count(1)
    expect(start.words.filter(has_text="✓")).to_contain_text(chosen.inner_text().strip())
    assert "Written by house/story-base" in start.status.inner_text()

    start.take_back()
    assert start.tokens == kept and start.mark == "kept"

    hostile = "Tom said <img src=x onerror='window.hit = 1'> and"
    start.anew(hostile)
    assert start.page.locator(".gw-story .gw-prompt").inner_text() == hostile
    assert start.tokens != kept and start.page.evaluate("() => window.hit") is None

    start.look(3)
    start.page.keyboard.press("ArrowRight")
    start.page.keyboard.press("Enter")
    assert start.at == 4
    closer = start.page.get_by_role("link", name="Look closer in Decoding").get_attribute("href")
    assert dict(parse_qsl(urlsplit(closer).query))["prompt"] == hostile
    assert start.workshop.errors == [] and start.workshop.foreign == []


def test_another_word_while_a_story_is_being_written_is_heard(start):
    """The last one that was asked for is the one that stands there."""
    start.anew()
    start.page.get_by_label("A story that begins").fill("The dog")
    begin, before = start.page.get_by_role("button", name="Write it anew"), start.mark
    for _ in range(3):
        begin.click()
    last = start.mark
    expect(start.story("done", last)).to_be_visible()
    assert last != before and start.page.locator(".gw-story .gw-prompt").inner_text() == "The dog"
    assert start.workshop.errors == []


def test_it_leads_on(start):
    """A card with an example opens its tab with that; a step without one only chooses its tab."""
    page = start.page
    page.get_by_role("link", name="Learn").click()
    expect(page.locator("#pretrain-start")).to_be_visible()
    assert "tab=" not in page.url  # nothing was loaded again
    page.get_by_role("tab", name="Start").click()
    assert len(start.tokens) > 20
    page.get_by_role("link", name="Read from both sides").click()
    expect(page.locator("#fill-mask-input textarea")).to_have_value("The little <|mask|> barked at the cat.")
    assert start.workshop.errors == [] and start.workshop.foreign == []
