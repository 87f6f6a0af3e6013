"""The Evaluate tab as a visitor handles it; its selectors stand here."""

from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop


class EvaluatePage:
    """One open Evaluate tab."""

    def __init__(self, workshop: Workshop, **query: str):
        self.workshop = workshop.open("?" + urlencode({"tab": "evaluate", **query}))

    @property
    def page(self) -> Page:
        return self.workshop.page

    def view(self, name: str) -> "EvaluatePage":
        self.page.locator("#eval-view").get_by_text(name, exact=True).click()
        return self

    # --- benchmarks

    @property
    def error(self) -> Locator:
        return self.page.locator("#eval-error .gw-error")

    @property
    def about(self) -> Locator:
        """The cards of the chosen tasks."""
        return self.page.locator("#eval-about .gw-eval-task")

    @property
    def found(self) -> Locator:
        """What the run has found, a row a model and task."""
        return self.page.locator("#eval-found tbody tr")

    def fill(self, name: str, value: object) -> "EvaluatePage":
        field = self.page.locator(f"#eval-{name}").locator("input, textarea").first
        field.fill(str(value))
        field.press("Tab")
        return self

    def add_task(self, name: str) -> "EvaluatePage":
        """By its name, as one that is typed."""
        field = self.page.locator("#eval-tasks input")
        field.fill(name)
        field.press("Enter")
        expect(self.about.filter(has_text=name)).to_have_count(1)
        self.page.keyboard.press("Escape")
        return self

    def start(self) -> "EvaluatePage":
        self.page.locator("#eval-start").click()
        return self

    def evaluated(self) -> "EvaluatePage":
        """Start, and wait for the end."""
        self.start().workshop.expect_state("succeeded", seconds=400)
        return self

    # --- leaderboard

    @property
    def cells(self) -> Locator:
        """The figures of the leaderboard."""
        return self.page.locator("#eval-board button[data-item]")

    @property
    def items(self) -> Locator:
        return self.page.locator("#eval-items button[data-item]")

    @property
    def item(self) -> Locator:
        """The one that is shown whole."""
        return self.page.locator("#eval-item .gw-eval-item")

    def compare_with(self, model: str) -> Locator:
        """The open result with this model's; what is said of the two."""
        expect(self.page.locator("#eval-whole .gw-found-facts")).to_be_visible()
        expect(self.items.first).to_be_visible()
        self.page.locator("#eval-second input").click()
        self.page.get_by_role("option").filter(has_text=model).first.click()
        told = self.page.locator("#eval-compared .gw-found-verdict")
        expect(told).to_contain_text(model)
        return told
