"""The Preferences tab as a visitor handles it; its selectors stand here."""

from itertools import count
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop

_NUMBERS = count(1)  # no two rounds have the same title: a page may open with another one
_FIRST = 180_000  # milliseconds: a model is read before the first pair


class PreferencesPage:
    """One open Preferences tab."""

    def __init__(self, workshop: Workshop, **query: str):
        self.workshop = workshop.open("?" + urlencode({"tab": "preferences", **query}))
        expect(self.board()).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    def again(self) -> "PreferencesPage":
        """Load the page anew."""
        self.page.reload()
        expect(self.board()).to_be_visible()
        return self

    # --- the board

    def board(self, state: str = "", more: str = "") -> Locator:
        """``none``, ``consent``, ``waiting``, ``writing``, ``voting`` or ``closed``."""
        return self.page.locator(f".gw-pref-board{f'[data-state={state}]' if state else ''}{more}")

    def standing(self, state: str) -> Locator:
        """The board, once it stands so."""
        expect(self.board(state)).to_be_visible(timeout=_FIRST)
        return self.board(state)

    def press(self, *keys: str) -> "PreferencesPage":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def next(self) -> str:
        """Ask for a pair by the keyboard; the id of the one that is to be voted on."""
        self.press("n")
        return self.pair()

    def pair(self) -> str:
        """Of the pair that has no vote yet."""
        expect(self.board("voting", ":not([data-kept])")).to_be_visible(timeout=_FIRST)
        return self.board().get_attribute("data-pair")

    def kept(self, choice: str) -> Locator:
        """The board, once the server has kept that vote."""
        expect(self.board("voting", f"[data-kept={choice}]")).to_be_visible()
        return self.board()

    def card(self, side: str) -> Locator:
        return self.page.locator(f'.gw-pref-card[data-side="{side}"]')

    def text(self, side: str) -> str:
        return self.card(side).locator("[data-text]").inner_text()

    @property
    def told(self) -> Locator:
        """What the board says of a vote."""
        return self.page.locator(".gw-pref-told [data-said]")

    def begin(self, name: str) -> "PreferencesPage":
        """Agree under that name, as somebody who came by a link."""
        form = self.standing("consent")
        form.locator("[name=name]").fill(name)
        form.locator("[name=consented]").check()
        form.get_by_role("button", name="Begin").click()
        expect(self.board("consent")).to_have_count(0)
        return self

    # --- rounds

    def make(self, title: str, *prompts: str, **fields: object) -> "PreferencesPage":
        """A round on prompts of one's own, with short answers."""
        page, title = self.page, f"{title} {next(_NUMBERS)}"
        page.locator("#pref-new button.label-wrap").first.click()
        page.locator("#pref-new-title input, #pref-new-title textarea").first.fill(title)
        page.locator("#pref-new-prompts input").click()
        page.get_by_role("option", name="own", exact=True).click()
        page.locator("#pref-new-own-prompts textarea").fill("\n".join(prompts))
        if not page.locator("#pref-new-max-new-tokens").is_visible():
            page.get_by_role("button", name="How the answers are written").click()
        for name, value in {"max_new_tokens": 24, "repeat_share": 0, **fields}.items():
            field = page.locator(f"#pref-new-{name.replace('_', '-')} input").first
            field.fill(str(value))
            field.press("Tab")
        page.locator("#pref-create").click()
        expect(self.standing("waiting").locator("h3").first).to_have_text(title)
        return self

    @property
    def head(self) -> Locator:
        return self.page.locator("#pref-head")

    def code(self) -> str:
        """What the round's link opens it by."""
        link = self.head.locator("[data-copy-link]").get_attribute("data-copy-link")
        return link.partition("round=")[2]

    def view(self, name: str) -> "PreferencesPage":
        self.page.locator("#pref-view").get_by_text(name, exact=True).click()
        return self

    def results(self) -> Locator:
        self.view("Results")
        expect(self.page.locator("#pref-report .gw-pref-facts")).to_be_visible()
        return self.page.locator("#pref-report")
