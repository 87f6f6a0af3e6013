"""The part's callbacks over a service in memory: rows as they come, stopped, refused."""

import threading
from types import SimpleNamespace

import gradio as gr
import pytest

from app.rag.indexes_part import IndexesPart
from app.rag.indexes_view import HINT
from pipelines.core.errors import NotFoundError
from pipelines.rag.requests import CompareIndexesRequest
from tests.support.indexes_compared import ALL
from tests.support.workshop import Header


class Rag:
    """One collection, eve's. Waits before the last index where it is told to."""

    def __init__(self):
        self.asked, self.wait, self.closed = [], None, threading.Event()

    def compare_indexes(self, id, owner, top_k=10, queries=(), seed=0):
        if (id, owner) != ("c1", "eve"):
            raise NotFoundError("There is no such collection among yours.")
        self.asked.append(CompareIndexesRequest(id, top_k, queries, seed))
        try:
            yield from ALL[:-1]
            if self.wait:
                self.wait.wait(20)
            yield ALL[-1]
        finally:
            self.closed.set()


@pytest.fixture
def rag():
    return Rag()


@pytest.fixture
def part(rag):
    services = SimpleNamespace(rag=rag, identity=Header())
    with gr.Blocks(analytics_enabled=False):
        collection = gr.Textbox("c1", visible="hidden")
        made = IndexesPart(services)
        made.wire(collection)
    return made


def by(name):
    return SimpleNamespace(headers={"x-glassworks-visitor": name}, query_params={})


def test_rows_come_one_by_one_and_the_figure_with_them(part, rag):
    told = list(part._compared("c1", 7.0, " Why?\n\n How? ", by("eve")))
    assert rag.asked == [CompareIndexesRequest("c1", 7, ("Why?", "How?"), 0)]
    tables = [one[part.table] for one in told if part.table in one]
    assert [table.count("<tr>") - 1 for table in tables] == [1, 2, 3, 4, 5] and "true 7 nearest" in tables[0]
    assert [part.plot in one for one in told] == [False] * 6 + [True]  # the page draws the first of many
    assert told[-1][part.plot].visible and told[0][part.stop].interactive
    assert not told[0][part.go].interactive
    assert (
        "Compared" in told[-1][part.status] and told[-1][part.go].interactive and told[-1][part.run] is None
    )


def test_stopped_what_was_measured_stays(part, rag):
    rag.wait = threading.Event()
    going = part._compared("c1", 10, "", by("eve"))
    run = next(going)[part.run]
    for _ in range(4):
        next(going)
    run.stop()
    (last,) = list(going)
    assert "Stopped" in last[part.status] and "4 indexes" in last[part.status] and part.table not in last
    rag.wait.set()
    assert rag.closed.wait(20)  # and with it the request


def test_anothers_collection_is_refused(part, rag):
    *_, last = part._compared("c1", 10, "", by("mallory"))
    assert "no such collection" in last[part.status] and last[part.go].interactive and not rag.asked


@pytest.mark.parametrize(
    ("top_k", "queries"), [(0, ""), ("x", ""), (10, 7), (10, "x\n" * 600), (10, "y" * 300_000)]
)
def test_bad_input_is_named(part, rag, top_k, queries):
    *_, last = part._compared("c1", top_k, queries, by("eve"))
    assert "accepts" in last[part.status] and 'data-state="failed"' in last[part.status] and not rag.asked


def test_another_collection_clears_what_was_measured(part):
    stopped = []
    run = SimpleNamespace(stop=lambda: stopped.append(1))
    for before in ("", "c2"):
        assert part._moved("c2", before, run) == {part.at: "c2"}, "the first one, told late, ends nothing"
    assert not stopped
    told = part._moved("c2", "c1", run)
    assert stopped and told[part.at] == "c2" and told[part.table] == HINT and not told[part.plot].visible
