"""The scripts of the summary and of the lens on a page of their own, in a real Chromium, without a server."""

import json

import pytest
from playwright.sync_api import expect

from app.attention.lens_view import WINDOW, lens_html
from app.attention.summary_view import heads_html, text_html
from app.palette import css_variables
from pipelines.attention.answers import MEASURES
from pipelines.attention.requests import LensRequest
from pipelines.core.settings import REPOSITORY
from tests.support.inside import captured, inside

ASSETS = REPOSITORY / "assets"
TEXT = "Anna found a red kite. <b>Anna</b>\nfound a red kite."
START = """
const element = (name) => document.getElementById(name);
window.opened = []; window.asked = []; window.saved = [];
document.addEventListener('gw-open-head', (event) => opened.push(event.detail));
const server = new Proxy({}, { get: (_, name) => async (data) => {
  asked.push([name, data]); return JSON.stringify({ file: name }); } });
glassworks.saveData = (text, name) => saved.push([name, text]);
new glassworks.AttentionSummary(element('heads'), server).adopt();
new glassworks.AttentionText(element('text')).adopt();
window.lens = new glassworks.AttentionLens(element('lens'), server).adopt();
"""


pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser):
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def shown(page):
    """``shown(family)`` → the page with the family's summary and lens."""

    def show(family):
        subject, found = captured(family, TEXT)
        lens = inside(None, None, LensRequest(subject, 0, WINDOW, 4))
        scripts = "".join(
            f"<script>{path.read_text()}</script>" for path in sorted((ASSETS / "js").glob("*.js"))
        )
        css = "".join(path.read_text() for path in sorted((ASSETS / "css").glob("*.css")))
        parts = {
            "heads": heads_html(subject, found),
            "text": text_html(subject, found, ""),
            "lens": lens_html(subject, found, lens, ""),
        }
        body = "".join(f'<div id="{name}">{html}</div>' for name, html in parts.items())
        page.set_content(f"<!doctype html><style>{css_variables()}{css}</style><body>{body}{scripts}</body>")
        page.evaluate(f"async () => {{ {START} await lens; }}")
        return found, lens

    return show


def column(page, place):
    return page.locator(f"#heads tbody tr > :nth-child({place + 1})").all_inner_texts()


def test_the_table_sorts_by_any_measure_and_says_so(page, shown):
    found, _ = shown("gpt2")
    which = MEASURES.index("previous")
    head = page.locator("#heads thead th").nth(which + 1)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    values = found.parts[0].measures[:, :, which].ravel()
    assert column(page, 0)[0] == "{}.{}".format(*divmod(int(values.argmax()), found.parts[0].heads))
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert column(page, 0)[0] == "{}.{}".format(*divmod(int(values.argmin()), found.parts[0].heads))
    assert page.locator('#heads th[aria-sort="ascending"], #heads th[aria-sort="descending"]').count() == 1


def choose(page, group, name):
    page.locator(f'#heads [aria-label="{group}"] button[data-name="{name}"]').click()


def test_every_head_leads_to_itself_from_the_map_and_from_the_table(page, shown):
    shown("gpt2")
    page.locator('#heads .gw-sum-cell[data-row="0"][data-column="0"]').focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator('#heads tbody button[data-layer="0"][data-head="3"]').click()
    page.wait_for_function("opened.length === 2")
    assert page.evaluate("opened") == [
        {"part": "self", "layer": 1, "head": 1},
        {"part": "self", "layer": 0, "head": 3},
    ]


def test_the_buttons_choose_measure_and_part(page, shown):
    found, _ = shown("t5")
    choose(page, "Attention", "cross")
    choose(page, "Measure", "previous")
    sentence, cells = page.locator(".gw-sum-sentence"), page.locator(".gw-sum-cell")
    expect(sentence).to_contain_text("Nothing in this sequence can be measured so")
    assert set(cells.all_inner_texts()) == {"–"}
    choose(page, "Measure", "first")
    expect(cells.first).not_to_have_text("–")
    cross = next(part for part in found.parts if part.name == "cross")
    told = [int(text) for text in cells.all_inner_texts()]
    wanted = 100 * cross.measures[:, :, MEASURES.index("first")].ravel()
    assert all(abs(one - other) <= 0.51 for one, other in zip(told, wanted, strict=True))


def test_files_are_asked_for_with_the_subject(page, shown):
    shown("gpt2")
    page.locator("#heads").get_by_role("button", name="Save .csv").click()
    page.locator("#lens").get_by_role("button", name="Save .json").click()
    page.wait_for_function("saved.length === 2")
    (summary, first), (lens, second) = page.evaluate("asked")
    assert (summary, first["kind"], first["subject"]["text"]) == ("attention_summary_file", "csv", TEXT)
    assert (lens, second["first"], second["top_k"]) == ("attention_lens_file", 0, 4)


def test_tokens_tell_their_loss_and_are_text_alone(page, shown):
    found, _ = shown("gpt2")
    chips = page.locator("#text .gw-text-chips .gw-token")
    expect(chips).to_have_count(len(found.loss))
    assert page.locator("#text .gw-text-chips b").count() == 0
    chips.first.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator("#text .gw-sum-told")
    expect(told).to_contain_text(f"loss {found.loss[1]:.3f} nats")
    expect(told).to_contain_text(f"rank {found.ranks[1] + 1:,}")
    page.get_by_text("The numbers as a table").click()
    expect(page.locator("#text table tbody tr")).to_have_count(len(found.loss))  # made when it unfolds


def test_the_lens_shows_the_likeliest_and_where_the_answer_leads_first(page, shown):
    _, lens = shown("gpt2")
    top, (layers, count) = lens.ids[:, :, 0], lens.ranks.shape
    assert page.locator(".gw-lens-cell").count() == layers * count
    for place in (0, count - 1):
        lead = int((top[:, place] == top[-1, place]).argmax())
        cells = page.locator(f'.gw-lens-cell[data-column="{place}"].gw-lens-lead')
        assert cells.count() == 1 and cells.get_attribute("data-row") == str(lead)
    page.locator('.gw-lens-cell[data-row="1"][data-column="0"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".gw-lens-detail h4")).to_contain_text("After layer 0, position 1")
    shares = page.locator(".gw-lens-detail .gw-lens-share").all_inner_texts()
    assert len(shares) == 4
    assert float(shares[0].split()[0]) / 100 == pytest.approx(lens.probabilities[1, 1, 0], abs=0.006)


def test_colours_change_with_the_button_and_no_page_is_wider_than_the_phone(page, shown):
    shown("bert")
    cell = page.locator('.gw-lens-cell[data-row="0"][data-column="2"]')
    seen = set()
    for name in ("Probability", "Rank of the final token", "KL to the end", "Entropy"):
        page.locator("#lens").get_by_role("button", name=name).click()
        seen.add(cell.get_attribute("aria-label"))
    assert len(seen) == 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert json.loads(page.evaluate("JSON.stringify(opened)")) == []
