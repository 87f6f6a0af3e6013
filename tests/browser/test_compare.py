"""Two runs laid over each other on the real page, a link to that, and a family of three generations."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pipelines.core.settings import Settings
from tests.support.app_process import AppProcess
from tests.support.finished_runs import descend, write_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_CURVES = """() => {
    const plot = document.querySelector('.gw-plot-compare .js-plotly-plot');
    return (plot?.data ?? []).map((trace) => [...(trace.x?._inputArray ?? trace.x ?? [])]);
}"""


@pytest.fixture(scope="module")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app over a home in which two runs have succeeded."""
    home = tmp_path_factory.mktemp("app") / "home"
    Settings(home=home).make_folders()
    write_run(home, age=20, name="Plain", num_layers=2)
    write_run(home, age=10, name="Deep <b>one</b>", num_layers=3)
    with AppProcess(home) as app:
        yield app


@pytest.fixture(scope="module")
def runs(running_app: AppProcess) -> list[str]:
    """The ids of the two runs, in the order in which they were made."""
    return sorted(folder.name for folder in (running_app.home / "runs").iterdir())[:2]


def curves(page: Page) -> list[list[float]]:
    page.locator(".gw-plot-compare .js-plotly-plot").wait_for()
    page.wait_for_function(f"() => ({_CURVES})().length > 0")
    return page.evaluate(_CURVES)


def choose(page: Page, field: str, option: str) -> None:
    page.locator(f"#{field} input").first.click()
    page.get_by_role("option", name=option).click()


def test_unfolding_compares_the_two_newest_runs(visitor, runs):
    page = visitor.open("?tab=jobs").page
    page.get_by_role("button", name="Compare runs").click()
    assert curves(page) == [[4, 8], [4, 8]]
    part = page.locator(".gw-compare")
    differing = part.locator("tr", has_text="Layers").locator("visible=true")
    expect(differing).to_contain_text("≠ 3")
    expect(part.locator("tr", has_text="Bits per byte").first).to_contain_text("lowest")
    expect(part.locator("thead").first).to_contain_text("Deep <b>one</b>")
    choose(page, "compare-x", "Tokens")
    expect(part.locator(".xtitle")).to_have_text("tokens seen")
    assert curves(page)[0] == [4 * 128, 8 * 128]
    choose(page, "compare-metric", "Training loss")
    expect(part.locator(".ytitle")).to_have_text("training loss (nats a token)")
    assert "step" not in visitor.download("Download .csv").splitlines()[0]
    assert visitor.errors == [] and visitor.foreign == []


def test_a_link_opens_the_same_comparison(visitor, runs):
    page = visitor.open(f"?tab=jobs&runs={runs[1]}%0A{runs[0]}&metric=learning_rate&x=flops&log_x=true").page
    assert len(curves(page)) == 2
    expect(page.locator(".gw-compare .ytitle")).to_have_text("learning rate")
    expect(page.locator(".gw-compare thead").first).to_contain_text("A Deep")
    answer = json.loads(visitor.download("Download .json"))
    assert [run["job"] for run in answer["runs"]] == [runs[1], runs[0]]


def test_a_strangers_or_unknown_run_is_refused_in_words(visitor, runs):
    page = visitor.open(f"?tab=jobs&runs={runs[0]}%0A0123456789ab").page
    expect(page.locator("#compare-note [role=alert]")).to_contain_text("There is no job")
    expect(page.locator(".gw-plot-compare")).to_be_hidden()


def test_three_generations_stand_in_one_tree(visitor, runs, running_app):
    child = descend(running_app.home, f"run/{runs[0]}", "Child")
    leaf = descend(running_app.home, child, "Grandchild <i>x</i>")
    page = visitor.open("?tab=jobs").page
    tree = page.locator("#family-tree")
    path = tree.locator("li", has=page.locator(f'[data-model="run/{runs[0]}"]')).locator("li li")
    expect(path.locator(f'[data-model="{leaf}"]')).to_contain_text("Grandchild <i>x</i>")
    card = tree.locator(f'[data-model="{child}"]')
    card.focus()
    page.keyboard.press("Enter")
    details = page.locator("#family-details")
    expect(details).to_contain_text("made from")
    expect(details.locator("tr", has_text="seed").locator("visible=true")).to_contain_text("≠ 7")
    expect(card).to_have_attribute("aria-pressed", "true")


def test_a_phone_shows_all_of_it(visitor, runs):
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.open(f"?tab=jobs&runs={runs[0]}%0A{runs[1]}")
    curves(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
