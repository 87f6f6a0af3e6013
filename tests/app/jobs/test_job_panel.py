"""The panel's callbacks as the browser would call them, without a browser."""

import gradio as gr
import pytest

from app.job_panel import job_panel
from app.job_panel import panel as panel_module
from app.job_panel.panel import Drawn, View
from pipelines.core.errors import NotFoundError
from pipelines.jobs.states import Action, JobState

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def panel(services):
    with gr.Blocks():
        return job_panel(services, remember="test")


@pytest.fixture
def job(services):
    made = services.jobs.submit("pretrain", {}, "owner", f"Tales {HOSTILE}")
    services.jobs.set(made.id, JobState.RUNNING, started=1.0)
    services.jobs.emit(made.id, {"type": "plan", "total_steps": 100}, train(1), step=1, total=100, eta=99.0)
    return made


def train(step):
    return {"type": "train", "step": step, "loss": 2.0, "lr": 1e-3, "grad_norm": 0.5, "tokens_per_second": 10}


def sample(step):
    return {"type": "sample", "step": step, "prompt": "Once", "text": f"Once {HOSTILE} {step}"}


def ticked(panel, job, shown, request):
    """A tick of a page on which ``shown`` was drawn last."""
    return panel._tick(job.id, shown[panel.view], shown[panel.drawn], request)


def grown(panel, job, shown, tick, request, at=1, log_open=False):
    """What the page fetches when a tick has told it to."""
    return panel._grow(job.id, tick[panel.view], shown[panel.drawn], at, log_open, request)


@pytest.fixture
def always_due(monkeypatch):
    monkeypatch.setattr(panel_module, "_GROW_SECONDS", 0.0)


def shown_actions(panel, updates):
    return {a for a, button in panel.parts.buttons.items() if updates[button].visible}


def test_an_open_job_shows_state_progress_and_only_allowed_actions(panel, job, asked_by):
    updates = panel._open(job.id, View(), asked_by())
    head = updates[panel.parts.head]
    assert "running" in head and "step 1 of 100" in head and "1 min 39 s left" in head
    assert shown_actions(panel, updates) == {Action.PAUSE, Action.STOP, Action.CANCEL}
    assert updates[panel.parts.timer].active and updates[panel.parts.body].visible


def test_text_of_users_and_models_is_escaped(panel, job, services, asked_by):
    services.jobs.emit(job.id, sample(50), {"type": "notice", "message": HOSTILE})
    updates = panel._open(job.id, View(), asked_by())
    for part in (panel.parts.head, panel.parts.sample):
        assert "<img" not in updates[part] and "&lt;img" in updates[part]


def test_a_tick_with_nothing_new_sends_nothing(panel, job, asked_by):
    opened = panel._open(job.id, View(), asked_by())
    assert ticked(panel, job, opened, asked_by()) == gr.skip()


def test_a_tick_draws_the_head_and_the_curves_wait(panel, job, services, asked_by):
    opened = panel._open(job.id, View(), asked_by())
    services.jobs.emit(job.id, train(2), step=2, total=100)
    tick = ticked(panel, job, opened, asked_by())
    assert "step 2 of 100" in tick[panel.parts.head] and tick[panel.view].history.loss.steps == (1, 2)
    assert set(tick) == {panel.view, panel.parts.head, panel.parts.grown, panel.parts.turned}
    assert tick[panel.parts.grown] == opened[panel.view].grown


def test_curves_that_are_due_are_told_and_then_only_what_changed_is_drawn(
    panel, job, services, asked_by, always_due
):
    opened = panel._open(job.id, View(), asked_by())
    services.jobs.emit(job.id, train(2), step=2, total=100)
    tick = ticked(panel, job, opened, asked_by())
    assert tick[panel.parts.grown] != opened[panel.view].grown
    updates = grown(panel, job, opened, tick, asked_by())
    assert panel.parts.loss in updates
    assert not {panel.parts.bits, panel.parts.checkpoint, panel.parts.sample, panel.parts.log} & set(updates)
    after = {panel.view: tick[panel.view], panel.drawn: updates[panel.drawn]}
    assert ticked(panel, job, after, asked_by()) == gr.skip()


def test_the_first_points_are_drawn_at_once(panel, services, asked_by):
    made = services.jobs.submit("pretrain", {}, "owner", "new")
    services.jobs.set(made.id, JobState.RUNNING, started=1.0)
    opened = panel._open(made.id, View(), asked_by())
    services.jobs.emit(made.id, train(1), step=1, total=100)
    tick = ticked(panel, made, opened, asked_by())
    assert tick[panel.parts.grown] != opened[panel.view].grown


def test_an_open_log_grows_too(panel, job, services, asked_by, always_due):
    opened = panel._open(job.id, View(), asked_by())
    services.jobs.emit(job.id, train(2), step=2, total=100)
    services.jobs.dir(job.id).log_file.write_text("step 2")
    tick = ticked(panel, job, opened, asked_by())
    assert grown(panel, job, opened, tick, asked_by(), log_open=True)[panel.parts.log] == "step 2"
    with pytest.raises(NotFoundError):
        grown(panel, job, opened, tick, asked_by("eve"), log_open=True)


def test_the_timer_rests_with_the_job(panel, job, services, asked_by):
    opened = panel._open(job.id, View(), asked_by())
    before = ticked(panel, job, {**opened, panel.view: View(job.id)}, asked_by())[panel.parts.turned]
    services.jobs.set(job.id, JobState.SUCCEEDED, finished=61.0)
    tick = ticked(panel, job, opened, asked_by())
    assert f"run/{job.id}" in tick[panel.parts.head] and "took 1 min 0 s" in tick[panel.parts.head]
    assert tick[panel.parts.turned] != before
    updates = panel._turn(job.id, tick[panel.view], asked_by())
    assert not updates[panel.parts.timer].active and shown_actions(panel, updates) == set()


def ended_in_between(panel, job, services, request):
    """A running job was drawn, and it has ended when the page asks for buttons and timer."""
    opened = panel._open(job.id, View(), request)
    services.jobs.set(job.id, JobState.SUCCEEDED, finished=61.0)
    return opened


def test_a_job_that_ends_between_a_tick_and_its_turn_is_drawn_to_its_end(panel, job, services, asked_by):
    opened = ended_in_between(panel, job, services, asked_by())
    turned = panel._turn(job.id, opened[panel.view], asked_by())
    assert turned[panel.parts.timer].active and panel.parts.head not in turned
    tick = ticked(panel, job, opened, asked_by())
    assert f"run/{job.id}" in tick[panel.parts.head]
    assert not panel._turn(job.id, tick[panel.view], asked_by())[panel.parts.timer].active


def test_one_more_tick_follows_a_pressed_button_since_one_may_be_under_way(panel, job, services, asked_by):
    opened = ended_in_between(panel, job, services, asked_by())
    whole = panel._open(job.id, opened[panel.view], asked_by())  # as a pressed button does
    assert whole[panel.parts.timer].active
    tick = ticked(panel, job, whole, asked_by())
    assert set(tick) == {panel.parts.turned}
    assert not panel._turn(job.id, whole[panel.view], asked_by())[panel.parts.timer].active


def test_a_job_that_has_ended_needs_no_tick(panel, job, services, asked_by):
    services.jobs.set(job.id, JobState.SUCCEEDED, finished=61.0)
    assert not panel._open(job.id, View(), asked_by())[panel.parts.timer].active


def test_a_session_that_the_server_forgot_is_drawn_anew(panel, job, asked_by):
    tick = panel._tick(job.id, View(), Drawn(), asked_by())
    assert set(tick) == {panel.parts.turned}
    assert "step 1 of 100" in panel._turn(job.id, View(), asked_by())[panel.parts.head]


def test_a_new_checkpoint_is_followed_unless_the_visitor_went_back(
    panel, job, services, asked_by, always_due
):
    services.jobs.emit(job.id, sample(10), sample(20))
    opened = panel._open(job.id, View(), asked_by())
    services.jobs.emit(job.id, sample(30))
    tick = ticked(panel, job, opened, asked_by())
    follows = grown(panel, job, opened, tick, asked_by(), at=2)
    assert follows[panel.parts.checkpoint].value == 3 and "After step 30" in follows[panel.parts.sample]
    stays = grown(panel, job, opened, tick, asked_by(), at=1)
    assert stays[panel.parts.checkpoint].value == 1 and panel.parts.sample not in stays
    assert "After step 10" in panel._choose(opened[panel.view], 1)


@pytest.mark.parametrize("at", [None, -3, 0, 99])
def test_any_slider_value_finds_a_checkpoint(panel, job, services, asked_by, at):
    services.jobs.emit(job.id, sample(10))
    assert "After step 10" in panel._choose(panel._open(job.id, View(), asked_by())[panel.view], at)


def test_a_strangers_job_does_not_exist(panel, job, asked_by):
    stranger, nothing = (
        panel._open(i, View(), asked_by("eve"))[panel.parts.head] for i in (job.id, "0" * 12)
    )
    assert "There is no job" in stranger
    assert stranger.replace(job.id, "") == nothing.replace("0" * 12, "")
    with pytest.raises(gr.Error, match="There is no job"):
        panel._acting(Action.CANCEL)(job.id, View(), asked_by("eve"))
    with pytest.raises(gr.Error, match="There is no job"):
        panel._unfold_log(job.id, asked_by("eve"))


def test_an_action_that_is_not_allowed_says_what_is(panel, job, asked_by):
    with pytest.raises(gr.Error, match="pause, stop, cancel"):
        panel._acting(Action.RESUME)(job.id, View(), asked_by())


def test_pause_shows_the_new_state_at_once(panel, job, asked_by):
    assert "pausing" in panel._acting(Action.PAUSE)(job.id, View(), asked_by())[panel.parts.head]


def test_a_deleted_job_leaves_an_empty_panel_and_a_resting_timer(panel, job, services, asked_by):
    opened = panel._open(job.id, View(), asked_by())
    del services.jobs.rows[job.id]
    assert set(ticked(panel, job, opened, asked_by())) == {panel.parts.turned}
    updates = panel._turn(job.id, opened[panel.view], asked_by())
    assert not updates[panel.parts.timer].active and updates[panel.view] == View()


def test_a_failed_job_says_why(panel, job, services, asked_by):
    services.jobs.set(job.id, JobState.FAILED, message="The corpus is shorter than one context.")
    assert "shorter than one context" in panel._open(job.id, View(), asked_by())[panel.parts.head]


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.INTERRUPTED])
def test_a_job_that_ended_before_its_first_step_shows_why_and_nothing_else(panel, services, asked_by, state):
    parts, job = panel.parts, services.jobs.submit("pretrain", {}, "owner", "Tales")
    services.jobs.set(job.id, JobState.RUNNING, started=1.0)
    opened = panel._open(job.id, View(), asked_by())
    assert opened[parts.training].visible and "gw-tiles" in opened[parts.head]
    services.jobs.set(job.id, state, message="There are no rows.")
    tick = ticked(panel, job, opened, asked_by())
    turned = panel._turn(job.id, tick.get(panel.view, opened[panel.view]), asked_by())
    for updates in (turned, panel._open(job.id, View(), asked_by())):
        assert not updates[parts.training].visible and not updates[parts.data].visible
    head = panel._open(job.id, View(), asked_by())[parts.head]
    assert "There are no rows." in head and "gw-tiles" not in head


def test_a_job_that_fails_later_keeps_its_curves(panel, job, services, asked_by):
    services.jobs.set(job.id, JobState.FAILED, message="Out of memory.")
    opened = panel._open(job.id, View(), asked_by())
    assert opened[panel.parts.training].visible and "gw-tiles" in opened[panel.parts.head]
