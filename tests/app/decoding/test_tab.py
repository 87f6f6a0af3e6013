"""The Decoding tab's handlers: what reaches the page while a run goes on, ends and fails; what is chosen."""

import json
from itertools import pairwise
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from app.decoding.compared import Compared
from app.decoding.presets import FAILURES
from app.identity import Visitor
from app.tabs import decoding
from pipelines.core.errors import WorkerDiedError
from pipelines.generation.comparing import Decoded, DecodeStarted, DecodeStep, Wrote

VISITOR = Visitor("owner", True, "owner")
VALUES = {
    "model": "house/story-base",
    "prompt": "Hi",
    "strategies": '[{"name":"greedy"},{"name":"top_k","parameters":{"top_k":5}}]',
    "max_new_tokens": 8.0,
    "seed": 3,
    "same_noise": True,
    "judge": None,
}
STATUS, BOARD, EDITOR, RUN, GO, STOP, COMPARED, CHOSEN, TREE = range(9)


class Runtime:
    """Answers with one token for each column; ``fails`` before the end."""

    fails = False

    def stream(self, request):
        self.asked = request
        yield DecodeStarted(np.array([1], np.int32), ("Hi",), 2)
        for step in range(3):
            wrote = (Wrote(at, 0, (step,), (f" {step}",), (-1.0,), (1,), (1.0,)) for at in range(2))
            yield DecodeStep(tuple(wrote))
        if self.fails:
            raise WorkerDiedError("The worker ended; please try again.")
        yield Decoded((), np.array([np.nan, np.nan]), 0.1, ("", ""))


@pytest.fixture
def services():
    identity = SimpleNamespace(visitor=lambda _: VISITOR)
    return SimpleNamespace(
        runtime=Runtime(), identity=identity, models=SimpleNamespace(get=lambda name: name)
    )


@pytest.fixture
def comparing(services):
    tree = SimpleNamespace(inputs=(), outputs=(), live=lambda: lambda moment: moment.state)
    return decoding._Comparing(services, {"tree": tree})


def generated(comparing, **changed):
    return list(comparing.generate(None, *{**VALUES, **changed}.values()))


def skipped(update) -> bool:
    return isinstance(update, dict) and update == gr.skip()


def test_the_log_grows_from_update_to_update_and_is_sent_once(comparing):
    *updates, last = generated(comparing)
    logs = [one[BOARD] for one in updates]
    assert all(after.startswith(before) for before, after in pairwise(logs))
    assert json.loads(logs[-1].split("\n")[-1])["state"] == "done"
    assert all(map(skipped, last)), "the last answer of an event is sent a second time"


def test_a_run_has_a_name_that_nobody_can_guess_and_the_inputs_settings(comparing, services):
    generated(comparing)
    first = services.runtime.asked
    generated(comparing)
    assert (first.max_new_tokens, first.seed, first.judge) == (8, 3, "")
    assert len(first.run) == 32 and first.run != services.runtime.asked.run


def test_buttons_follow_the_run_and_the_end_is_what_the_parts_are_about(comparing):
    updates = generated(comparing)
    assert (updates[0][GO].interactive, updates[0][STOP].interactive) == (False, True)
    assert updates[0][CHOSEN] is None
    done = updates[-2]
    assert (done[GO].interactive, done[STOP].interactive) == (True, False)
    assert isinstance(done[COMPARED], Compared) and done[TREE] == "done"


def test_a_wrong_setting_is_told_with_its_card_and_changes_nothing_else(comparing):
    wrong = '[{"name":"greedy"},{"name":"top_p","parameters":{"top_p":0}}]'
    (update,) = generated(comparing, strategies=wrong)
    assert "Strategy 2: top_p accepts a number from 0.01 to 1" in update[STATUS]
    fault = json.loads(update[EDITOR]["fault"])
    assert (fault["place"], fault["field"]) == (1, "top_p")
    assert skipped(update[BOARD]) and skipped(update[COMPARED])
    assert update[GO].interactive


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens accepts"),
        ({"max_new_tokens": 1.5}, "max_new_tokens accepts"),
        ({"seed": None}, "seed accepts"),
        ({"same_noise": "yes"}, "same_noise accepts"),
        ({"prompt": "x" * 10**7}, "prompt accepts"),
        ({"strategies": "[" * 9000}, "strategies accepts"),
        ({"strategies": None}, "strategies accepts"),
        ({"judge": ["house/m"]}, "judge accepts"),
    ],
)
def test_bad_input_is_said_in_the_status_line(comparing, changed, words):
    (update,) = generated(comparing, **changed)
    assert words in update[STATUS] and update[EDITOR]["fault"] == ""


def test_a_worker_that_dies_leaves_what_was_written(comparing, services):
    services.runtime.fails = True
    *_, written, failed = generated(comparing)
    assert " 0" in written[BOARD] and skipped(failed[BOARD])
    assert "The worker ended" in failed[STATUS] and failed[GO].interactive


def event(value):
    return SimpleNamespace(value=value)


def test_a_chosen_token_opens_the_step_unless_a_part_that_follows_it_is_open():
    compared = Compared(None, None, None)
    place = {"column": 1, "sample": 0, "position": 4}
    chosen, opened, tabs = decoding._chosen("code", compared, event(place))
    assert (chosen, opened, tabs.selected) == (place, "step", "step")
    assert decoding._chosen("tree", compared, event(place)) == [place, gr.skip(), gr.skip()]


@pytest.mark.parametrize("value", [None, 3, {}, {"column": -1, "sample": 0, "position": 0}, {"column": "0"}])
def test_what_is_no_token_chooses_nothing(value):
    assert decoding._chosen("step", Compared(None, None, None), event(value)) == [gr.skip()] * 3


def test_nothing_can_be_chosen_before_anything_was_made():
    place = {"column": 0, "sample": 0, "position": 0}
    assert decoding._chosen("step", None, event(place)) == [gr.skip()] * 3


def test_a_failure_fills_the_inputs_and_another_name_does_not():
    prompt, strategies, tokens, seed, same_noise = decoding._failure(event("loops"))
    assert (prompt, tokens, seed) == (FAILURES["loops"].prompt, FAILURES["loops"].max_new_tokens, 0)
    assert json.loads(strategies)[0]["name"] == "greedy" and same_noise is True
    assert decoding._failure(event("../")) == [gr.skip()] * 5


def test_the_board_is_told_all_that_it_offers():
    about = json.loads(decoding.about())
    assert [one["key"] for one in about["failures"]] == list(FAILURES) and len(about["examples"]) >= 3
