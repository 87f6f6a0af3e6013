"""The page as a visitor handles it: tabs, the form of a training run, the job panel, the decoding tab.

All selectors stand here, so that a test reads as what a person does.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support.chromium import FLAGS

_USEFUL = (
    "#start-story .gw-story, #decoding-generate, #tokenizer-go, #attention-go, #fill-mask-go, "
    "#pretrain-start, #fine-tune-start, #curate-start, #lab-start, #rag-send, #pref-board, #eval-view, "
    "#jobs-table"
)
_PICKED = ("corpus", "second_corpus", "start_from", "tokenizer")  # fields that take a choice or a typed name
expect.set_options(timeout=60_000)  # two busy cores: a slow step is no fault, a missing one is


@contextmanager
def chromium_at(path: str | Path) -> Iterator[Browser]:
    """A running Chromium. ``headless=False`` leaves the mode to our flags: ``--headless=new``."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), headless=False, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _of_the_form(request: Any) -> bool:
    """Whether this is an event that sends the whole training form."""
    return "run/predict" in request.url and len(json.loads(request.post_data)["data"]) > 20


class Workshop:
    """One open page, and what its console and its requests have shown since it was opened."""

    def __init__(self, page: Page, url: str):
        self.page, self.url = page, url
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        """Note a request to another address. No host but this one has one in our Chromium, so that nothing
        need be held up to stop it, and the page's scripts may come from the browser's cache."""
        asked = urlsplit(request.url)
        if asked.scheme in ("http", "https") and asked.netloc != urlsplit(self.url).netloc:
            self.foreign.append(request.url)

    def open(self, query: str = "") -> "Workshop":
        """Load the page, and wait until it can be used."""
        self.page.goto(self.url + query)
        useful = self.page.locator(_USEFUL)
        expect(useful.locator("visible=true").first).to_be_visible()
        return self

    def tab(self, name: str) -> "Workshop":
        self.page.get_by_role("tab", name=name).click()
        return self

    # --- Pretrain

    def bring_file(self, name: str, content: bytes) -> "Workshop":
        """Upload a text of one's own. Until it has arrived the page takes no button that would send it."""
        field = self.page.locator('input[type="file"]').first
        field.set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
        arrived = self.page.locator(".file-preview").locator("visible=true").first
        expect(arrived).to_contain_text(name.partition(".")[0])
        return self

    def fill(self, **values: Any) -> "Workshop":
        """Type values into the fields of the training form, by the spec's names. The dial sets many of the
        others, so what it does is waited for."""
        for name, value in values.items():
            field = self.field(name)
            if name == "size" and field.input_value() != str(value):
                with self.page.expect_request(_of_the_form) as sent:  # those under way are of fields before
                    field.fill(str(value))
                    field.press("Tab")
                sent.value.response()
                continue
            field.fill(str(value))
            field.press("Enter" if name in _PICKED else "Tab")
        return self

    def field(self, name: str) -> Locator:
        if name == "name":
            labelled = self.page.locator("label", has_text="How the run is called in lists")
            return labelled.locator("input, textarea").first
        return self.page.locator(f"#knob-{name.replace('_', '-')} input").first

    def start_training(self) -> str:
        """Press the button and return the new job's id as the panel shows it."""
        before = self.job_id()
        self.page.locator("#pretrain-start").click()
        self.page.wait_for_function(
            """(before) => [...document.querySelectorAll('.gw-job code[title="job id"]')]
                .some((code) => code.checkVisibility() && code.textContent !== before)""",
            arg=before,
        )
        return self.job_id()

    @property
    def panel(self) -> Locator:
        return self.page.locator(".gw-job").locator("visible=true").first

    def job_id(self) -> str:
        shown = self.page.locator('.gw-job code[title="job id"]').locator("visible=true")
        return shown.first.inner_text() if shown.count() else ""

    def expect_state(self, state: str, seconds: float = 120) -> "Workshop":
        expect(self.panel.locator(f".gw-state-{state}")).to_be_visible(timeout=1000 * seconds)
        return self

    def loss_curve(self) -> list[float]:
        """The training losses that the figure draws now."""
        return self.page.evaluate(
            """() => {
                const plot = document.querySelector('.gw-plot-loss .js-plotly-plot');
                if (!plot || !plot.data || !plot.data.length) return [];
                const longest = plot.data.map((t) => [...(t.y?._inputArray ?? t.y ?? [])]);
                return longest.reduce((a, b) => (b.length > a.length ? b : a), []);
            }"""
        )

    def wait_for_curve(self, points: int) -> list[float]:
        """The losses, as soon as the figure draws at least that many."""
        for _ in range(1200):
            if len(curve := self.loss_curve()) >= points:
                return curve
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the curve stays at {len(curve)} points")

    def download(self, button: str) -> str:
        """The text of the file that a button of the panel hands out."""
        with self.page.expect_download() as waited:
            self.page.get_by_role("button", name=button).locator("visible=true").click()
        return Path(waited.value.path()).read_text(encoding="utf-8")

    def script(self) -> Locator:
        """The panel's *The same in Python*, unfolded."""
        self.page.get_by_role("button", name="The same in Python").locator("visible=true").click()
        return self.page.locator(".gw-code code").locator("visible=true")

    # --- Decoding

    def generate(self, model: str, prompt: str, max_new_tokens: int = 64) -> "Workshop":
        picker = self.page.locator(".gw-model-picker input").locator("visible=true").first
        picker.fill(model)
        picker.press("Enter")
        self.page.locator("#decoding-prompt textarea").fill(prompt)
        number = self.page.locator("#decoding-max-new-tokens input[type=number]")
        number.fill(str(max_new_tokens))
        number.press("Tab")
        self.page.locator("#decoding-generate").click()
        return self

    def written(self) -> str:
        """The text of the first column."""
        text = self.page.locator(".gw-column-text").first
        return text.inner_text() if text.count() else ""

    def expect_writing(self, state: str) -> "Workshop":
        """``writing``, ``stopped``, ``done`` or ``failed``, as the status line says it."""
        expect(self.page.locator(f'.gw-status[data-state="{state}"]')).to_be_visible()
        return self
