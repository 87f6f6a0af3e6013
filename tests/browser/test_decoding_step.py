"""A step opened in a real browser: its stages, its sliders, the walk along a text, its files."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.intercept import intercept
from tests.support.page import Workshop

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]

PROMPT = "Once upon a time, there was a little girl named Lily. Lily had a"
ASKED = "**/component_server/"


class StepPage:
    """A finished comparison, and the part *Step* of it."""

    def __init__(self, workshop: Workshop, tokens: int = 12):
        self.workshop = workshop.tab("Decoding")
        field = self.page.locator(".gw-model-picker input").locator("visible=true").first
        field.fill("house/story-base")
        field.press("Enter")
        self.page.locator("#decoding-prompt textarea").fill(PROMPT)
        count = self.page.locator("#decoding-max-new-tokens input[type=number]")
        count.fill(str(tokens))
        count.press("Tab")
        self.page.locator("#decoding-generate").click()
        expect(self.page.locator('.gw-status[data-state="done"]').locator("visible=true")).to_be_visible()

    @property
    def page(self) -> Page:
        return self.workshop.page

    @property
    def view(self) -> Locator:
        return self.page.locator("#decoding-step")

    @property
    def position(self) -> Locator:
        return self.view.locator(".gw-ds-said")

    @property
    def sentence(self) -> Locator:
        return self.view.locator(".gw-ds-sentence")

    @property
    def stages(self) -> list[str]:
        return self.view.locator(".gw-ds-table thead th > span:first-child").all_inner_texts()

    def column(self, words: str) -> int:
        """The number of the first column whose strategy's title begins so."""
        titles = self.page.locator("#decoding-board [data-column]").all_inner_texts()
        return next(at for at, text in enumerate(titles) if words in text)

    def open(self, column: int, position: int) -> "StepPage":
        board = self.page.locator(f'#decoding-board [data-column="{column}"] .gw-piece[data-at="{position}"]')
        board.click()
        expect(self.position).to_have_text(f"token {position + 1} of 12")
        return self.shown()

    def shown(self) -> "StepPage":
        expect(self.view.locator(".gw-ds-table tbody tr").first).to_be_visible()
        return self

    def slider(self, name: str) -> Locator:
        return self.view.get_by_role("slider", name=name, exact=True)

    def number(self, name: str) -> Locator:
        return self.view.get_by_label(f"{name}, as a number", exact=True)

    def turn(self, name: str, value: float) -> "StepPage":
        """Type a setting, and wait for its answer."""
        with self.page.expect_response(ASKED):
            self.number(name).fill(str(value))
            self.number(name).press("Tab")
        return self

    def saved(self, button: str) -> str:
        with self.page.expect_download() as waited:
            self.view.get_by_role("button", name=button).click()
        return Path(waited.value.path()).read_text(encoding="utf-8")


@pytest.fixture
def made(workshop: Workshop) -> StepPage:
    return StepPage(workshop)


def test_a_token_of_the_board_opens_the_step_that_chose_it(made):
    made.open(made.column("Top-p"), 4)
    assert made.stages == ["Raw", "Top-p"]
    expect(made.view.locator(".gw-ds-then-row")).to_have_count(1)
    expect(made.sentence).to_contain_text("the same, drawn with the same noise")
    kept = int(
        made.view.locator(".gw-ds-table tfoot tr").first.locator("td").nth(1).inner_text().replace(",", "")
    )
    assert 1 <= kept < 4096
    expect(made.view.locator(".gw-ds-lane")).to_have_count(7)
    assert not made.workshop.errors


def test_sliders_shape_the_step_anew_and_the_way_back_is_one_button(made):
    made.open(made.column("Top-p"), 2)
    slider = made.slider("Temperature")
    slider.focus()
    for _ in range(5):
        slider.press("PageUp")  # ten steps of 0.01 each
    expect(made.number("Temperature")).to_have_value("1.5")
    expect(made.view.locator(".gw-ds-table thead th").nth(2)).to_contain_text("1.5")
    assert made.stages == ["Raw", "Temperature", "Top-p"]
    made.turn("Top-k", 1)
    expect(made.view.locator(".gw-ds-table tfoot tr").first.locator("td").last).to_have_text("1")
    expect(made.view.locator(".gw-ds-cut").first).to_be_visible()
    made.view.get_by_role("button", name="Back to the run’s settings").click()
    expect(made.view.locator(".gw-ds-table thead th")).to_have_count(3)
    expect(made.sentence).to_contain_text("now: ✓")
    expect(made.view.get_by_role("button", name="Back to the run’s settings")).to_be_disabled()


def test_other_settings_say_which_token_they_would_take(made):
    made.open(made.column("Top-p"), 0)
    likeliest = made.view.locator(".gw-ds-table tbody tr").first.locator(".gw-token").inner_text()
    made.turn("Top-k", 1)
    expect(made.sentence.locator(".gw-token").last).to_contain_text(likeliest)


def test_one_walks_along_the_text_with_its_settings_kept(made):
    made.open(made.column("Top-p"), 0)
    back, on = (made.view.get_by_role("button", name=name) for name in ("◂ Previous", "Next ▸"))
    expect(back).to_be_disabled()
    made.turn("Temperature", 2)
    on.focus()
    for _ in range(3):
        made.page.keyboard.press("ArrowRight")
    expect(made.position).to_have_text("token 4 of 12")
    expect(made.number("Temperature")).to_have_value("2")
    expect(made.view.locator(".gw-ds-table thead th").nth(2)).to_contain_text("Temperature")
    for _ in range(9):
        made.page.keyboard.press("ArrowRight")
    expect(made.position).to_have_text("token 12 of 12")
    expect(on).to_be_disabled()
    expect(back).to_be_focused()
    made.open(made.column("Top-p"), 0)  # the token that was opened from the board before
    expect(made.number("Temperature")).to_have_value("2")


def test_only_the_newest_of_many_moves_is_waited_for(made):
    made.open(made.column("Top-p"), 3)
    asked = []
    made.page.on("request", lambda one: asked.append(one) if "component_server" in one.url else None)
    made.slider("Top-p").evaluate(
        """(slider) => { for (let at = 0; at < 100; at++) {
            slider.value = 100 + at; slider.dispatchEvent(new Event('input', { bubbles: true })); } }"""
    )
    last = made.number("Top-p").input_value()
    expect(made.view.locator(".gw-ds-table thead th").last).to_contain_text(last)
    assert len(asked) < 10


def test_a_step_is_saved_as_json_and_as_csv(made):
    made.open(made.column("Top-p"), 5)
    told = json.loads(made.saved("Save .json"))
    assert (told["model"], told["position"], told["prompt"]) == ("house/story-base", 5, PROMPT)
    assert [one["name"] for one in told["stages"]] == ["raw", "top_p"]
    lines = list(csv.DictReader(io.StringIO(made.saved("Save .csv"))))
    listed = [one for stage in told["stages"] for one in stage["candidates"]]
    assert [float(line["probability"]) for line in lines] == [one["probability"] for one in listed]
    (then,) = {line["text"] for line in lines if line["then"] == "1"}
    assert then == told["then"]["text"]


def test_a_step_that_is_forgotten_and_one_that_fails_say_so_in_place(made):
    made.open(made.column("Top-p"), 1)

    def forgotten(route):
        sent = route.request.post_data_json
        route.continue_(post_data=json.dumps(_renamed(sent)))

    intercept(made.page, ASKED, forgotten)
    made.view.get_by_role("button", name="Next ▸").click()
    note = made.view.locator(".gw-ds-note")
    expect(note).to_contain_text("no longer remembered")
    expect(note).to_contain_text("Press Generate")
    made.page.unroute(ASKED)
    intercept(made.page, ASKED, lambda route: route.abort())
    made.view.get_by_role("button", name="Next ▸").click()
    expect(note).to_contain_text("did not answer")
    made.page.unroute(ASKED)
    made.view.get_by_role("button", name="◂ Previous").click()
    made.shown()
    expect(note).to_be_empty()


def test_at_phone_width_only_the_table_scrolls(made):
    made.open(made.column("Top-p"), 1)
    made.page.set_viewport_size({"width": 390, "height": 800})
    made.turn("Temperature", 2).turn("Top-k", 50)
    expect(made.view.locator(".gw-ds-scroll[data-scrolls]")).to_have_attribute("tabindex", "0")
    assert made.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _renamed(sent):
    """A question about a run that nobody has."""
    if isinstance(sent, dict):
        return {name: "f" * 32 if name == "run" else _renamed(one) for name, one in sent.items()}
    return [_renamed(one) for one in sent] if isinstance(sent, list) else sent
