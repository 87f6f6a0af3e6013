"""The corpus workbench on the real page: make an example, clean it, read what went, see it as rows."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_clean_read_and_use(workshop):
    page = workshop.tab("Corpus").page
    page.locator("#curate-example").click()
    chosen = page.locator(".gw-corpus-view b").locator("visible=true")
    expect(chosen.first).to_have_text("Messy example")
    page.locator("#knob-languages").locator("input, textarea").first.fill("en")
    page.locator("#curate-start").click()
    workshop.expect_state("succeeded", seconds=240)

    steps = page.locator("#curate-removed summary")
    expect(steps).to_have_count(8)
    expect(steps.first).to_contain_text("12 documents")
    near = page.locator("#curate-removed details", has_text="near copies")
    near.locator("summary").click()
    expect(near.locator(".gw-gone mark").first).to_be_visible()
    expect(page.locator(".gw-plot-removed .js-plotly-plot")).to_be_visible()

    name = f"run:{workshop.job_id()}"
    expect(workshop.panel.locator(".gw-done code")).to_have_text(name)
    workshop.open(f"?tab=corpus&job={name.removeprefix('run:')}")
    expect(page.locator("#curate-removed summary")).to_have_count(8)
    assert workshop.errors == [] and workshop.foreign == []


def test_the_sample_as_training_rows(workshop):
    page = workshop.tab("Corpus").page
    page.locator("#packing-show").click()
    expect(page.locator("#packing-rows .gw-way")).to_have_count(3)
    expect(page.locator("#packing-rows .gw-token").first).to_be_visible()
    assert workshop.errors == [] and workshop.foreign == []


def test_a_refused_value_is_named_and_a_lost_corpus_says_so(workshop):
    page = workshop.tab("Corpus").page
    page.locator("#knob-languages").locator("input, textarea").first.fill("english")
    page.locator("#curate-start").click()
    message = page.locator(".gw-error").locator("visible=true").first
    expect(message).to_contain_text("languages accepts ISO 639 codes")
    picker = page.locator("#curate-corpus input")
    picker.fill("run:0123456789ab")
    picker.press("Enter")
    expect(page.locator(".gw-corpus-view .gw-error")).to_contain_text("There is no job")
    assert workshop.job_id() == "", "a refused cleaning was started"
