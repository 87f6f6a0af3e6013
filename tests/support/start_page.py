"""The Start tab as a visitor handles it; its selectors stand here."""

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop

_FIRST = 180_000  # milliseconds: the model is read before the first story


class StartPage:
    """The page as it opens, with the story that was written before."""

    def __init__(self, workshop: Workshop):
        self.workshop = workshop.open()
        expect(self.story("done", "kept")).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    def story(self, state: str, mark: str = "") -> Locator:
        """The story, once it stands so; ``mark`` is "kept" of the one that was there."""
        marked = f'[data-mark="{mark}"]' if mark else ""
        return self.page.locator(f'.gw-story[data-state="{state}"]{marked}')

    @property
    def mark(self) -> str:
        return self.page.locator(".gw-story").get_attribute("data-mark")

    @property
    def tokens(self) -> list[str]:
        return self.page.locator(".gw-story .gw-story-token").all_text_contents()

    @property
    def at(self) -> int:
        """The place that is looked at."""
        return int(
            self.page.locator('.gw-story .gw-story-token[aria-pressed="true"]').get_attribute("data-at")
        )

    @property
    def words(self) -> Locator:
        """What could stand at that place."""
        return self.page.locator(".gw-story-words li button")

    @property
    def status(self) -> Locator:
        return self.page.locator(".gw-story-foot .gw-status")

    def look(self, at: int) -> "StartPage":
        self.page.locator(f'.gw-story .gw-story-token[data-at="{at}"]').click()
        return self

    def choose(self, other: int) -> "StartPage":
        """Another word than the one that stands there, and wait for the story to end."""
        before = self.mark
        self.page.locator(".gw-story-words li button:not([aria-current])").nth(other).click()
        return self.written(before)

    def anew(self, beginning: str = "") -> "StartPage":
        before = self.mark
        if beginning:
            self.page.get_by_label("A story that begins").fill(beginning)
        self.page.get_by_role("button", name="Write it anew").click()
        return self.written(before)

    def written(self, before: str) -> "StartPage":
        """Wait until another story than the one of that mark has ended."""
        ended = self.page.locator(f'.gw-story[data-state="done"]:not([data-mark="{before}"])')
        expect(ended).to_be_visible(timeout=_FIRST)
        return self

    def take_back(self) -> "StartPage":
        self.page.get_by_role("button", name="Take back").click()
        return self
