"""Two runs laid over each other on the real page, a link to that, and a family of three generations.

The runs are written as their workers would have left them, so that no test waits for a training.
"""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipelines.core.database import Database
from pipelines.core.ids import new_id
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from pipelines.jobs.store import Job, JobStore
from tests.support.app_process import AppProcess
from tests.support.small_run import tiny

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_MODEL = REPOSITORY / "assets" / "models" / "story-base"
_CURVES = """() => {
    const plot = document.querySelector('.gw-plot-compare .js-plotly-plot');
    return (plot?.data ?? []).map((trace) => [...(trace.x?._inputArray ?? trace.x ?? [])]);
}"""


@pytest.fixture(scope="module")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app over a home in which two runs have succeeded."""
    home = tmp_path_factory.mktemp("app") / "home"
    settings = Settings(home=home)
    settings.make_folders()
    database = Database(settings.url)
    try:
        for age, name, layers in ((20, "Plain", 2), (10, "Deep <b>one</b>", 3)):
            write_run(
                JobStore(database), home, time.time() - age, tiny("sample", name=name, num_layers=layers)
            )
    finally:
        database.close()
    with AppProcess(home) as app:
        yield app


@pytest.fixture(scope="module")
def runs(running_app: AppProcess) -> list[str]:
    """The ids of the two runs, in the order in which they were made."""
    return sorted(folder.name for folder in (running_app.home / "runs").iterdir())[:2]


def write_run(store: JobStore, home: Path, made: float, spec: dict) -> None:
    """A finished run: its row, its events and a model."""
    job_id, layers = new_id(made), spec["num_layers"]
    folder = JobDir(home / "runs" / job_id)
    folder.create("pretrain", job_id, spec)
    folder.append(
        {"type": "plan", "total_steps": 8, "tokens": 1024, "flops": 1e9 * layers, "parameters": 30_000}
    )
    for step in (4, 8):
        figures = {"loss": 4.0 / layers, "lr": 1e-3, "tokens": 128 * step, "elapsed": 0.1 * step}
        folder.append({"type": "train", "step": step, **figures})
        folder.append({"type": "eval", "step": step, "loss": 4.0 / layers, "bits_per_byte": 3.0 / layers})
    write_model(folder.artifact, job_id, {"name": spec["name"], "method": "pretraining", "spec": spec})
    folder.leave(Exit(JobState.SUCCEEDED))
    times = {"created": made, "started": made, "finished": made + 1}
    state = JobState.SUCCEEDED
    store.insert(Job(job_id, "pretrain", spec["name"], "owner", state, spec, **times))


def write_model(folder: Path, job_id: str, told: dict) -> None:
    shutil.copytree(_MODEL, folder)
    lineage = {"job_id": job_id, "corpus": {"id": "sample", "sha256": "ab" * 32}, "created": time.time()}
    (folder / "glassworks.json").write_text(json.dumps({**lineage, **told}), encoding="utf-8")


def curves(page: Page) -> list[list[float]]:
    page.locator(".gw-plot-compare .js-plotly-plot").wait_for()
    page.wait_for_function(f"() => ({_CURVES})().length > 0")
    return page.evaluate(_CURVES)


def choose(page: Page, field: str, option: str) -> None:
    page.locator(f"#{field} input").first.click()
    page.get_by_role("option", name=option).click()


def descend(home: Path, parent: str, name: str) -> str:
    """A further model, made from ``parent``."""
    made = new_id()
    folder = JobDir(home / "runs" / made)
    folder.create("pretrain", made, {})
    spec = tiny("sample", name=name, seed=7)
    write_model(
        folder.artifact, made, {"name": name, "method": "fine-tuning", "parent": parent, "spec": spec}
    )
    folder.leave(Exit(JobState.SUCCEEDED))
    return f"run/{made}"


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
