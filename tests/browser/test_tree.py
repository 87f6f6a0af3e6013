"""The mends of Gradio's tree: a component is told of an event what it does not know yet, and all of that;
what was typed stays; a handler that is being answered hears the last of the events that follow, once."""

import random

import pytest
from playwright.sync_api import expect

from app.gradio_bundle import MENDS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]

TOLD = """(steps) => {
    const heard = [];
    class AppTree {
        async update_state(id, state) { heard.push([id, state]); }
        reload() { return "reloaded"; }
        rerender() {}
    }
    glassworks.mends.tellOnlyNews(AppTree);
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
    """The mends alone, on an empty page."""
    page = context.new_page()
    for path in MENDS:
        page.add_script_tag(path=path)
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
    glassworks.mends.readEventsOnce(AppTree);
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


SENT = """async ([modes, events, failing]) => {
    const heard = [], pause = (ms) => new Promise((go) => setTimeout(go, ms));
    class Sender { // as Gradio's own, but for what it asks
        submissions = new Map(); queue = new Set();
        dependencies_by_fn = new Map(modes.map((mode, id) => [id, { id, trigger_modes: mode }]));
        dependencies_by_event = new Map([["change-7", [...this.dependencies_by_fn.values()]]]);
        async dispatch(event) {
            const id = event.fn_index;
            if (this.submissions.has(id)) return;
            this.submissions.set(id, 1);
            heard.push([id, event.event_data]);
            await pause(20);
            this.submissions.delete(id);
            if (failing) throw new Error("the server is gone");
        }
    }
    const { prototype } = Sender;
    glassworks.oneAtATime(prototype);
    const sender = new Sender(), all = [];
    for (const [wait, data] of events) {
        await pause(wait);
        all.push(sender.dispatch({ type: "event", event_name: "change", target_id: 7, event_data: data }));
    }
    await Promise.allSettled(all);
    await pause(120);
    return heard;
}"""
LAST = "always_last"


def test_handlers_of_one_event_do_not_send_each_other_on(script):
    """In Gradio's page two that wait for each other go on for ever."""
    heard = script.evaluate(SENT, [[LAST, LAST, LAST], [[0, "a"], [5, "b"], [25, "c"], [3, "d"]], False])
    for handler in range(3):
        told = [data for id_, data in heard if id_ == handler]
        assert told[-1] == "d" and len(told) <= 4 and told == sorted(told)


def test_of_those_that_wait_the_last_is_heard_with_what_it_brought(script):
    assert script.evaluate(SENT, [[LAST], [[0, 1], [2, 2], [2, 3], [2, 4]], False]) == [[0, 1], [0, 4]]


def test_one_that_waits_is_heard_after_a_failure_too(script):
    assert script.evaluate(SENT, [[LAST], [[0, 1], [5, 2], [60, 3]], True]) == [[0, 1], [0, 2], [0, 3]]


def test_other_modes_are_as_they_were(script):
    assert script.evaluate(SENT, [["once"], [[0, 1], [2, 2], [60, 3]], False]) == [[0, 1], [0, 3]]


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
                AppTree.prototype.update_state.toString().includes("isNews"),
                AppTree.prototype.update_state.bind.toString().includes("oneAtATime")];
        }"""
    )
    assert mended == [1, True, True]
