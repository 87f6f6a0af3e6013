"""The trace of a search in a real browser, by its own script on a page of its own: following a passage with
the pointer, with the keys, and reading it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.launch import _texts
from app.palette import css_variables
from app.rag.trace_view import trace_html
from pipelines.core.settings import REPOSITORY
from tests.support.rag_found import found, hybrid, stage

pytestmark = pytest.mark.browser
_ASSETS = REPOSITORY / "assets"


@pytest.fixture(scope="module")
def page(browser) -> Page:
    opened = browser.new_page(viewport={"width": 1100, "height": 700})
    yield opened
    opened.close()


def drawn(page: Page, html: str) -> Page:
    style = css_variables() + "".join(_texts(_ASSETS / "css", "rag_trace.css"))
    script = Path(_ASSETS / "js" / "rag_trace.js").read_text(encoding="utf-8")
    page.set_content(
        f'<body class="gradio-container"><style>{style}</style><div id="trace">{html}</div>'
        f"<script>{script}</script>"
    )
    page.evaluate("glassworks.rag.trace(document.getElementById('trace'), () => {})")
    return page


def chips(page: Page, stage: str) -> list[str]:
    """Labels of the marked chips of a stage."""
    marked = page.locator(f'[data-stage="{stage}"] button.gw-on').all()
    return [one.get_attribute("aria-label").split(", ")[1] for one in marked]


def test_the_pointer_marks_a_passage_in_every_stage(page):
    drawn(page, trace_html(hybrid(), "c1"))
    page.locator('[data-stage="fusion"] button').nth(3).hover()
    for name in ("bm25", "fusion", "rerank", "prompt"):
        assert chips(page, name) == ["d2.txt · 1"]
    assert chips(page, "dense") == []
    assert page.locator("path.gw-on").count() == 2, "fusion to rerank to prompt; dense does not have it"


def test_a_pressed_passage_is_read_and_stays_marked(page):
    drawn(page, trace_html(hybrid(), "c1"))
    chip = page.locator('[data-stage="bm25"] button').first
    chip.click()
    page.mouse.move(5, 690)
    expect(page.locator("article:not([hidden])")).to_contain_text("Text of d1.0")
    expect(chip).to_have_attribute("aria-pressed", "true")
    assert chips(page, "rerank") == ["d1.txt · 1"]
    chip.click()
    expect(page.locator("article:not([hidden])")).to_have_count(0)


def test_the_keys_go_along_a_stage_and_follow_a_passage(page):
    drawn(page, trace_html(hybrid(), "c1"))
    page.locator('[data-stage="bm25"] button').first.focus()
    page.keyboard.press("ArrowDown")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", "rank 2, d1.txt · 2, score 0.500")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("aria-label", "rank 3, d1.txt · 2, score 0.333")
    page.keyboard.press("ArrowLeft")
    expect(focused).to_have_attribute("aria-label", "rank 2, d1.txt · 2, score 0.500")
    page.keyboard.press("Enter")
    expect(page.locator("article:not([hidden])")).to_contain_text("Text of d1.1")


def test_lines_end_where_the_chips_are(page):
    ids = tuple(f"d1.{n}" for n in range(30))
    drawn(page, trace_html(found(stage("bm25", *ids), stage("mmr", "d1.20", "d1.0"), hits=("d1.20", "d1.0"))))
    box = page.locator("svg").first.bounding_box()
    for name, edge in (("bm25", "left"), ("mmr", "right")):
        chip = page.locator(f'[data-stage="{name}"] button.gw-trace-in').first
        at = chip.bounding_box()
        number = chip.get_attribute("data-passage")
        ends = page.locator(f'svg >> nth=0 >> path[data-passage="{number}"]').get_attribute("d")
        ends = [float(one) for one in ends.replace("M", " ").replace("C", " ").split()]
        rows = float(page.locator("svg").first.get_attribute("viewBox").split()[-1])
        place = ends[1] if edge == "left" else ends[-1]
        assert abs(box["y"] + place / rows * box["height"] - (at["y"] + at["height"] / 2)) < 2
