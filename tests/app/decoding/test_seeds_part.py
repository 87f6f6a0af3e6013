"""The part *Over many seeds*: what it shows when, how a measurement streams, ends, fails and is stopped."""

import csv
import io
import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.decoding import seeds_part
from app.decoding.seeds import Seeds
from app.identity import Visitor
from app.stoppable import Stoppable
from pipelines.core.errors import WorkerDiedError
from pipelines.generation.compare import compared
from tests.support.compared_runs import comparison, loaded

VISITOR = Visitor("owner", True, "owner")
IDLE = (gr.skip(),) * 6


class Runtime:
    """Answers with the loop itself; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def stream(self, request):
        self.asked.append(request)
        if request.prompt == "die":
            raise WorkerDiedError("The worker ended; please try again.")
        models = {name: loaded(name) for name in request.models}
        yield from (event for event in compared(models, request) if event)


@pytest.fixture
def services(monkeypatch):
    monkeypatch.setattr(
        seeds_part, "stream", lambda services, visitor, request: services.runtime.stream(request)
    )
    return SimpleNamespace(runtime=Runtime(), identity=SimpleNamespace(visitor=lambda _: VISITOR))


@pytest.fixture
def part(services):
    with gr.Blocks():
        yield seeds_part.build(services)


@pytest.fixture(scope="module")
def drawn():
    return comparison(("greedy", {}), ("top_p", {}))


def measured(services, about, samples=3):
    return list(seeds_part._measure(services, None, about, samples))


def test_before_anything_was_made_nothing_can_be_measured(part, drawn):
    about, found, view, status, go, stop = part.show(VISITOR, None, drawn.request, None)
    assert about is None and found is None and "Generate first" in view and "Ready" in status
    assert not go.interactive and not stop.interactive


def test_a_new_comparison_takes_the_place_of_the_last(part, drawn):
    stopped = Stoppable(iter(()))
    about, found, view, *_, go, _ = part.show(VISITOR, drawn, None, stopped)
    assert about == drawn.request and found is None and "Measure over seeds" in view and go.interactive
    assert stopped._stopped.is_set()


def test_coming_back_changes_nothing(part, drawn):
    assert part.show(VISITOR, drawn, drawn.request, None) == IDLE


def test_where_nothing_draws_there_is_nothing_to_press(part):
    _, _, view, *_, go, _ = part.show(VISITOR, comparison(("greedy", {})), None, None)
    assert "No strategy" in view and not go.interactive


def test_a_measurement_streams_and_ends_with_what_was_found(services, drawn):
    first, *_, last = measured(services, drawn.request)
    assert "Reading" in first[0] and isinstance(first[1], Stoppable) and first[4].interactive
    status, run, found, go, stop = last
    assert "All done" in status and run is None and go.interactive and not stop.interactive
    assert isinstance(found, Seeds) and [len(found.of(column)) for column in (0, 1)] == [1, 3]
    (asked,) = services.runtime.asked
    assert (asked.samples, asked.run, asked.trace) == (3, "", 0)


def test_stop_ends_it_and_what_stood_there_stays(services, drawn):
    steps = seeds_part._measure(services, None, drawn.request, 64)
    run = next(steps)[1]
    run.stop()
    *_, (status, left, found, go, stop) = steps
    assert "Stopped" in status and left is None and found == gr.skip()
    assert go.interactive and not stop.interactive


@pytest.mark.parametrize(
    ("about", "samples", "message"),
    [
        (None, 4, "Generate first"),
        ("text", 4, "Generate first"),
        ("die", 4, "The worker ended"),
        ("good", 65, "samples accepts a whole number from 2 to 64"),
        ("good", None, "samples accepts"),
    ],
)
def test_a_fault_is_told_in_the_status_line(services, drawn, about, samples, message):
    if about == "good":
        about = drawn.request
    elif about == "die":
        about = comparison(("top_p", {}), max_new_tokens=1).request
        object.__setattr__(about, "prompt", "die")
    *_, (status, run, found, go, _) = measured(services, about, samples)
    assert message in status and 'data-state="failed"' in status
    assert run is None and found == gr.skip() and go.interactive


def test_both_files_hold_every_text(services, drawn):
    found = measured(services, drawn.request)[-1][2]
    told = json.loads(seeds_part._WRITERS["json"](found))
    rows = list(csv.DictReader(io.StringIO(seeds_part._WRITERS["csv"](found))))
    texts = [text["text"] for one in told["strategies"] for text in one["texts"]]
    assert texts == [row["text"] for row in rows] and len(rows) == 4


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_without_a_measurement_there_is_no_file(kind):
    assert seeds_part._WRITERS[kind](None) == ""
