"""Strategies side by side in a real browser: chosen, streaming together, pointed at, stopped, shared."""

import csv
import io
import json
import math
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.support.compared_runs import STUCK
from tests.support.decoding_page import HOUSE, DecodingPage
from tests.support.slow_writer import add_slow_writer

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]
PROMPT = "Once upon a time, there was a little girl named Lily. Lily had a"


@pytest.fixture
def decoding(visitor) -> DecodingPage:
    return DecodingPage(visitor)


def test_texts_grow_together_and_stop_stops_them(decoding, tmp_path):
    decoding.choose(add_slow_writer(tmp_path)).preset("One setting alone").press(0, "duplicate")
    decoding.number("max-new-tokens", 1000).begin("Anna found")
    page = decoding.page
    first = decoding.pieces(0).first.element_handle()
    page.wait_for_function(
        """() => [...document.querySelectorAll('.gw-column-text')]
            .every((one) => one.textContent.length > 30)"""
    )
    assert first.evaluate("(node) => node.isConnected"), "what stood there was built anew"
    page.locator("#decoding-stop").click()
    decoding.ended("stopped")
    stopped = decoding.texts()
    page.wait_for_timeout(1000)
    assert decoding.texts() == stopped, "the text went on after stop"
    expect(decoding.go).to_be_enabled()


def test_one_click_on_an_example_fills_all_columns_and_says_the_same_again(decoding):
    decoding.number("max-new-tokens", 12)
    decoding.again(decoding.page.locator(".gw-example").first).ended()
    texts = decoding.texts()
    assert len(texts) == len(decoding.names) == 6 and all(texts)
    assert all(float(decoding.measure(at, "Perplexity")) >= 1 for at in range(6))
    assert decoding.again().ended().texts() == texts
    assert not decoding.workshop.errors and not decoding.workshop.foreign


def test_a_wrong_setting_marks_its_card_and_loses_nothing(decoding):
    decoding.number("max-new-tokens", 6).generate(PROMPT)
    texts = decoding.texts()
    decoding.field(2, "Temperature").fill("0")
    decoding.go.click()
    decoding.failed("Strategy 3: temperature accepts")
    card = decoding.cards.nth(2)
    expect(card.locator(".gw-strategy-fault")).to_contain_text("temperature accepts a number from 0.01 to 5")
    expect(decoding.field(2, "Temperature")).to_have_attribute("aria-invalid", "true")
    assert decoding.texts() == texts and decoding.prompt.input_value() == PROMPT
    decoding.field(2, "Temperature").fill("0.5")
    expect(card.locator(".gw-strategy-fault")).to_be_empty()
    decoding.again().ended()
    expect(decoding.status).to_have_attribute("data-state", "done")


def test_unknown_model_is_said_in_the_status_line(decoding):
    decoding.choose("house/none").begin("Anna found").failed("house/none")


def test_cards_are_added_doubled_moved_and_removed(decoding):
    decoding.preset("One setting alone")
    assert decoding.names == ["sample"]
    decoding.page.get_by_role("button", name="+ Add a strategy").click()
    decoding.page.keyboard.type("Contrastive s")  # the new card's chooser has the focus
    assert decoding.names == ["sample", "contrastive_search"]
    decoding.field(1, "Candidates").fill("6")
    decoding.press(1, "duplicate")
    decoding.press(2, "up")
    decoding.press(0, "remove")
    assert decoding.names == ["contrastive_search", "contrastive_search"]
    decoding.number("max-new-tokens", 4).generate(PROMPT)
    assert [one["parameters"]["num_candidates"] for one in decoding.data()["columns"]] == [6, 6]


def test_twelve_columns_and_no_more(decoding):
    for _ in range(6):
        decoding.press(0, "duplicate")
    assert len(decoding.names) == 12
    expect(decoding.page.get_by_role("button", name="+ Add a strategy")).to_be_disabled()
    decoding.number("max-new-tokens", 3).generate(PROMPT)
    assert len(decoding.texts()) == 12


def test_a_token_is_told_coloured_and_opened(decoding):
    decoding.number("max-new-tokens", 10).generate(PROMPT)
    decoding.pieces(1).nth(2).hover()
    expect(decoding.told).to_contain_text("column 2, token 3")
    expect(decoding.told).to_contain_text("entropy")
    decoding.page.locator('#decoding-board [data-name="rank"]').click()
    expect(decoding.pieces(0).first).to_have_attribute("data-step", "0")  # greedy takes rank 1
    decoding.page.locator('#decoding-board [data-name="none"]').click()
    expect(decoding.page.locator(".gw-piece.gw-step")).to_have_count(0)
    decoding.pieces(0).first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        decoding.page.keyboard.press(key)
    expect(decoding.pieces(1).nth(2)).to_have_attribute("aria-pressed", "true")
    expect(decoding.page.locator("#decoding-step")).to_contain_text("token 3 of 10")


def test_a_second_model_drafts_differs_and_judges_and_a_strategy_that_is_stuck_stops_no_other(visitor):
    """The model is its own draft, which is then always accepted, and its own judge."""
    asked = [
        {"name": "greedy"},
        {"name": "assisted", "parameters": {"draft": HOUSE, "do_sample": False}},
        {"name": "contrastive_decoding", "parameters": {"amateur": HOUSE}},
        {"name": STUCK[0], "parameters": STUCK[1]},
    ]
    link = f"&strategies={quote(json.dumps(asked))}&judge={quote(HOUSE)}&max_new_tokens=24"
    decoding = DecodingPage(visitor, link)
    expect(decoding.cards).to_have_count(len(asked))  # what the link asks for is there
    decoding.generate(PROMPT)
    greedy, assisted, contrasted, stuck = decoding.texts()
    assert greedy == assisted and contrasted and stuck.startswith("a")
    accepted, drafted = map(int, decoding.measure(1, "Accepted").split(" of "))
    assert accepted == drafted > 0 and int(decoding.measure(1, "Forwards")) < 24
    own, judged = (float(decoding.measure(0, name)) for name in ("Perplexity", "Judge's"))
    assert judged == pytest.approx(own, rel=0.3)
    expect(decoding.column(3).locator(".gw-column-fault")).to_contain_text("no_repeat_ngram_size cuts every")
    decoding.pieces(3).first.click()
    expect(decoding.pieces(3).first).not_to_have_attribute("aria-pressed", "true")
    decoding.pieces(1).nth(2).click()
    expect(decoding.page.locator("#decoding-step")).to_contain_text("token 3 of 24")


def test_the_first_token_of_another_text_is_marked(decoding):
    decoding.preset("The classics").number("max-new-tokens", 16).generate(PROMPT)
    first, *others = ([one["id"] for one in column["tokens"]] for column in decoding.data()["columns"])
    for at, ids in enumerate(others, 1):
        parted = next((i for i, (a, b) in enumerate(zip(first, ids, strict=False)) if a != b), None)
        marked = decoding.column(at).locator(".gw-parts")
        expect(marked).to_have_count(0 if parted is None else 1)
        if parted is not None:
            assert marked.get_attribute("data-at") == str(parted)


def test_drafts_are_shown_and_the_text_is_greedy_s(decoding):
    decoding.preset("Faster, same text").number("max-new-tokens", 24)
    expect(decoding.cards).to_have_count(4)
    decoding.generate("The cat and the dog. The cat and the dog. The cat and")
    columns = decoding.data()["columns"]
    assert len({column["text"] for column in columns}) == 1
    drafts = sum(one["origin"] == "draft" for one in columns[1]["tokens"])
    expect(decoding.column(1).locator(".gw-piece.gw-accepted")).to_have_count(drafts)
    refused = sum(bool(one["refused"]) for one in columns[1]["tokens"])
    expect(decoding.column(1).locator("del")).to_have_count(refused)


def test_a_failure_of_the_gallery_runs_and_says_what_to_look_at(decoding):
    decoding.again(decoding.page.locator('[data-failure="loops"]')).ended()
    expect(decoding.page.locator(".gw-board-lesson")).to_contain_text("Greedy loops")
    parts = [int(decoding.measure(at, "Repetition").split()[0]) for at in range(4)]
    assert parts[0] > 80 and max(parts[1:]) < 40


def test_a_link_restores_everything(visitor):
    strategies = '[{"name":"top_k","parameters":{"top_k":7}},{"name":"greedy","parameters":{}}]'
    query = f"&model={HOUSE}&prompt={quote(PROMPT)}&strategies={quote(strategies)}&max_new_tokens=9&seed=4"
    decoding = DecodingPage(visitor, f"{query}&same_noise=false")
    expect(decoding.prompt).to_have_value(PROMPT)
    expect(decoding.cards).to_have_count(2)
    expect(decoding.field(0, "Top-k")).to_have_value("7")
    data = decoding.again().ended().data()
    assert (data["seed"], data["same_noise"], data["max_new_tokens"]) == (4, False, 9)


def test_text_of_model_and_visitor_is_text(decoding):
    prompt = "<img src=x onerror=\"document.title='broken'\"> <b>Anna</b>"
    decoding.preset("One setting alone").number("max-new-tokens", 4).generate(prompt)
    expect(decoding.page.locator(".gw-columns-prompt")).to_contain_text("<b>Anna</b>")
    assert decoding.page.locator("#decoding-board img").count() == 0
    assert decoding.page.title() == "Glassworks"


def test_downloads_hold_what_is_shown(decoding):
    decoding.number("max-new-tokens", 8).generate(PROMPT)
    data = decoding.data()
    rows = list(csv.DictReader(io.StringIO(decoding.download("Download .csv"))))
    assert len(rows) == sum(len(one["tokens"]) for one in data["columns"])
    greedy = data["columns"][0]
    assert "".join(one["text"] for one in greedy["tokens"]) == greedy["text"]
    loss = -sum(one["log_prob"] for one in greedy["tokens"]) / len(greedy["tokens"])
    assert math.isclose(math.exp(loss), greedy["outcome"]["perplexity"], rel_tol=2e-3)


def test_a_phone_shows_one_column_and_nothing_overflows(decoding):
    decoding.page.set_viewport_size({"width": 390, "height": 844})
    decoding.number("max-new-tokens", 6).generate(PROMPT)
    assert decoding.page.evaluate("document.documentElement.scrollWidth") <= 390
    box = decoding.column(0).bounding_box()
    assert box["width"] > 300
