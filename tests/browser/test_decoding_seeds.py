"""*Over many seeds* in a real browser: measured, kept, taken away, stopped, gone with the next run."""

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]
PROMPT = "Once upon a time, there was a little girl named Lily. Lily had a"
READY = "every strategy that draws"


class SeedsPage:
    """A finished comparison of the page's first preset, and this part of it."""

    def __init__(self, workshop: Workshop, tokens: int = 8):
        self.page: Page = workshop.page
        field = self.page.locator(".gw-model-picker input").locator("visible=true").first
        field.fill("house/story-base")
        field.press("Enter")
        self.page.locator("#decoding-prompt textarea").fill(PROMPT)
        self.set("#decoding-max-new-tokens", tokens)
        self.generate()
        self.page.get_by_role("tab", name="Over many seeds").click()
        expect(self.view).to_contain_text(READY)

    @property
    def view(self) -> Locator:
        return self.page.locator("#decoding-seeds")

    @property
    def rows(self) -> Locator:
        return self.view.locator("tbody tr")

    def set(self, slider: str, value: int) -> None:
        number = self.page.locator(f"{slider} input[type=number]")
        number.fill(str(value))
        number.press("Tab")

    def generate(self) -> None:
        self.page.locator("#decoding-generate").click()
        expect(self.page.locator('.gw-status[data-state="done"]').first).to_be_visible()

    def measure(self, samples: int) -> None:
        self.set("#decoding-seeds-samples", samples)
        self.page.locator("#decoding-seeds-go").click()

    def expect_state(self, state: str) -> None:
        expect(self.page.locator(f'#decoding-seeds-status .gw-status[data-state="{state}"]')).to_be_visible()

    def saved(self, kind: str) -> str:
        with self.page.expect_download() as download:
            button = self.page.locator("#decoding-part-seeds").get_by_text(f"Download .{kind}")
            button.click()
        return Path(download.value.path()).read_text(encoding="utf-8")


def test_measured_taken_away_and_gone_with_the_next_comparison(workshop):
    seeds = SeedsPage(workshop.tab("Decoding"))
    seeds.measure(3)
    expect(seeds.rows).to_have_count(6)
    seeds.expect_state("done")
    expect(seeds.view.locator("svg")).to_have_count(6 * 4)
    expect(seeds.rows.first).to_contain_text("never draws")
    told = json.loads(seeds.saved("json"))
    rows = list(csv.DictReader(seeds.saved("csv").splitlines()))
    assert [len(one["texts"]) for one in told["strategies"]] == [1, 1, 3, 3, 3, 3] and len(rows) == 14
    seeds.page.get_by_role("tab", name="Step").click()
    seeds.page.get_by_role("tab", name="Over many seeds").click()
    expect(seeds.rows).to_have_count(6)  # what was measured stays while the comparison does
    seeds.page.locator("#decoding-generate").click()
    expect(seeds.view).to_contain_text(READY)
    assert not workshop.errors


def test_stop_stops_it(workshop):
    seeds = SeedsPage(workshop.tab("Decoding"), tokens=200)
    seeds.measure(24)
    seeds.expect_state("writing")
    seeds.page.locator("#decoding-seeds-stop").click()
    seeds.expect_state("stopped")
    expect(seeds.page.locator("#decoding-seeds-go")).to_be_enabled()
    expect(seeds.view).to_contain_text(READY)
    assert not workshop.errors
