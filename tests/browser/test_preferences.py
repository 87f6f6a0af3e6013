"""The Preferences tab on the real page: a round, votes by the keyboard, a reload in the middle, somebody who
comes by the link, a vote that the server did not hear, hostile text, files.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.intercept import intercept
from tests.support.preferences_page import PreferencesPage
from tests.support.rag_page import visitor_elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = "Tell me of <img src=x onerror='window.hit = 1'> ${window.hit = 2} {{value}}"
COMPONENTS = re.compile("component_server")  # where the page's script asks
PROMPTS = [f"Tell me a story about a {one}." for one in ("fox", "ship", "frog", "king", "kite", "tree")]


@pytest.fixture
def mine(visitor):
    """A new round of the owner's."""
    return PreferencesPage(visitor).make("Foxes", *PROMPTS)


def votes_of(page):
    """The votes of the open round, from the file with everything."""
    page.results()
    with page.page.expect_download() as waited:
        page.page.get_by_role("button", name="Download", exact=True).click()
    rows = Path(waited.value.path()).read_text().splitlines()
    page.view("Collect")
    return [json.loads(row) for row in rows]


def test_pairs_are_judged_by_the_keyboard_alone(mine):
    mine.next()
    better = mine.text("left")
    mine.press("3", "ArrowLeft").kept("left")
    expect(mine.card("left")).to_have_css("border-color", "rgb(15, 113, 106)")
    for key, choice in (
        ("ArrowRight", "right"),
        ("ArrowDown", "tie"),
        ("ArrowUp", "both_bad"),
        ("s", "skip"),
    ):
        mine.next()
        mine.press(key).kept(choice)
    expect(mine.board()).to_contain_text("5 by you")
    report = mine.results()
    expect(report).to_contain_text("4 of 5")
    chosen = mine.page.locator("#pref-pairs td[data-mark=chosen]")
    expect(chosen).to_have_count(2)
    expect(mine.page.locator("#pref-pairs")).to_contain_text(better[:60])
    assert mine.workshop.errors == [] and mine.workshop.foreign == []


def test_several_are_put_in_an_order_by_keys_and_buttons(mine):
    form = mine.board("waiting").locator("form[data-does=several]")
    form.locator("select").select_option("3")
    form.get_by_role("button").click()
    board = mine.standing("ranking")
    best = mine.text("2")
    mine.press("2", "1", "Backspace")  # with the last but one the last is placed as well: both come back
    expect(board.locator("[data-place]")).to_have_count(1)
    mine.again()  # the answers wait; the order was on the page alone
    board = mine.standing("ranking")
    assert mine.text("2") == best
    mine.press("Enter")
    expect(mine.board("ranking", "[data-kept]")).to_have_count(0)
    mine.press("2")
    mine.card("3").get_by_role("button", name="Next best").click()
    expect(mine.card("1")).to_have_attribute("data-place", "3")
    board.focus()
    mine.press("Enter")
    expect(mine.board("ranking", "[data-kept=ranked]")).to_contain_text("Kept: 3 votes")
    rows = votes_of(mine)
    assert [row["chosen"] for row in rows].count(best) == 2
    assert mine.workshop.errors == []


def test_typing_is_no_vote_and_a_better_text_is_one(mine):
    mine.next()
    note = mine.page.locator("[name=note]")
    note.click()
    mine.page.keyboard.type("s 1 n e")
    note.press("ArrowLeft")
    expect(mine.board("voting", ":not([data-kept])")).to_be_visible()
    mine.board().press("e")
    mine.press("ArrowRight")
    field = mine.page.locator(".gw-pref-edit textarea")
    expect(field).to_be_focused()
    field.fill("The fox went home.")
    field.press("Control+Enter")
    mine.kept("right")
    expect(mine.card("right").locator("[data-text]")).to_have_text("The fox went home.")
    assert any("The fox went home." in str(row.get("chosen")) for row in votes_of(mine))


def test_a_reload_goes_on_where_it_was(mine):
    mine.press("n").standing("writing")
    mine.again()
    pair, texts = mine.pair(), (mine.text("left"), mine.text("right"))
    mine.again()
    assert (mine.pair(), (mine.text("left"), mine.text("right"))) == (pair, texts)
    mine.press("ArrowRight").kept("right")
    mine.again()
    mine.standing("waiting")
    expect(mine.board()).to_contain_text("1 by you")


def test_a_vote_that_was_not_heard_stays_and_is_sent_again(mine):
    mine.next()
    intercept(mine.page, COMPONENTS, lambda route: route.abort())
    mine.press("2", "ArrowLeft")
    expect(mine.told).to_contain_text("Not kept yet")
    expect(mine.board("voting", "[data-kept]")).to_have_count(0)
    mine.page.unroute(COMPONENTS)
    mine.told.get_by_role("button", name="Send again").click()
    mine.kept("left")
    mine.told.get_by_role("button", name="Change it").click()
    mine.press("ArrowRight").kept("right")
    expect(mine.board()).to_contain_text("1 by you")


def test_somebody_who_comes_by_the_link_votes_on_the_same_pairs(mine, browser, running_app):
    mine.next()
    shown = {mine.text("left"), mine.text("right")}
    mine.press("ArrowLeft").kept("left")
    code = mine.code()
    context = browser.new_context()
    try:
        other = PreferencesPage(visitor_elsewhere(context, running_app.url), round=code)
        expect(other.board("consent")).to_contain_text("The owner of this round sees them")
        other.begin("Ada <b>")
        expect(other.head).not_to_contain_text("house/")
        expect(other.head.get_by_text("Rename")).to_have_count(0)
        other.next()
        assert {other.text("left"), other.text("right")} != shown  # one vote a pair: it was judged
        other.press("ArrowDown").kept("tie")
        other.view("Results")
        expect(other.page.locator("#pref-report")).to_contain_text("For its owner")
    finally:
        context.close()
    expect(mine.results()).to_contain_text("Ada <b>")


def test_hostile_prompts_and_titles_are_text(visitor):
    page = PreferencesPage(visitor).make(HOSTILE, "One?")
    page.board().locator("[name=prompt]").fill(HOSTILE)
    page.board().get_by_role("button", name="Answer this").click()
    page.pair()
    expect(page.page.locator(".gw-pref-prompt")).to_contain_text(HOSTILE)
    page.press("ArrowLeft").kept("left")
    page.results()
    expect(page.page.locator("#pref-pairs")).to_contain_text(HOSTILE)
    page.view("Train")
    expect(page.page.locator("#pref-runs")).to_contain_text("Nothing was trained")
    page.view("Loop")
    expect(page.page.locator("#pref-loop")).to_contain_text(HOSTILE)
    assert page.page.evaluate("window.hit") is None


def test_a_file_goes_into_another_round(mine):
    mine.next()
    mine.press("ArrowLeft").kept("left")
    file = "\n".join(map(json.dumps, votes_of(mine)))
    mine.page.locator("#pref-new button.label-wrap").first.wait_for()
    mine.make("Again", "Why?")
    mine.results()
    mine.page.locator("#pref-bar input[type=file]").set_input_files(
        {"name": "pairs.jsonl", "mimeType": "application/json", "buffer": file.encode()}
    )
    expect(mine.page.locator("#pref-pairs td[data-mark=chosen]")).to_have_count(1)


def test_closing_renaming_and_deleting(mine):
    mine.head.locator("summary").click()
    mine.head.get_by_role("button", name="Close it").click()
    mine.standing("closed")
    mine.head.get_by_role("button", name="Open it again").click()
    mine.standing("waiting")
    mine.head.get_by_label("Title").fill("Ships")
    mine.head.get_by_role("button", name="Rename").click()
    expect(mine.page.locator("#pref-round input")).to_have_value("Ships")
    mine.head.get_by_role("button", name="Delete the round").click()
    mine.page.locator(".gw-rag-sure button").first.click()
    expect(mine.page.locator("#pref-round input")).not_to_have_value("Ships")
