"""The Evaluate tab on the real page: a run, its items, two models compared, and the parts without a job."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.evaluate_page import EvaluatePage
from tests.support.evaluated import HOSTILE, write_result

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def two_models(running_app):
    """Results on the same thirty items, of a model that is right on every third and one that is always."""
    from pipelines.core.settings import Settings

    settings = Settings(home=running_app.home)
    write_result(settings, "house/story-base", [place % 3 == 0 for place in range(30)], task="arithmetic")
    write_result(settings, "house/story-instruct", [True] * 30, task="arithmetic")


def test_from_a_run_to_one_item(visitor):
    tab = EvaluatePage(visitor)
    expect(tab.about).to_contain_text("acc_norm")
    tab.fill("limit", -1)
    expect(tab.error).to_contain_text("limit")
    tab.fill("limit", 6)
    expect(tab.error).to_have_count(0)
    tab.add_task("story_reading").evaluated()
    expect(tab.found).to_have_count(2)
    expect(tab.found.first).to_contain_text("acc_bytes")

    tab.found.first.get_by_role("button", name="look").click()
    expect(tab.items).to_have_count(6)
    tab.items.nth(2).click()
    expect(tab.item).to_contain_text("Scored continuations")
    expect(tab.item).to_contain_text("chosen")
    with tab.page.expect_download() as saved:
        tab.page.locator("#eval-json").click()
    told = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert told["n-samples"]["story_cloze"]["effective"] == 6
    assert visitor.errors == [] and visitor.foreign == []


def test_two_models_on_the_same_items(visitor, two_models):
    tab = EvaluatePage(visitor, view="leaderboard")
    expect(tab.page.locator("#eval-board")).to_contain_text("100.0 %")
    tab.cells.filter(has_text="33.3 %").click()
    expect(tab.compare_with("house/story-instruct")).to_contain_text("better")
    tab.page.locator("#eval-only").get_by_text("Where the two differ").click()
    expect(tab.page.locator("#eval-items")).to_contain_text("20 of 30 items")
    tab.items.first.click()
    expect(tab.item.locator("section")).to_have_count(2)
    expect(tab.item).to_contain_text(HOSTILE)  # as text
    assert visitor.errors == [] and visitor.foreign == []


def test_measure_a_text_and_two_systems(visitor):
    tab = EvaluatePage(visitor, view="language")
    tab.page.locator("#lm-go").click()
    expect(tab.page.locator(".gw-eval-language")).to_contain_text("bits", ignore_case=True)
    expect(tab.page.locator('.gw-eval-language .gw-status[data-state="done"]')).to_be_visible(timeout=180_000)
    tab.view("Metrics")
    tab.page.locator("#metrics-go").click()
    expect(tab.page.locator('.gw-eval-metrics .gw-status[data-state="done"]')).to_be_visible(timeout=180_000)
    expect(tab.page.locator(".gw-eval-metrics")).to_contain_text("BLEU")
    assert visitor.errors == [] and visitor.foreign == []


def test_phone_width_has_no_sideways_scroll(visitor, two_models):
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    tab = EvaluatePage(visitor)
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        for name in ("Benchmarks", "Leaderboard", "Language modelling", "Metrics"):
            tab.view(name).page.wait_for_timeout(800)
            width = tab.page.evaluate("document.scrollingElement.scrollWidth")
            assert width <= 390, f"{name} is {width} px wide in {scheme}"
    assert visitor.errors == [] and visitor.foreign == []
