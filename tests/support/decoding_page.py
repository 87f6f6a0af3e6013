"""The Decoding tab as a visitor handles it; its selectors stand here."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop

HOUSE = "house/story-base"


class DecodingPage:
    """One open Decoding tab."""

    def __init__(self, workshop: Workshop, query: str = ""):
        self.workshop = workshop.open(f"?tab=decoding{query}")
        expect(self.go).to_be_visible()
        expect(self.cards.first).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    @property
    def go(self) -> Locator:
        return self.page.locator("#decoding-generate")

    @property
    def prompt(self) -> Locator:
        return self.page.locator("#decoding-prompt textarea")

    @property
    def status(self) -> Locator:
        return self.page.locator(".gw-status").locator("visible=true").first

    # --- the strategy editor

    @property
    def cards(self) -> Locator:
        return self.page.locator(".gw-strategy")

    @property
    def names(self) -> list[str]:
        """The chosen strategies."""
        return self.cards.locator(".gw-strategy-name").evaluate_all("all => all.map((one) => one.value)")

    def field(self, card: int, label: str) -> Locator:
        return self.cards.nth(card).get_by_label(f"{label}, strategy {card + 1}").last

    def press(self, card: int, does: str) -> None:
        self.cards.nth(card).locator(f'[data-do="{does}"]').click()

    def preset(self, title: str) -> "DecodingPage":
        self.page.get_by_role("button", name=title, exact=True).click()
        return self

    def number(self, name: str, value: int) -> "DecodingPage":
        """``max-new-tokens`` or ``seed``."""
        field = self.page.locator(f"#decoding-{name} input[type=number]")
        field.fill(str(value))
        field.press("Tab")
        return self

    def choose(self, model: str) -> "DecodingPage":
        field = self.page.locator(".gw-model-picker input").locator("visible=true").first
        field.fill(model)
        field.press("Enter")
        return self

    # --- the board

    def begin(self, prompt: str) -> "DecodingPage":
        """Ask for texts, and do not wait for them."""
        self.prompt.fill(prompt)
        return self.again()

    def again(self, button: Locator | None = None) -> "DecodingPage":
        """Press Generate, or another button that begins a run."""
        shown = self.page.locator(".gw-decoding")
        self.before = shown.get_attribute("data-run") if shown.count() else ""
        (button or self.go).click()
        return self

    def ended(self, state: str = "done") -> "DecodingPage":
        """Wait for the end of the run that was begun last."""
        run = f'.gw-decoding[data-state="{state}"]:not([data-run="{self.before}"])'
        expect(self.page.locator(run)).to_be_visible()
        return self

    def generate(self, prompt: str) -> "DecodingPage":
        return self.begin(prompt).ended()

    def failed(self, words: str) -> "DecodingPage":
        failed = self.page.locator('.gw-status[data-state="failed"]').locator("visible=true")
        expect(failed).to_contain_text(words)
        return self

    def column(self, at: int) -> Locator:
        return self.page.locator(f'.gw-column[data-column="{at}"]')

    def pieces(self, column: int) -> Locator:
        return self.column(column).locator(".gw-piece")

    def texts(self) -> list[str]:
        """What the columns show, one after the other."""
        return self.page.locator(".gw-column-text").evaluate_all("all => all.map((one) => one.textContent)")

    @property
    def told(self) -> Locator:
        """The line about the token that is pointed at."""
        return self.page.locator(".gw-board-told")

    def measure(self, column: int, name: str) -> str:
        row = self.column(column).locator(".gw-column-measures div").filter(has_text=name)
        return row.locator("dd").inner_text()

    def download(self, button: str) -> str:
        with self.page.expect_download() as waited:
            self.page.locator(".gw-board-saving").get_by_role("button", name=button).click()
        return Path(waited.value.path()).read_text(encoding="utf-8")

    def data(self) -> dict[str, Any]:
        """The download of everything."""
        return json.loads(self.download("Download .json"))
