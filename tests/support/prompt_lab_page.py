"""The Prompt lab tab as a visitor handles it; its selectors stand here."""

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop


class PromptLabPage:
    """One open Prompt lab tab, whose grid is counted."""

    def __init__(self, workshop: Workshop, query: str = ""):
        self.workshop = workshop.open(f"?tab=prompt-lab{query}")

    @property
    def page(self) -> Page:
        return self.workshop.page

    @property
    def error(self) -> Locator:
        return self.page.locator("#lab-error .gw-error")

    @property
    def size_line(self) -> Locator:
        return self.page.locator("#lab-size-line")

    @property
    def sizes(self) -> Locator:
        """A row for each combination."""
        return self.page.locator("#lab-size tbody tr")

    @property
    def items(self) -> Locator:
        return self.page.locator("#lab-items")

    @property
    def looked(self) -> Locator:
        return self.page.locator("#lab-look")

    def fold(self, name: str) -> "PromptLabPage":
        words = self.page.get_by_text(name, exact=True)
        self.page.locator(".gw-ask-form button.label-wrap", has=words).click()
        return self

    def fill(self, name: str, value: object) -> "PromptLabPage":
        field = self.page.locator(f"#lab-{name}").locator("input, textarea").first
        field.fill(str(value))
        field.press("Tab")
        return self

    def tick(self, *titles: str) -> "PromptLabPage":
        """These strategies and no others."""
        for box in self.page.locator("#lab-strategies label").all():
            wanted = box.inner_text().strip() in titles
            if box.locator("input").is_checked() != wanted:
                box.click()
        return self

    def paste(self, items: str) -> "PromptLabPage":
        """Bring items of one's own."""
        self.fold("Bring items of your own")
        self.page.locator("#lab-paste textarea").fill(items)
        self.page.locator("#lab-add").click()
        return self

    def start(self) -> "PromptLabPage":
        self.page.locator("#lab-start").click()
        return self

    def expect_said(self, words: str) -> "PromptLabPage":
        expect(self.error).to_contain_text(words)
        return self
