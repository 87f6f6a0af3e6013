"""The Attention tab as a visitor handles it; its selectors stand here."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop

_PAINTED_JS = "() => performance.getEntriesByName('glassworks {}').length"
_LINES_JS = "() => document.querySelectorAll('#attention-heads svg line, #attention-heads svg path').length"


class AttentionPage:
    """One open Attention tab."""

    def __init__(self, workshop: Workshop, query: str = ""):
        self.workshop = workshop.open(f"?tab=attention{query}")
        expect(self.page.locator("#attention-go")).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    @property
    def status(self) -> Locator:
        return self.page.locator(".gw-status").locator("visible=true").first

    @property
    def heads(self) -> Locator:
        return self.page.locator("#attention-heads")

    def choose(self, model: str) -> "AttentionPage":
        field = self.page.locator("#tab-attention .gw-model-picker input, .gw-model-picker input").locator(
            "visible=true"
        )
        field.first.fill(model)
        field.first.press("Enter")
        return self

    def begin(self, text: str) -> "AttentionPage":
        """Ask for a look, and do not wait for it."""
        self.painted = self._painted("model view")
        self.page.locator("#attention-text textarea").fill(text)
        self.page.locator("#attention-go").click()
        return self

    def ended(self) -> "AttentionPage":
        self.page.wait_for_function(
            f"(count) => ({_PAINTED_JS.format('model view')})() > count", arg=self.painted
        )
        expect(
            self.page.locator('.gw-status[data-state="done"]').locator("visible=true").first
        ).to_be_visible()
        return self

    def look(self, text: str) -> "AttentionPage":
        return self.begin(text).ended()

    def told(self) -> str:
        """All that the page holds of the model view."""
        return self.heads.locator("[data-heads]").first.get_attribute("data-heads")

    def open_head(self, layer: int, head: int) -> "AttentionPage":
        before = self._painted("head")
        self.page.evaluate(
            "(place) => document.dispatchEvent(new CustomEvent('gw-open-head', { detail: place }))",
            {"part": "self", "layer": layer, "head": head},
        )
        self.page.wait_for_function(f"(count) => ({_PAINTED_JS.format('head')})() > count", arg=before)
        return self

    def lines(self) -> int:
        """SVG lines on the page."""
        return self.page.evaluate(_LINES_JS)

    def part(self, title: str) -> "AttentionPage":
        self.page.locator("#attention-tabs").get_by_role("tab", name=title, exact=True).first.click()
        return self

    def download(self, ending: str, name: str = "") -> Path:
        """What the button with this ending in its name (and this word) hands out."""
        buttons = self.heads.get_by_role("button", name=ending)
        button = buttons.filter(has_text=name).first if name else buttons.last
        with self.page.expect_download() as waited:
            button.click()
        return Path(waited.value.path())

    def _painted(self, what: str) -> int:
        return self.page.evaluate(_PAINTED_JS.format(what))
