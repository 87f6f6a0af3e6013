"""Measuring on one's own documents, on the real page with the real worker."""

import csv

import pytest
from playwright.sync_api import expect

from tests.support.rag_page import RagPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CRAB = (
    "Otto is a crab that lives under a grey stone. The stone was built by Ada Finn in 1871.\n\n"
    "Rye bread is a loaf that rests for twelve hours before it is baked.\n\n"
    "The lighthouse has seven windows, and each window has a bell.\n\n"
)


@pytest.fixture(scope="module")
def tales(api):
    """The id of a collection of the owner's."""
    job = api.client.predict("Tales", None, CRAB * 3, "crab.md", api_name="/rag_add")
    assert api.wait_for_end(job)["state"] == "succeeded"
    return next(
        one["id"] for one in api.client.predict(api_name="/rag_collections") if one["name"] == "Tales"
    )


@pytest.fixture
def page(visitor, tales):
    return RagPage(visitor, collection=tales).view("Measure").page


def made(page, count=3):
    page.locator("#measure-count input").fill(str(count))
    page.locator("#measure-make").click()
    status = page.locator("#measure-questions-status")
    expect(status).to_contain_text("question")
    return status


def measured(page):
    page.locator("#measure-go").click()
    expect(page.locator("#measure-status [data-state=done]")).to_be_visible()
    return page.locator("#measure-table")


def test_questions_are_made_measured_and_read_one_by_one(page):
    made(page)
    table = measured(page)
    expect(table.locator("tbody tr")).to_have_count(4)
    expect(table).to_contain_text("Hybrid, RRF")
    expect(page.locator("#measure-differences")).to_contain_text("Against BM25")
    page.locator("#measure-items button[data-item]").first.click()
    expect(page.locator("#measure-trace")).to_contain_text("crab.md")
    expect(page.locator("#measure-trace")).to_contain_text("BM25:")
    with page.expect_download() as saved:
        page.locator("#measure-csv").click()
    rows = list(csv.DictReader(saved.value.path().read_text(encoding="utf-8").splitlines()))
    assert {row["configuration"] for row in rows} == {"BM25", "Dense", "Hybrid", "Hybrid, RRF"}
    measured(page)
    expect(page.locator("#measure-status")).to_contain_text("known from before")


def test_a_set_that_is_kept_is_there_after_a_reload(page):
    made(page)
    page.get_by_text("Import, export and kept sets").click()
    page.locator("#measure-title").locator("input, textarea").first.fill("Crabs")
    page.locator("#measure-keep").click()
    expect(page.locator("#measure-questions-status")).to_contain_text("kept as “Crabs”")
    page.reload()
    page.locator("#rag-view").get_by_text("Measure", exact=True).click()
    page.get_by_text("Import, export and kept sets").click()
    page.locator("#measure-set input").click()
    page.get_by_role("option", name="Crabs").click()
    expect(page.locator("#measure-questions-status")).to_contain_text("“Crabs” is open")
    expect(page.locator("#measure-questions")).to_contain_text("crab.md")


def test_without_questions_it_says_what_is_missing(page):
    page.locator("#measure-go").click()
    expect(page.locator("#measure-status [data-state=failed]")).to_contain_text("write, import or make some")
