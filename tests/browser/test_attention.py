"""The Attention tab on the real page, with the real worker: the house's model, MiniLM, and a small T5."""

import io
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.attention_page import AttentionPage
from tests.support.gap_models import add_gap_models

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]

TEXT = "Once upon a time, there was a girl named Lily. Lily had a ball. One day, Lily"
HOSTILE = '<img src=x onerror="window.pwned=1"> <script>window.pwned=1</script> \u202e {{7*7}}'


@pytest.fixture
def tab(workshop) -> AttentionPage:
    return AttentionPage(workshop)


def quiet(tab: AttentionPage) -> None:
    assert tab.workshop.errors == [] and tab.workshop.foreign == []


def test_from_the_model_view_to_a_head_and_its_rows(tab):
    tab.look(TEXT)
    expect(tab.status).to_contain_text("24 heads")
    tab.open_head(1, 2)
    expect(tab.heads).to_contain_text("layer, head = 1, 2")  # in the script that shows the open head
    assert 0 < tab.lines() <= 2000
    quiet(tab)


def test_a_long_text_never_draws_more_lines_than_it_may(tab):
    tab.look("The dog saw the cat and the cat saw the dog. " * 60)
    tab.open_head(0, 0)
    assert 0 < tab.lines() <= 2000
    assert tab.heads.locator("*").count() < 6_000, "what is out of view is not kept in the page"
    quiet(tab)


def test_every_part_shows_the_same_text(tab):
    tab.look(TEXT)
    for title, place, words in (
        ("Summary", "#attention-part-summary", "Perplexity"),
        ("Logit lens", "#attention-part-lens", "layer 5"),
        ("Attribution", "#attention-attribution", "Measured"),
        ("Intervene", "#attention-board", "MLP"),
        ("Embeddings", "#attention-embeddings", "Nearest to"),
    ):
        tab.part(title)
        expect(tab.page.locator(place)).to_contain_text(words)
    quiet(tab)


def test_switching_a_head_off_changes_the_prediction(tab):
    tab.look(TEXT).part("Intervene")
    board = tab.page.locator("#attention-board")
    board.get_by_role("button", name="layer 1, head 2", exact=True).click()
    expect(board).to_contain_text("layer 1, head 2 ✕")
    tab.page.locator("#attention-intervene-go").click()
    outcome = tab.page.locator("#attention-outcome")
    expect(outcome).to_contain_text("KL divergence")
    expect(outcome).to_contain_text("It goes on, after")
    quiet(tab)


def test_a_head_of_the_summary_opens_among_the_heads(tab):
    tab.look(TEXT).part("Summary")
    tab.page.locator("#attention-part-summary").get_by_role("button", name="layer 3, head 0").first.click()
    expect(tab.page.locator("#attention-heads")).to_be_visible()
    expect(tab.heads).to_contain_text("layer, head = 3, 0")  # in the script that shows the open head
    quiet(tab)


def test_hostile_text_stays_text(tab):
    tab.look(HOSTILE)
    tab.open_head(0, 0)
    for title in ("Summary", "Logit lens", "Attribution", "Intervene"):
        tab.part(title)
        tab.page.wait_for_timeout(500)
    assert tab.page.evaluate("() => window.pwned") is None
    quiet(tab)


def test_what_cannot_be_looked_at_says_why_and_loses_nothing(tab):
    tab.look(TEXT)
    tab.page.locator("#attention-text textarea").fill("word " * 3000)
    tab.page.locator("#attention-go").click()
    expect(tab.status).to_contain_text("at most 1,024 tokens")
    expect(tab.heads).to_contain_text("6 layers × 4 heads")
    tab.page.locator("#attention-text textarea").fill("")
    tab.page.locator("#attention-go").click()
    expect(tab.status).to_contain_text("at least one character")
    tab.look("It goes on.")
    quiet(tab)


def test_minilm_and_an_encoder_decoder(tab, running_app):
    names = add_gap_models(running_app.home)
    tab.choose("sentence-transformers/all-MiniLM-L6-v2").look("The cat sat on the mat.")
    expect(tab.status).to_contain_text("72 heads")
    tab.part("Logit lens")
    expect(tab.page.locator("#attention-part-lens")).to_contain_text("predicts no tokens")
    tab.part("Heads")
    tab.choose(names["t5"]).look("Anna found a red kite by the river.")
    expect(tab.page.locator("#attention-target")).to_be_visible()
    tab.heads.get_by_role("button", name="Cross", exact=False).first.click()
    quiet(tab)


def test_downloads_hold_what_is_shown(tab, tmp_path):
    tab.look(TEXT)
    tab.open_head(1, 2)
    arrays = np.load(io.BytesIO(tab.download(".npz").read_bytes()), allow_pickle=False)
    assert arrays["weights"].shape == (len(arrays["query_ids"]), len(arrays["key_ids"]))
    assert np.allclose(arrays["weights"].sum(-1), 1, atol=1e-4)
    assert tab.download(".png", name="Model view").read_bytes().startswith(b"\x89PNG")
    page = tab.page.context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "head.html"
    file.write_bytes(tab.download(".html").read_bytes())
    page.goto(file.as_uri())
    expect(page.locator("body")).to_contain_text("Lily")
    assert asked == [file.as_uri()], "it needs nothing from anywhere"
    page.close()


def test_a_link_brings_text_and_settings_back(tab):
    tab.workshop.open(f"?tab=attention&text={quote(TEXT)}&new_tokens=3&model=house/story-base")
    expect(tab.page.locator("#attention-text textarea")).to_have_value(TEXT)
    tab.page.locator("#attention-go").click()
    expect(tab.status).to_contain_text("3 written by the model")


def test_two_visitors_look_at_once(tab, browser, running_app):
    """Each sees its own text, and the same numbers as alone."""
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        second = AttentionPage(type(tab.workshop)(other.new_page(), running_app.url))
        texts = [TEXT, "The dog ran to the park. The dog saw a bird. The dog"]
        alone = [tab.look(text).told() for text in texts]
        tab.begin(texts[0])
        second.begin(texts[1])
        assert [tab.ended().told(), second.ended().told()] == alone
    finally:
        other.close()
