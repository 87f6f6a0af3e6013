"""Keeping house on the real page: take a model away, delete a job, discard a run, bring a text."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.finished_runs import write_run
from tests.support.intercept import intercept
from tests.support.small_run import tiny

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def pick(workshop, table: str, text: str) -> None:
    """Click the row of a table that holds this text."""
    cell = workshop.page.locator(f"#{table} [role=gridcell]").filter(has_text=text).locator("visible=true")
    cell.first.click()


def press(workshop, name: str) -> None:
    workshop.page.get_by_role("button", name=name, exact=True).locator("visible=true").click()


def test_a_model_is_taken_away_as_a_zip_and_then_deleted(visitor, api, running_app):
    model = f"run/{write_run(running_app.home, name='to be deleted')}"
    visitor.open("?tab=jobs")
    pick(visitor, "models-table", model)
    press(visitor, "Make a zip to download")
    link = visitor.page.get_by_role("button", name="Download run-").locator("visible=true")
    with visitor.page.expect_download() as waited:
        link.click()
    archive = zipfile.ZipFile(io.BytesIO(Path(waited.value.path()).read_bytes()))
    names = {Path(name).name for name in archive.namelist()}
    assert {"config.json", "tokenizer.json", "glassworks.json", "README.md"} <= names
    assert any(name.endswith(".safetensors") for name in names)

    press(visitor, "Delete this model …")
    press(visitor, "Delete it")
    gone = visitor.page.locator("#models-table [role=gridcell]").filter(has_text=model)
    expect(gone.locator("visible=true")).to_have_count(0)
    assert model not in api.models()
    assert not (running_app.home / "runs" / model.removeprefix("run/")).exists()


def test_house_models_are_listed_and_cannot_be_deleted(visitor):
    visitor.open("?tab=jobs")
    pick(visitor, "models-table", "house/story-base")
    expect(visitor.page.get_by_role("button", name="Make a zip to download")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Delete this model …")).to_be_hidden()


def test_a_run_is_cancelled_after_a_question_and_its_job_deleted(visitor, api, corpus, running_app):
    job_id = api.submit(tiny(corpus, name="to be discarded", max_steps=100_000))
    api.wait_for_step(job_id, 1)
    visitor.open("?tab=jobs")
    pick(visitor, "jobs-table", "to be discarded")
    press(visitor, "Cancel")
    press(visitor, "Discard it")
    visitor.expect_state("cancelled")
    press(visitor, "Delete this job …")
    press(visitor, "Delete it")
    gone = visitor.page.locator("#jobs-table [role=gridcell]").filter(has_text="to be discarded")
    expect(gone.locator("visible=true")).to_have_count(0)
    assert not (running_app.home / "runs" / job_id).exists()


@pytest.mark.parametrize("way", ["paste", "upload"])
def test_a_text_of_ones_own_becomes_the_corpus(workshop, corpus, way):
    lines = Path(corpus.removeprefix("path:")).read_text(encoding="utf-8").splitlines()[:50]
    text = "\n<|endoftext|>\n".join(json.loads(line)["text"] for line in lines)
    page = workshop.tab("Pretrain").page
    page.get_by_role("button", name="Bring a text of your own").click()
    if way == "paste":
        page.get_by_label("Title", exact=True).fill("Mine")
        page.get_by_label("Paste text", exact=True).fill(text)
    else:
        workshop.bring_file("mine.txt", text.encode())
    press(workshop, "Use this text")
    expect_chosen(workshop, "50 documents")


def expect_chosen(workshop, words: str) -> None:
    expect(workshop.page.locator(".gw-corpus")).to_contain_text(words)
    expect(workshop.field("corpus")).to_have_value(re.compile(words))


def test_a_text_added_while_the_tab_still_opens_stays_chosen(workshop):
    """What the tab was told when it was opened arrives after the text was added."""
    page, held = workshop.page, []
    intercept(page, "**/gradio_api/run/predict", lambda route: held.append((route, route.fetch())), times=1)
    workshop.tab("Pretrain")
    page.get_by_role("button", name="Bring a text of your own").click()
    page.get_by_label("Title", exact=True).fill("Early")
    page.get_by_label("Paste text", exact=True).fill("Once there was a fox.")
    press(workshop, "Use this text")
    expect_chosen(workshop, "Early")
    assert held, "opening the tab asked for nothing"
    route, answer = held[0]
    route.fulfill(response=answer)
    page.wait_for_timeout(1500)
    expect_chosen(workshop, "Early")
