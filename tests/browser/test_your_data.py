"""*Your data* in a real browser: opened, taken along, deleted after a question, by mouse and keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support import workshop
from tests.support.intercept import intercept
from tests.support.your_data import Keeper, furnished, mark, texts_of
from tests.support.your_data_page import your_data_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EVE, ADA = "visitor-eve", "visitor-ada"
plain = workshop.services


@pytest.fixture
def keeper(plain, settings):
    services = furnished(plain, settings)
    yield Keeper(services)
    services.rag.close()


@pytest.fixture
def page(keeper, browser):
    """Eve's, who has two trees, a corpus and a vote; ada has a tree."""
    keeper.trees(EVE, 1), keeper.trees(EVE, 2), keeper.trees(ADA, 1)
    keeper.corpora(EVE, 1), keeper.votes(EVE, 1)
    context = browser.new_context(extra_http_headers={"x-glassworks-visitor": EVE})
    with your_data_page(keeper._services) as url:
        opened = context.new_page()
        opened.faults = []
        opened.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.goto(url)
        yield opened
        context.close()


def row(page, kind):
    return page.locator(f"dialog tr[data-kind={kind}]")


def test_it_is_opened_taken_along_and_deleted(page, keeper):
    dialog = page.get_by_role("dialog", name="Your data")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Your data").click()
    expect(row(page, "trees")).to_contain_text("2 trees")
    expect(dialog).to_contain_text("data folder of this workshop")
    expect(dialog.locator("tbody tr")).to_have_count(3)

    with page.expect_download() as waited:
        dialog.get_by_role("button", name="Download all as a zip").click()
    found = texts_of(Path(waited.value.path()))
    assert {"votes.jsonl", "names.jsonl", "trees.jsonl"} < set(found)
    assert mark(EVE) in found["trees.jsonl"] and mark(ADA) not in "".join(found.values())

    delete = row(page, "trees").get_by_role("button", name="Delete Branch trees")
    delete.click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Delete branch trees: 2 trees? There is no way back.")
    question.get_by_role("button", name="Keep").press("Enter")
    expect(question).to_have_count(0)
    delete.click()
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("Deleted. Branch trees: 2.")
    expect(row(page, "trees")).to_have_count(0)

    dialog.get_by_role("button", name="Delete everything").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_contain_text("Nothing is kept of you here.")
    with page.expect_navigation():  # what the tabs show is gone
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.faults == [] and len(keeper._services.trees.list(ADA)) == 1


def test_an_address_opens_it_and_a_server_that_is_silent_is_told(page):
    page.goto(f"{page.url}#your-data")
    page.reload()
    expect(row(page, "corpora")).to_be_visible()
    intercept(page, re.compile("component_server"), lambda route: route.abort())
    row(page, "corpora").get_by_role("button", name="Download Corpora").click()
    expect(page.locator("dialog [role=status]")).to_contain_text("did not answer")
    page.locator("dialog [data-close]").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("your-data"))
    assert page.faults == []
