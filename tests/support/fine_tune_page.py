"""The Fine-tune tab as a visitor handles it; its selectors stand here."""

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop


class FineTunePage:
    """One open Fine-tune tab."""

    def __init__(self, workshop: Workshop, query: str = ""):
        self.workshop = workshop.open(f"?tab=fine-tune{query}")
        expect(self.estimate).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    @property
    def estimate(self) -> Locator:
        return self.page.get_by_label("Estimate").locator("visible=true")

    @property
    def about(self) -> Locator:
        """What the chosen data is."""
        return self.page.locator(".gw-rows-view").locator("visible=true")

    @property
    def findings(self) -> Locator:
        return self.page.locator("#tune-findings .gw-finding")

    @property
    def tokens(self) -> Locator:
        """The sample row that is in view."""
        return self.page.locator("#tune-tokens [data-mask-row]:not([hidden])")

    @property
    def error(self) -> Locator:
        return self.page.locator(".gw-error").locator("visible=true").first

    def fill(self, name: str, value: object) -> "FineTunePage":
        field = self.page.locator(f"#tune-{name} input").first
        field.fill(str(value))
        field.press("Tab")
        return self

    def choose(self, name: str, words: str) -> "FineTunePage":
        """Pick from a list by the words of the choice."""
        self.page.locator(f"#tune-{name} input").first.click()
        self.page.get_by_role("option", name=words).first.click()
        return self

    def paste(self, text: str) -> "FineTunePage":
        """Bring rows of one's own."""
        self.page.get_by_role("button", name="Bring rows of your own").click()
        self.page.locator("#tune-paste textarea").fill(text)
        self.page.locator("#tune-add").click()
        return self

    def check(self) -> "FineTunePage":
        self.page.locator("#tune-check").click()
        expect(self.tokens).to_be_visible()
        return self

    def start(self) -> "FineTunePage":
        self.page.locator("#fine-tune-start").click()
        return self
