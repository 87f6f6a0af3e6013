"""Text streams in as it is made, and stop works at once."""

import pytest
from playwright.sync_api import expect

from tests.support.slow_writer import add_slow_writer
from tests.support.small_run import tiny

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def model(api, corpus) -> str:
    return api.train(tiny(corpus))


def test_text_grows_and_stop_stops_it(workshop, tmp_path):
    slow = add_slow_writer(tmp_path)
    workshop.tab("Decoding").generate(slow, "Anna found", max_new_tokens=4000, temperature=0)
    workshop.expect_writing("writing")
    workshop.page.wait_for_function(
        "() => document.querySelector('#decoding-text .gw-new')?.textContent.length > 20"
    )
    workshop.page.locator("#decoding-stop").click()
    workshop.expect_writing("stopped")
    stopped = workshop.written()
    workshop.page.wait_for_timeout(1000)
    assert workshop.written() == stopped, "the text went on after stop"
    expect(workshop.page.locator("#decoding-generate")).to_be_enabled()


def test_generating_again_after_stop_gives_the_same_text_for_the_same_seed(workshop, model, api):
    workshop.tab("Decoding").generate(model, "Anna found", max_new_tokens=40, temperature=0.8)
    workshop.expect_writing("done")
    text = api.generate(model, "Anna found", max_new_tokens=40, temperature=0.8, top_p=0.95, seed=0)
    assert workshop.written().split() == text.split()


def test_unknown_model_is_said_in_the_status_line(workshop):
    workshop.tab("Decoding").generate("house/none", "Anna found")
    workshop.expect_writing("failed")
    expect(workshop.page.locator('.gw-status[data-state="failed"]')).to_contain_text("house/none")
