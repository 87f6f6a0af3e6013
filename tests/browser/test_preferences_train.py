"""Training on rewards on the real page, without a single vote: the check, a small run with its curves and its
answers, its script, and a phone's width."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.preferences_page import PreferencesPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
SMALL = {
    "num-problems": 16, "eval-prompts": 4, "num-generations": 2, "batch-size": 2, "max-new-tokens": 12,
    "max-steps": 2,
}  # fmt: skip
_RUN = 240_000  # milliseconds: a process that loads its libraries, on a busy machine


@pytest.fixture
def training(visitor) -> PreferencesPage:
    """The view Train of a round without votes, with GRPO chosen."""
    opened = PreferencesPage(visitor).make("Sums", "Tell me a story about a fox.", "Tell me about a ship.")
    opened.view("Train")
    opened.page.locator("#pref-way").get_by_text("GRPO", exact=True).click()
    expect(opened.page.locator("#pref-source")).to_be_visible()
    return opened


def fill(page: Page, name: str, value: object) -> None:
    field = page.locator(f"#pref-{name} input").first
    field.fill(str(value))
    field.press("Tab")


def test_a_run_on_rewards_needs_no_votes(training):
    page = training.page
    expect(page.get_by_text("RLOO and GRPO stand in its place here")).to_be_visible()
    for name, value in SMALL.items():
        fill(page, f"online-{name}", value)
    fill(page, "reward-working", 0.5)
    page.locator("#pref-train").click()
    panel = page.locator(".gw-pref-train")
    expect(page.locator("#pref-findings")).to_contain_text("What is asked")
    answers = panel.locator(".gw-answers")
    expect(answers.locator("tbody tr")).to_have_count(4, timeout=_RUN)
    expect(answers.locator("th")).to_contain_text(["Fresh problem", "Answer", "Reward", "Right answer"])
    expect(panel.locator(".gw-job header")).to_contain_text("succeeded", timeout=_RUN)
    expect(panel.locator(".gw-plot-chart:visible .ytitle", has_text="tokens an answer")).to_be_visible()
    expect(page.locator("#pref-runs")).to_contain_text("On problems that are made, of no round")
    page.locator("#pref-script").click()
    expect(page.locator("#pref-script-about")).to_contain_text("16 rows to learn from, 4 held out")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert training.workshop.errors == [] and training.workshop.foreign == []


def test_what_stops_the_start_has_a_button_that_mends_it(training):
    page = training.page
    page.locator("#pref-source").get_by_text("The prompts of this round").click()
    expect(page.locator("#pref-online-target-length input").first).to_be_visible()
    expect(page.locator("#pref-online-digits")).to_be_hidden()
    fill(page, "reward-correct", 1)
    page.locator("#pref-train").click()
    expect(page.locator("#pref-checked")).to_contain_text("stops the start")
    page.locator("#pref-findings button[data-mend]").click()
    expect(page.locator("#pref-reward-correct input").first).to_have_value("0")
    page.locator("#pref-check").click()
    expect(page.locator("#pref-checked")).to_contain_text(re.compile("it can start"))
    expect(page.locator("#pref-runs")).to_contain_text("Nothing was trained on this round yet")


def test_each_way_has_its_own_fields(training):
    page = training.page
    page.locator("#pref-way").get_by_text("DPO", exact=True).click()
    expect(page.locator("#pref-source")).to_be_hidden()
    page.locator("#pref-settings button.label-wrap").click()
    expect(page.locator("#pref-train-sft-weight")).to_be_visible()
    page.locator("#pref-way").get_by_text("KTO", exact=True).click()
    expect(page.locator("#pref-train-sft-weight")).to_be_hidden()
    expect(page.locator("#pref-check")).to_have_text("Check the pairs")
