"""The Tokenizer tab on the real page, with the real worker and the house's tokenizer beside MiniLM's."""

import gzip
import json
import re
from contextlib import suppress

import pytest
from playwright.sync_api import expect
from tokenizers import Tokenizer

from pipelines.core.settings import REPOSITORY, Settings
from tests.support.small_tokenizers import backend
from tests.support.source_files import sentencepiece_model
from tests.support.tokenizer_page import TokenizerPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOUSE = "house/story-base"
HOSTILE = '<img src=x onerror="window.pwned=1"> <script>pwned=1</script> &lt;b&gt; \u202e\x00\x1b[31m {{7*7}}'


@pytest.fixture
def tab(workshop) -> TokenizerPage:
    return TokenizerPage(workshop)


@pytest.fixture(scope="module")
def house() -> Tokenizer:
    return Tokenizer.from_file(str(REPOSITORY / "assets" / "models" / "story-base" / "tokenizer.json"))


def test_one_text_under_two_tokenizers(tab, house):
    text = "Once upon a time, 1234 foxes slept."
    tab.paste(text).expect_words("Once upon a time")
    expect(tab.status).to_contain_text("2 tokenizers")
    ((first, second),) = tab.rows()
    assert "".join(first) == "".join(second).replace(" ", "") == text.replace(" ", "·") or first != second
    assert len(first) == len(house.encode(text, add_special_tokens=False).ids)

    tab.lanes.get_by_role("button", name="Ids").click()
    shown = house.encode(text, add_special_tokens=False).ids
    ids = tab.lanes.locator(".gw-lane-ids").first.locator(".gw-lane-id")
    expect(ids.filter(has_text=re.compile(r"\d"))).to_have_text([str(id) for id in shown])

    tab.lanes.locator(".gw-lane-cells").first.locator(".gw-t").nth(2).hover()
    details = tab.lanes.locator(".gw-lanes-details table")
    expect(details).to_contain_text(f"{shown[2]:,}")
    expect(tab.page.locator("#tokenizer-measures-table")).to_contain_text(HOUSE)
    saved = tab.saved()
    assert [t["id"] for t in saved["tokenizers"][0]["tokens"]] == shown
    assert tab.workshop.errors == [] and tab.workshop.foreign == []


def test_a_megabyte_is_shown_a_window_at_a_time(tab):
    with gzip.open(next(Settings().samples.glob("*.txt.gz")), "rt", encoding="utf-8") as file:
        text = file.read(1_000_000)
    tab.paste(f"{text}\n\nHere the long text ends.").expect_words(text[:12])
    assert tab.elements() < 9_000
    expect(tab.status).to_contain_text("2 tokenizers")
    tab.to_the_end("Here the long text ends.")
    assert tab.elements() < 9_000, "what is out of view is not kept in the page"
    tab.scroller.evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    middle = text[480_000:520_000]
    tab.page.wait_for_function(
        """(words) => {
          const shown = document.querySelector('#tokenizer-lanes').textContent;
          return words.some((word) => shown.includes(word));
        }""",
        arg=[word for word in set(middle.split()) if len(word) > 8][:400],
    )
    tab.detail("Tokens")
    expect(tab.page.locator("#tokenizer-tokens")).to_contain_text("of 2")
    assert tab.workshop.errors == [] and tab.workshop.foreign == []


def test_stages_and_the_replay_of_a_word(tab, house):
    tab.paste("the strangest lighthouse").expect_words("the strangest").detail("Stages")
    cards = tab.page.locator("#tokenizer-stage-cards .gw-stage")
    expect(cards.locator("h4").last).to_be_visible()
    expect(tab.page.locator("#tokenizer-stage-cards")).to_contain_text("Byte-pair encoding")
    tab.page.locator("#tokenizer-stage-cards button.gw-word", has_text="lighthouse").first.click()
    expect(tab.page.locator("#tokenizer-replay-word").locator("input, textarea")).to_have_value("Ġlighthouse")
    steps = tab.page.locator("#tokenizer-replay-steps")
    expect(steps.locator(".gw-bpe-body")).not_to_be_empty()
    ranks = [tuple(merge) for merge in json.loads(house.to_str())["model"]["merges"]]
    first = json.loads(steps.locator(".gw-bpe").get_attribute("data-replay"))
    assert str(min(r for r, _ in enumerate(ranks))) == "0" and first
    tab.page.locator("#tokenizer-focus input").click()
    tab.page.get_by_role("option", name="MiniLM").click()
    expect(tab.page.locator("#tokenizer-stage-cards")).to_contain_text("BertNormalizer")
    assert tab.workshop.errors == [] and tab.workshop.foreign == []


def test_round_trip_says_what_is_lost(tab):
    tab.paste("Naïve Café").expect_words("Café").detail("Round trip")
    expect(tab.page.locator("#tokenizer-trip")).to_contain_text("The same.")
    tab.page.locator("#tokenizer-focus input").click()
    tab.page.get_by_role("option", name="MiniLM").click()
    expect(tab.page.locator("#tokenizer-trip")).to_contain_text("Not the same.")
    tab.detail("Languages")
    rows = tab.page.locator("#tokenizer-languages-table tbody tr")
    expect(rows).to_have_count(15)
    assert tab.workshop.errors == []


def test_bars_of_one_length_mean_the_same_in_every_column(tab):
    tab.page.set_viewport_size({"width": 390, "height": 844})
    tab.paste("a").expect_words("a")
    tab.page.locator("#tokenizer-details .overflow-menu > button").click()
    tab.page.get_by_role("button", name="Languages").click()
    bars = tab.page.locator("#tokenizer-languages-table .gw-language-bar")
    expect(bars).to_have_count(2 * 15)
    widths = bars.evaluate_all("(bars) => bars.map((bar) => bar.getBoundingClientRect().width)")
    assert max(widths) - min(widths) < 0.5 and min(widths) >= 30
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_price_is_empty_until_one_is_typed(tab):
    price = tab.page.get_by_label("Price per million tokens")
    expect(price).to_have_value("")
    tab.paste("the fox").expect_words("the fox")
    table = tab.page.locator("#tokenizer-measures-table")
    expect(table).to_contain_text("Fertility")
    assert "Cost" not in table.inner_text()
    price.fill("2,5")
    expect(table).to_contain_text("Cost")
    price.fill("dear")
    expect(tab.status).to_contain_text("a number from 0 to 1,000,000")
    price.fill("")
    expect(table).not_to_contain_text("Cost")
    assert tab.workshop.errors == []


def test_hostile_text_stays_text_everywhere(tab):
    tab.paste(HOSTILE).expect_words("<img src=x")
    for title in ("Tokens", "Stages", "Round trip", "Measures"):
        tab.detail(title)
        tab.page.wait_for_timeout(1_000)
    tab.tool("Batch")
    box = tab.page.locator("#batch-texts textarea")
    box.fill(HOSTILE.replace("\x00", ""))
    box.press("Tab")
    expect(tab.status).to_contain_text("1 text in 1 row")
    tab.tool("Vocabulary")
    search = tab.page.locator("#vocabulary-search").locator("input, textarea").first
    search.fill('<b onclick="window.pwned=1">')
    search.press("Enter")
    expect(tab.page.locator("#vocabulary-table")).to_contain_text("No token is like that")
    assert tab.page.evaluate("window.pwned") is None
    assert tab.page.locator("#tokenizer-tabs img").count() == 0
    assert tab.workshop.errors == [] and tab.workshop.foreign == []


def test_what_is_no_tokenizer_is_said_and_the_tab_stays_usable(tab, tmp_path):
    tab.paste("some words here").expect_words("some words")
    tab.choose("nothing-of-the-kind")
    expect(tab.status).to_contain_text("house/<name>")
    tab.expect_words("some words")
    odd = tmp_path / "odd.json"
    odd.write_text('{"no": "tokenizer"}')
    tab.upload(odd)
    expect(tab.page.locator(".toast-body").first).to_contain_text("tokenizer")
    good = tmp_path / "mine.json"
    backend("wordpiece").save(str(good))
    tab.workshop.open(f"?tab=tokenizer&tokenizers={HOUSE}")
    tab.upload(good)
    expect(tab.page.locator("#tokenizer-names")).to_contain_text("mine.json")
    tab.paste("the quick fox").expect_words("the quick fox")
    expect(tab.status).to_contain_text("2 tokenizers")


def test_a_link_brings_text_and_tokenizers_back(workshop):
    tab = TokenizerPage(workshop, f"&text=A%20linked%20text&tokenizers={HOUSE}")
    tab.expect_words("A linked text")
    expect(tab.status).to_contain_text("1 tokenizer")
    assert len(tab.rows()[0]) == 1
    assert workshop.errors == []


def test_a_conversation_through_a_template(tab):
    tab.tool("Chat template")
    view = tab.page.locator("#chat-view")
    expect(view).to_contain_text("No chat template here")
    view.locator("button[data-template]").first.click()
    expect(view.locator(".gw-turn").first).to_be_visible()
    expect(tab.status).to_contain_text("learnt")
    tab.page.locator("#chat-shown-as").get_by_text("Tokens", exact=True).click()
    expect(view.locator(".gw-turn-tokens .gw-token").first).to_be_visible()
    expect(tab.page.locator("#chat-special")).to_contain_text("<|endoftext|>")
    assert tab.workshop.errors == [] and tab.workshop.foreign == []


def test_what_a_template_writes_before_the_first_message_has_no_role(tab):
    tab.tool("Chat template")
    view = tab.page.locator("#chat-view")
    view.locator("button[data-template]").first.click()
    expect(view.locator(".gw-turn h4")).to_have_text(["user", "assistant"])
    tab.page.get_by_role("button", name="The template itself").click()
    box = tab.page.locator("#chat-template textarea")
    box.fill("Be kind.\n\n{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}")
    expect(view.locator(".gw-turn h4")).to_have_text(["template", "user", "assistant"])
    expect(view.locator(".gw-role-none .gw-turn-text")).to_have_text("Be·kind.⏎\n⏎\n")
    assert tab.workshop.errors == []


def test_a_sentencepiece_model_makes_batches(tab, tmp_path):
    model = tmp_path / "mine.model"
    model.write_bytes(sentencepiece_model("unigram"))
    tab.upload(model)
    expect(tab.page.locator("#tokenizer-names")).to_contain_text("mine.model")
    tab.tool("Batch")
    tab.page.locator("#batch-tokenizer input").click()
    tab.page.get_by_role("option", name="mine.model").click()
    expect(tab.status).to_contain_text("no padding token")
    tab.page.locator("#batch-padding input").click()
    tab.page.get_by_role("option", name="none", exact=True).click()
    expect(tab.status).to_contain_text("3 texts in 3 rows")
    expect(tab.page.locator("#batch-view .gw-grid")).to_contain_text("▁")
    assert tab.workshop.errors == []


def test_a_vocabulary_is_walked_by_its_merges(tab, house):
    tab.tool("Vocabulary")
    field = tab.page.locator("#vocabulary-id").locator("input, textarea").first
    wanted = house.token_to_id("Ġonce") or house.token_to_id("Ġthe")
    field.fill(str(wanted))
    field.press("Enter")
    card = tab.page.locator("#vocabulary-card .gw-card")
    expect(card).to_contain_text("rank")
    half = card.locator("button.gw-walk").first
    name = half.get_attribute("data-id")
    half.click()
    expect(card).to_have_attribute("aria-label", f"Token {name}")
    assert tab.workshop.errors == []


def test_a_tokenizer_is_trained_and_used(tab, house):
    tab.tool("Train")
    size = tab.page.locator("#tokenizer-vocab-size input")
    size.first.fill("100")
    tab.page.locator("#tokenizer-train-go").click()
    expect(tab.page.locator(".gw-error, .toast-body").locator("visible=true").first).to_contain_text(
        "vocab_size"
    )
    size.first.fill("1024")
    size.first.press("Tab")
    begun = tab.page.locator('.gw-job code[title="job id"]').locator("visible=true")
    for _ in range(10):  # until the first press is answered, a second one is not heard
        tab.page.locator("#tokenizer-train-go").click()
        with suppress(AssertionError):
            expect(begun.first).to_be_visible(timeout=5000)
            break
    tab.workshop.expect_state("succeeded", seconds=240)
    name = f"run/{tab.workshop.job_id()}"
    trained = TokenizerPage(tab.workshop, f"&text=the%20fox&tokenizers={HOUSE},{name}")
    trained.expect_words("the fox")
    expect(trained.status).to_contain_text("2 tokenizers")
    trained.workshop.tab("Pretrain")
    picker = trained.page.locator("#knob-tokenizer input")
    picker.click()
    expect(trained.page.get_by_role("option", name=name)).to_be_visible()
    assert tab.workshop.errors == [] and tab.workshop.foreign == []
