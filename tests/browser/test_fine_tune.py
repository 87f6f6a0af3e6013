"""The Fine-tune tab on the real page: check the example and tune on it; bring bad rows and mend them."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.fine_tune_page import FineTunePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_check_read_and_tune_the_example(visitor):
    tune = FineTunePage(visitor)
    expect(tune.about).to_contain_text("Prompt and completion")
    tune.check()
    expect(tune.tokens.locator(".gw-learnt").first).to_be_visible()
    expect(tune.tokens.locator(".gw-context").first).to_be_visible()
    first = tune.tokens.inner_text()
    tune.page.get_by_role("button", name="Next").click()
    expect(tune.tokens).to_have_count(1)
    expect(tune.tokens).not_to_have_text(first, use_inner_text=True)

    tune.fill("max-steps", 2).fill("batch-size", 2).fill("name", "Two steps").start()
    tune.workshop.expect_state("succeeded", seconds=400)
    expect(tune.workshop.panel.locator(".gw-done")).to_contain_text("Open it in Decoding")
    expect(tune.page.locator("#tune-held .gw-held li").first).to_be_visible()
    assert visitor.errors == [] and visitor.foreign == []


def test_bad_rows_stop_the_start_until_they_are_mended(visitor):
    tune = FineTunePage(visitor)
    rows = [{"prompt": f"Count to {n}.", "completion": "1 2 3"[: n + 1]} for n in range(12)]
    rows[4]["completion"] = ""
    tune.paste("\n".join(map(json.dumps, rows)))
    expect(tune.about).to_contain_text("12 rows")
    tune.start()
    expect(tune.error).to_contain_text("cannot start")
    blocking = tune.findings.and_(tune.page.locator('[data-level="blocks"]'))
    expect(blocking.first).to_contain_text("row 5")
    blocking.first.get_by_role("button").click()
    expect(tune.about).to_contain_text("11 rows")
    expect(blocking).to_have_count(0)
    assert visitor.job_id() == "", "a blocked run was started"
    assert visitor.errors == [] and visitor.foreign == []


def test_settings_follow_task_and_method_and_a_wrong_value_is_named(visitor):
    tune = FineTunePage(visitor)
    expect(tune.page.locator("#tune-lora-r")).to_be_visible()
    tune.choose("method", "All weights")
    expect(tune.page.locator("#tune-lora-r")).to_be_hidden()
    expect(tune.estimate).to_contain_text("100 %")
    tune.choose("task", "Classify texts")
    expect(tune.about).to_contain_text("Text and label")
    tune.fill("batch-size", 0)
    expect(tune.error).to_contain_text("batch_size accepts")
    assert visitor.errors == [] and visitor.foreign == []
