"""The board of interventions, attribution and patching on the real page: what only the browser does."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.attention_page import AttentionPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]

TEXT = "Once upon a time, there was a girl named Lily. Lily had a ball. One day, Lily"


@pytest.fixture
def tab(workshop) -> AttentionPage:
    return AttentionPage(workshop)


def saved(tab: AttentionPage, part: str) -> dict:
    with tab.page.expect_download() as download:
        tab.page.locator(f"#attention-part-{part} button:visible", has_text="Download .json").first.click()
    return json.loads(download.value.path().read_text("utf-8"))


def test_the_board_is_one_stop_and_arrow_keys_move_on_it(tab):
    tab.look(TEXT).part("Intervene")
    toggles = tab.page.locator(".gw-board-part .gw-toggle")
    toggles.first.focus()
    for key in ("ArrowRight", "ArrowDown", "Space"):
        tab.page.keyboard.press(key)
    expect(tab.page.locator(".gw-board-chosen")).to_contain_text("layer 1, head 1 ✕")
    expect(tab.page.locator('.gw-board-part .gw-toggle[tabindex="0"]')).to_have_count(1)
    expect(toggles.nth(7)).to_have_attribute("aria-pressed", "true")


def test_masks_are_chosen_for_a_layer_and_all_that_is_chosen_is_sent(tab):
    tab.look(TEXT).part("Intervene")
    chosen = tab.page.locator(".gw-board-chosen")
    tab.page.locator(".gw-board-mask summary").click()
    tab.page.locator('.gw-board-mask select[name="layer"]').select_option("2")
    tab.page.locator('.gw-board-mask input[name="nearest"]').fill("3")
    tab.page.keyboard.press("Tab")
    tab.page.locator(".gw-board-keys .gw-toggle").nth(4).click()
    expect(chosen).to_contain_text("only the nearest 3 (layer 2)")
    tab.page.locator("#attention-intervene-go").click()
    expect(tab.page.locator("#attention-outcome")).to_contain_text("KL divergence")
    kinds = [(one["kind"], one["layer"], one["key"]) for one in saved(tab, "intervene")["interventions"]]
    assert kinds == [("local", 2, 3), ("block", 2, 4)]


def test_what_is_chosen_stays_while_another_part_is_looked_at_and_goes_with_its_text(tab):
    tab.look(TEXT).part("Intervene")
    board, chosen = tab.page.locator("#attention-board"), tab.page.locator(".gw-board-chosen")
    board.get_by_role("button", name="layer 0, MLP", exact=True).click()
    tab.part("Summary")
    expect(tab.page.locator("#attention-part-summary")).to_contain_text("Perplexity")
    tab.part("Intervene")
    expect(chosen).to_contain_text("layer 0, MLP ✕")
    tab.part("Heads")
    tab.look("The dog is big.").part("Intervene")
    expect(chosen).to_contain_text("Nothing is switched off")
    board.get_by_role("button", name="layer 0, MLP", exact=True).click()
    tab.page.locator("#attention-intervene-go").click()
    expect(tab.page.locator(".gw-outcome-text")).to_contain_text("·big")


def test_a_pressed_token_is_explained_and_saved(tab):
    tab.look(TEXT).part("Attribution")
    said = tab.page.locator(".gw-why-what")
    expect(said).to_contain_text("What it loses")
    tab.page.locator(".gw-why-text button").nth(5).click()
    expect(said).to_contain_text("(position 5)")
    assert saved(tab, "attribution")["position"] == 5


def test_patching_shows_its_map_and_says_why_not(tab):
    tab.look(TEXT).part("Intervene")
    tab.page.locator("#attention-patch .label-wrap").click()
    tab.page.locator("#attention-patch-go").click()
    view = tab.page.locator("#attention-patched")
    expect(view).to_contain_text("·She")
    expect(view.locator("td")).to_have_count(60)
    tab.page.locator("#attention-corrupted textarea").fill("One day, a little boy went to the park.")
    tab.page.locator("#attention-patch-go").click()
    expect(view).to_contain_text("which has 10")
    expect(view).to_contain_text("'11 tokens'")
