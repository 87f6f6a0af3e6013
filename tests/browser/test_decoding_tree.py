"""The trees of the Decoding tab in a real browser: beams step by step, and a branch tree that stays."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]

PROMPT = "Once upon a time, there was a little"
STRATEGIES = [
    {"name": "beam", "parameters": {"num_beams": 4}},
    {"name": "top_p", "parameters": {"top_p": 0.9}},
]
HOSTILE = " <img src=x onerror=window.hurt=1> & 'so'"


@pytest.fixture
def page(visitor) -> Page:
    """A finished run of two strategies, with the part Tree open."""
    query = {
        "tab": "decoding", "model": "house/story-base", "prompt": PROMPT, "seed": 1, "max_new_tokens": 16,
        "strategies": json.dumps(STRATEGIES),
    }  # fmt: skip
    page = visitor.open(f"?{urlencode(query)}").page
    expect(page.locator("#decoding-prompt textarea")).to_have_value(PROMPT)
    page.locator("#decoding-tabs").get_by_role("tab", name="Tree", exact=True).first.click()
    page.locator("#decoding-generate").click()
    expect(page.locator(".gw-beams-node.gw-beams-won").first).to_be_visible()
    expect(page.get_by_role("button", name="New tree", exact=True)).to_be_visible()
    yield page
    assert visitor.errors == [] and visitor.foreign == []


@pytest.fixture
def tree(page) -> Page:
    page.get_by_role("button", name="New tree", exact=True).click()
    expect(page.locator(".gw-branch-chip")).to_have_count(2)
    return page


def texts(page: Page) -> list[str]:
    return page.locator(".gw-branch-chip .gw-branch-name").all_inner_texts()


def chosen(page: Page, place: int) -> None:
    page.locator(".gw-branch-token").nth(place).click()
    expect(page.locator(".gw-branch-candidate").first).to_be_visible()


def test_a_beam_search_is_walked_with_the_keys(page):
    nodes, told = page.locator(".gw-beams-node"), page.locator(".gw-beams-path")
    page.locator(".gw-beams-box").evaluate("box => { box.scrollLeft = 0; }")
    expect(page.locator('.gw-beams-node[data-step="0"]').first).to_be_visible()
    page.locator('.gw-beams-node[data-step="0"]').first.focus()
    before = told.text_content()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".gw-beams-facts").first).to_contain_text("step 2")
    expect(told).to_contain_text(before)
    expect(told).not_to_have_text(before)
    assert told.text_content().startswith(before)
    page.keyboard.press("End")
    expect(page.locator(".gw-beams-facts").first).to_contain_text("step 16")
    assert nodes.count() > 4
    page.get_by_label("Dead ends").uncheck()
    expect(page.locator(".gw-beams-node.gw-beams-dead")).to_have_count(0)
    drawn = page.locator("#decoding-beams svg")
    wide = drawn.get_attribute("width")
    page.get_by_role("button", name="+", exact=True).click()
    expect(drawn).not_to_have_attribute("width", wide)
    assert float(drawn.get_attribute("width")) > float(wide)


def test_another_token_is_taken_and_the_text_goes_on_and_stays(tree, visitor):
    page = tree
    chosen(page, 3)
    page.get_by_label("New tokens").last.fill("6")
    other = page.locator(".gw-branch-candidate:not(:has(small))").first
    word = other.locator(".gw-token").inner_text().replace("·", " ").strip()
    other.click()
    expect(page.locator(".gw-branch-chip")).to_have_count(3)
    expect(page.locator("#decoding-growing .gw-status")).to_contain_text("6 tokens")
    expect(page.locator(".gw-branch-chip").filter(has_text=f"“{word}”")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()  # the tokens that were written …
    page.get_by_role("button", name="Undo").click()  # … and the one that was taken
    expect(page.locator(".gw-branch-chip")).to_have_count(2)
    page.get_by_label("Title of the tree").fill("A tree that stays")
    page.get_by_label("Title of the tree").press("Enter")
    expect(page.get_by_label("Your trees")).to_contain_text("A tree that stays")
    kept = texts(page)
    visitor.open("?tab=decoding")
    page.locator("#decoding-tabs").get_by_role("tab", name="Tree", exact=True).first.click()
    page.get_by_label("Your trees").select_option(label="A tree that stays · house/story-base")
    expect(page.locator(".gw-branch-chip")).to_have_count(2)
    assert texts(page) == kept


def test_a_text_of_ones_own_is_text_and_branches_are_compared(tree):
    page = tree
    chosen(page, 2)
    page.get_by_label("Go on as soon as one is taken").uncheck()
    page.get_by_label("A text of your own").fill(HOSTILE)
    page.get_by_role("button", name="Put in").click()
    expect(page.locator(".gw-branch-chip")).to_have_count(3)
    assert page.evaluate("window.hurt") is None and page.locator(".gw-branches img").count() == 0
    for box in page.locator(".gw-branch-chip input[type=checkbox]").all():
        box.check()
    expect(page.locator(".gw-branch-column")).to_have_count(3)
    own = page.locator(".gw-branch-own").all_text_contents()
    assert any(HOSTILE in one for one in own)
    expect(page.locator(".gw-branch-column").first).to_contain_text("perplexity")
    page.locator(".gw-branch-chip").filter(has_text="Top-p").get_by_role("button", name="Delete").click()
    expect(page.locator(".gw-branch-chip")).to_have_count(2)
    expect(page.locator(".gw-branch-column")).to_have_count(2)


def test_a_tree_is_saved_and_brought_back(tree, tmp_path: Path):
    page = tree
    with page.expect_download() as waited:
        page.get_by_role("button", name="Save .json").click()
    saved = json.loads(Path(waited.value.path()).read_text(encoding="utf-8"))
    assert saved["prompt"] == PROMPT and len(saved["branches"]) == 2 and saved["seed"] == 1
    saved["title"] = "From a file"
    file = tmp_path / "tree.json"
    file.write_text(json.dumps(saved), encoding="utf-8")
    page.locator('.gw-branches input[type="file"]').set_input_files(file)
    expect(page.get_by_label("Title of the tree")).to_have_value("From a file")
    saved["nodes"][1][1] = 999
    file.write_text(json.dumps(saved), encoding="utf-8")
    page.locator('.gw-branches input[type="file"]').set_input_files(file)
    expect(page.locator(".gw-branch-fault")).to_contain_text("nodes[1].parent accepts")
    expect(page.locator(".gw-branch-chip")).to_have_count(2)
    for sure in ("Delete tree", "Delete for good?"):
        page.get_by_role("button", name=sure).click()
    expect(page.locator(".gw-branch-chip")).to_have_count(0)


def test_a_token_of_the_board_is_chosen_in_the_tree(tree):
    page = tree
    token = page.locator("#decoding-board .gw-column").last.locator("[data-at]").nth(3)
    token.click()
    expect(page.locator(".gw-branch-token[aria-pressed=true]")).to_have_count(1)
    expect(page.locator(".gw-branch-candidate")).to_have_count(8)


def test_at_phone_width_nothing_sticks_out(tree):
    page = tree
    chosen(page, 4)
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})
