"""The Tokenizer tab as a visitor handles it; its selectors stand here."""

import json
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Workshop

# A paste: the text at once, and the event that the browser sends for it.
_PASTE_JS = """(text) => {
  const box = document.querySelector('#tokenizer-text textarea');
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, text);
  box.dispatchEvent(new Event('input', { bubbles: true }));
}"""
# The text of each row of the lines in view, without the signs that stand for what cannot be seen.
_ROWS_JS = """() => [...document.querySelectorAll('#tokenizer-lanes .gw-lane-block')]
  .filter((block) => block.checkVisibility())
  .map((block) => [...block.querySelectorAll('.gw-lane-cells')]
    .map((row) => [...row.querySelectorAll('.gw-t')].map((node) => node.textContent)))"""
_END_JS = """(words) => {
  const view = document.querySelector('#tokenizer-lanes'), box = view.querySelector('.gw-lanes-scroller');
  box.scrollTop = box.scrollHeight;
  return view.textContent.includes(words);
}"""
_STANDS_JS = "(words) => document.querySelector('#tokenizer-lanes')?.textContent.includes(words)"
_WHOLE_JS = """(size) => [...document.querySelectorAll('.gw-status[data-state="done"]')]
  .some((line) => line.checkVisibility() && line.textContent.includes(size))"""


class TokenizerPage:
    """One open Tokenizer tab."""

    def __init__(self, workshop: Workshop, query: str = ""):
        self.workshop = workshop.open(f"?tab=tokenizer{query}")
        expect(self.page.locator("#tokenizer-text")).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    @property
    def lanes(self) -> Locator:
        return self.page.locator("#tokenizer-lanes")

    @property
    def scroller(self) -> Locator:
        return self.page.locator("#tokenizer-lanes .gw-lanes-scroller")

    @property
    def status(self) -> Locator:
        return self.page.locator(".gw-status").locator("visible=true").first

    def paste(self, text: str) -> "TokenizerPage":
        self.page.evaluate(_PASTE_JS, text)
        return self

    def expect_words(self, words: str) -> "TokenizerPage":
        """Until these words stand in the aligned view; spaces are dots there."""
        expect(self.lanes).to_contain_text(words.replace(" ", "·"))
        return self

    def until_words(self, words: str) -> "TokenizerPage":
        """As :meth:`expect_words`, looked for every 10 ms: for measuring."""
        self.page.wait_for_function(_STANDS_JS, arg=words.replace(" ", "·"), polling=10)
        return self

    def until_whole(self, characters: int) -> "TokenizerPage":
        """Until the status line says that a text of this length is tokenized."""
        self.page.wait_for_function(_WHOLE_JS, arg=f"{characters:,} characters", polling=10)
        return self

    def to_the_end(self, words: str) -> "TokenizerPage":
        """Scroll down until these last words stand there: the view learns late how long a text is."""
        self.page.wait_for_function(_END_JS, arg=words.replace(" ", "·"), polling=10)
        return self

    def rows(self) -> list[list[list[str]]]:
        """``[line][tokenizer][token]``: what is drawn now."""
        return self.page.evaluate(_ROWS_JS)

    def elements(self) -> int:
        return self.page.locator("#tokenizer-lanes *").count()

    def choose(self, name: str) -> "TokenizerPage":
        """Type a further tokenizer's name."""
        field = self.page.locator("#tokenizer-names input")
        field.fill(name)
        field.press("Enter")
        return self

    def detail(self, title: str) -> "TokenizerPage":
        self.page.locator("#tokenizer-details").get_by_role("tab", name=title, exact=True).click()
        return self

    def tool(self, title: str) -> "TokenizerPage":
        self.page.locator("#tokenizer-tabs").get_by_role("tab", name=title, exact=True).first.click()
        return self

    def upload(self, file: Path) -> "TokenizerPage":
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("#tokenizer-upload").click()
        chooser.value.set_files(file)
        return self

    def saved(self) -> dict:
        """What *Download .json* of the aligned view hands out."""
        with self.page.expect_download() as waited:
            self.lanes.get_by_role("button", name="Download .json").click()
        return json.loads(Path(waited.value.path()).read_text(encoding="utf-8"))
