"""The mends of Gradio's tree: a component is told of an event what it does not know yet, and all of that;
what was typed stays."""

import random

import pytest
from playwright.sync_api import expect

from pipelines.core.settings import REPOSITORY

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]

TOLD = """(steps) => {
    const heard = [];
    class AppTree {
        async update_state(id, state) { heard.push([id, state]); }
        reload() { return "reloaded"; }
        rerender() {}
    }
    glassworks.tellOnlyNews(AppTree);
    const tree = new AppTree();
    for (const [method, ...given] of steps) tree[method](...given);
    return heard;
}"""

SLOW_FRAMES = """() => {
    const frame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (called) => setTimeout(() => frame(called), 800);
}"""


def status(number: int, **said: object) -> list:
    return ["update_state", number, {"loading_status": said}, False]


PENDING = {"status": "pending", "type": "output", "fn_index": 3, "time_start": 1.5}
OVER = {"status": "complete", "type": "output", "fn_index": 3, "time_start": None}
READ = {"status": "complete", "type": "input", "stream_state": "closed"}
NO_FAULT = {"validation_error": None}


@pytest.fixture
def script(context):
    """The script alone, on an empty page."""
    page = context.new_page()
    page.add_script_tag(path=REPOSITORY / "assets" / "js" / "first" / "tree.js")
    return page


@pytest.fixture
def told(script):
    """What is heard of these steps."""
    return lambda *steps: [
        (number, state.get("loading_status", state)) for number, state in script.evaluate(TOLD, list(steps))
    ]


def test_a_status_is_told_once_and_every_change_of_it(told):
    steps = [status(1, **PENDING), status(1, **PENDING), status(1, **OVER), status(1, **OVER)]
    assert told(*steps, status(1, **PENDING)) == [(1, PENDING), (1, OVER), (1, PENDING)]


def test_each_component_is_told_for_itself(told):
    assert told(status(1, **OVER), status(2, **OVER)) == [(1, OVER), (2, OVER)]


def test_an_input_is_not_told_again_because_another_event_read_it(told):
    other = {**READ, "fn_index": 9}
    assert told(status(1, **READ, fn_index=4), status(1, **other)) == [(1, {**READ, "fn_index": 4})]
    failed = {**READ, "status": "error"}
    assert told(status(1, **READ), status(1, **failed)) == [(1, READ), (1, failed)]


def test_a_fault_of_a_field_is_taken_away_and_where_there_is_none_nothing_is_told(told):
    fault = {"validation_error": "Too long."}
    assert told(status(1, **NO_FAULT), status(1, **fault), status(1, **NO_FAULT), status(1, **NO_FAULT)) == [
        (1, fault),
        (1, NO_FAULT),
    ]


def test_values_always_go_through_also_beside_a_status(told):
    value = ["update_state", 1, {"value": "a"}, False]
    both = ["update_state", 1, {"value": "a", "loading_status": OVER}, False]
    assert len(told(value, value, both, both, status(1, **OVER))) == 4


def test_components_made_anew_are_told_anew(told):
    assert len(told(status(1, **OVER), ["reload"], status(1, **OVER), ["rerender"], status(1, **OVER))) == 3


EVENTS = """([components, dependencies]) => {
    class AppTree {}
    glassworks.readEventsOnce(AppTree);
    const tree = new AppTree();
    return components.map((id) => {
        const node = { id, props: { shared_props: {} } };
        return tree.find_attached_events(node, dependencies).props.shared_props.attached_events;
    });
}"""


def test_a_component_has_the_events_that_gradio_finds_for_it(script):
    """For each component Gradio takes, of every event in order, the first of its targets that is that."""
    chance = random.Random(7)
    ids, names = [None, *range(6)], ["click", "change", "input", None]
    for _ in range(30):
        some = [[[chance.choice(ids), chance.choice(names)] for _ in range(5)] for _ in range(12)]
        dependencies = [{"targets": one[: chance.randrange(6)]} for one in some]
        wanted = []
        for one in range(8):
            firsts = ([name for id_, name in event["targets"] if id_ == one] for event in dependencies)
            wanted.append([found[0] for found in firsts if found and found[0]])
        assert script.evaluate(EVENTS, [list(range(8)), dependencies]) == wanted


def test_what_is_typed_before_the_next_frame_stays(visitor):
    """A fold shows its fields at once and gets their properties with the next frame, which may be slow."""
    page = visitor.open("?tab=preferences").page
    expect(page.locator(".gw-pref-board")).to_be_visible()
    page.evaluate(SLOW_FRAMES)
    page.locator("#pref-new button.label-wrap").first.click()
    title = page.locator("#pref-new-title textarea, #pref-new-title input").first
    title.fill("Typed at once")
    page.wait_for_timeout(2500)
    expect(title).to_have_value("Typed at once")


def test_the_page_in_use_is_mended(workshop):
    """Else all of the above is of no use: the class that its own scripts import."""
    mended = workshop.page.evaluate(
        """async () => {
            const name = document.querySelector("script[data-app-tree]").dataset.appTree;
            const asked = performance.getEntriesByType("resource").filter((one) => one.name.endsWith(name));
            const { AppTree } = await import(new URL(`./assets/${name}`, document.baseURI));
            return [new Set(asked.map((one) => one.name)).size,
                AppTree.prototype.update_state.toString().includes("isNews")];
        }"""
    )
    assert mended == [1, True]
