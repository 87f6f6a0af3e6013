"""Two methods compared end to end on the real page, with real jobs of two steps each."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.support.fine_tune_page import FineTunePage
from tests.support.intercept import intercept

_DRAWN = """() => {
    const plots = [...document.querySelectorAll('.gw-plot-method .js-plotly-plot')];
    return plots.length === 3 && plots.every((plot) => plot.data.length === 2);
}"""
# The events that draw what the ticked methods would take.
_PLANS = """() => {
    const { components, dependencies } = window.gradio_config;
    const planned = components.find((one) => one.props?.elem_id === 'methods-planned').id;
    return dependencies.filter((one) => one.outputs.includes(planned)).map((one) => one.id);
}"""
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_methods_are_told_run_and_held_against_each_other(visitor):
    tune = FineTunePage(visitor)
    page = tune.page
    tune.fill("max-steps", 2).fill("batch-size", 2)
    page.get_by_role("button", name="Compare methods").click()
    planned = page.locator("#methods-planned")
    expect(planned.locator("tbody tr")).to_have_count(4)
    page.locator("#methods-full input[type=checkbox]").uncheck()
    page.locator("#methods-bitfit input[type=checkbox]").check()
    page.locator("#methods-lora-sizes textarea, #methods-lora-sizes input").first.fill("2")
    expect(planned.locator("tbody tr")).to_have_count(3)
    expect(planned.locator("tr", has_text="BitFit")).to_contain_text("no biases")
    expect(planned.locator("tr", has_text="rank 2")).to_contain_text("%")

    page.locator("#methods-name textarea, #methods-name input").first.fill("Small ways")
    page.locator("#methods-start").click()
    table = page.locator("#methods-table")
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(page.locator("#methods-note")).to_contain_text("2 of 3 done.", timeout=600_000)
    expect(table.locator(".gw-state-succeeded")).to_have_count(2)
    page.wait_for_function(_DRAWN)
    rows = list(csv.DictReader(io.StringIO(visitor.download("Download .csv"))))
    assert [row["method"] for row in rows] == ["lora", "ia3", "bitfit"]
    assert all(float(row[name]) > 0 for row in rows[:2] for name in ("loss", "memory_bytes", "seconds"))

    visitor.open("?tab=fine-tune")
    page.get_by_role("button", name="Compare methods").click()
    expect(page.locator("#methods-note")).to_contain_text("2 of 3 done.")
    page.get_by_role("button", name="Curves of these runs").click()
    differing = page.get_by_role("region", name="Settings that differ").locator("visible=true")
    expect(differing).to_contain_text("ia3")
    assert visitor.errors == [] and visitor.foreign == []


def test_an_answer_that_comes_late_is_not_the_one_that_stays(visitor):
    """The plan of four jobs is still on its way when two of them are unticked."""
    page, held = FineTunePage(visitor).page, []
    plans = page.evaluate(_PLANS)

    def hold(route):
        asked = route.request.post_data_json["fn_index"] in plans
        route.continue_() if held or not asked else held.append((route, route.fetch()))

    intercept(page, "**/gradio_api/run/predict*", hold)
    page.get_by_role("button", name="Compare methods").click()
    expect(page.locator("#methods-full")).to_be_visible()
    for _ in range(200):
        if held:
            break
        page.wait_for_timeout(50)
    page.locator("#methods-lora input[type=checkbox]").uncheck()
    page.wait_for_timeout(1500)
    route, answer = held[0]
    route.fulfill(response=answer)
    page.wait_for_timeout(1500)
    expect(page.locator("#methods-planned tbody tr")).to_have_count(2)
