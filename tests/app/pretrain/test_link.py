"""What the Pretrain tab shows when the page is opened: with the defaults, and by a link."""

import gradio as gr
import pytest

from app import opening
from app.tabs import pretrain


@pytest.fixture
def opened(services):
    """``opened(request)`` → what a link restores and what the tab then tells, by the field's name, or
    ``estimate``, ``figure`` and so on."""
    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Pretrain") as tab:
        pretrain.build(services)
    restoring = (h for handlers in opening._RESTORING[page].values() for h in handlers)
    (link,) = (h for h in restoring if h.function.__name__ == "_linked")
    part = link.function.__self__
    names = {component: name for name, component in part.form.fields.items()}
    names |= {part.chooser.seen: "corpus asked for", part.estimate: "estimate", part.plan.figure: "figure"}
    names |= {part.error: "error", part.plan.stages: "stages view", part.start_view: "start view"}

    def ask(request):
        shown = made(link, request, ())
        for handler in opening._REFRESHING[page][tab]:
            stands = [held(shown.get(one), one.value) for one in handler.inputs]
            told = made(handler, request, stands)
            shown |= {one: update for one, update in told.items() if one not in part.form.fields.values()}
        return {names[one]: update for one, update in shown.items()}

    return ask


def made(handler, request, values):
    updates = zip(handler.outputs, handler.updates(request, values), strict=True)
    return {one: update for one, update in updates if update != gr.skip()}


def held(update, value):
    """What a component holds after an update."""
    return update.get("value", value) if isinstance(update, dict) else value if update is None else update


def test_without_a_link_the_form_stays_and_what_it_means_is_shown(opened, asked_by):
    shown = opened(asked_by())
    assert set(shown) == {"corpus asked for", "estimate", "error", "figure", "stages view"}
    assert "parameters" in shown["estimate"]
    assert shown["figure"].data, "the plan is drawn"


def test_a_link_s_values_stay_beside_what_they_bring_along(opened, asked_by):
    shown = opened(asked_by(tab="pretrain", architecture="bert", max_steps="77", batch_size="7"))
    assert shown["max_steps"] == 77 and shown["batch_size"] == 7
    assert shown["architecture"] == {"__type__": "update", "value": "bert", "interactive": True}
    assert max(max(trace.x) for trace in shown["figure"].data) >= 77


@pytest.mark.parametrize("query", [{"max_steps": "0"}, {"architecture": "mamba"}, {"tab": "corpus"}])
def test_a_link_that_does_not_fit_changes_nothing(opened, asked_by, query):
    shown = opened(asked_by(**{"tab": "pretrain", **query}))
    assert "max_steps" not in shown and "architecture" not in shown
