"""Gaps on the real page: the house's model, then two more; guesses are put in one after the other."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.support.gap_models import add_gap_models
from tests.support.page import Workshop

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]


def fill(workshop: Workshop, text: str, model: str = "") -> Workshop:
    page = workshop.page
    if model:
        picker = page.locator(".gw-model-picker input").locator("visible=true").first
        picker.fill(model)
        picker.press("Enter")
    page.get_by_label("Text with gaps").fill(text)
    page.locator("#fill-mask-go").click()
    return workshop


@pytest.fixture(scope="module")
def models(running_app) -> dict[str, str]:
    """A masked and a span model of the running app; what they guess is random."""
    return add_gap_models(running_app.home)


def test_the_house_s_model_stands_ready(workshop):
    page = workshop.tab("Fill-mask").page
    picker = page.locator(".gw-model-picker input").locator("visible=true").first
    expect(picker).to_have_value(re.compile("house/minilm-fill-mask"))
    fill(workshop, "The little [MASK] barked at the cat.").expect_writing("done")
    expect(page.locator("#fill-mask-guesses")).to_contain_text("dog")


@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_guesses_go_in_one_after_the_other(workshop, models, kind):
    page = workshop.tab("Fill-mask").page
    fill(workshop, "Anna [MASK] a red <mask> by the river.", models[kind]).expect_writing("done")
    expect(page.locator("#fill-mask-guesses .gw-guesses")).to_have_count(2)
    expect(page.locator("#fill-mask-guesses .gw-guesses").first.locator(".gw-guess")).to_have_count(8)
    beside = page.locator("#fill-mask-beside")
    expect(beside).to_contain_text("house/story-base, reading only what stands before")
    expect(beside.locator(".gw-guesses")).to_have_count(2)
    page.locator("#fill-mask-guesses .gw-guesses").first.locator(".gw-guess").nth(1).click()
    expect(page.locator("#fill-mask-guesses .gw-guesses")).to_have_count(1)
    box = page.get_by_label("Text with gaps")
    expect(box).not_to_have_value(re.compile(r"\[MASK\]"))
    expect(box).to_have_value(re.compile(r"^Anna.*a red <mask> by the river\.$", re.DOTALL))
    page.locator("#fill-mask-guesses .gw-guess").first.click()
    expect(page.locator(".gw-status").locator("visible=true")).to_contain_text("All gaps are filled")
    expect(page.locator("#fill-mask-text")).not_to_contain_text("mask")
    assert workshop.errors == [] and workshop.foreign == []


def test_an_example_a_gap_at_the_cursor_and_the_download(workshop, models):
    page = workshop.tab("Fill-mask").page
    page.locator("button.gw-example").locator("visible=true").first.click()
    workshop.expect_writing("done")
    assert saved(page)["masks"][0]["candidates"][0]["probability"] > 0
    box = page.get_by_label("Text with gaps")
    box.fill("Anna found the key")
    box.evaluate("(box) => { box.focus(); box.setSelectionRange(5, 10); }")
    page.locator("#fill-mask-gap").click()
    expect(box).to_have_value("Anna <|mask|> the key")
    page.locator("#fill-mask-go").click()
    expect(page.locator("#fill-mask-text")).to_contain_text("Anna")
    expect(page.locator("#fill-mask-text")).to_contain_text("the key")
    workshop.expect_writing("done")
    assert saved(page)["text"] == "Anna <|mask|> the key", "what stands there now, not what stood there first"


def saved(page):
    """What *Download .json* hands out."""
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download .json").locator("visible=true").click()
    return json.loads(waited.value.path().read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Anna found the key.", "at least one <|mask|>"),
        ("Anna found <mask>. " * 30, "at most 64 tokens with this model"),
    ],
)
def test_what_cannot_be_filled_is_said(workshop, models, text, message):
    fill(workshop.tab("Fill-mask"), text, models["bert"]).expect_writing("failed")
    expect(workshop.page.locator('.gw-status[data-state="failed"]')).to_contain_text(message)


def test_each_kind_of_model_has_its_tab(workshop, models):
    """Decoding does not offer what cannot continue text, and says so where it is asked for all the same."""
    workshop.tab("Decoding").page.locator(".gw-model-picker input").locator("visible=true").first.click()
    expect(workshop.page.get_by_role("option").first).to_be_visible()
    offered = workshop.page.get_by_role("option").all_inner_texts()
    assert not any(name in one for one in offered for name in models.values())
    workshop.tab("Decoding").generate(models["bert"], "Anna found").expect_writing("failed")
    expect(workshop.page.locator('.gw-status[data-state="failed"]')).to_contain_text(
        re.compile("masked-lm model: it guesses masked words")
    )
