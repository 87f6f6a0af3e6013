"""The scheduler with handlers made up here: what happens in which order, without threads or time."""

from dataclasses import dataclass

import pytest

from pipelines.core.errors import NotFoundError, SpecError
from pipelines.runtime.engine import Engine
from pipelines.runtime.faults import as_error, as_failed
from pipelines.runtime.messages import Done, Failed, Waiting


@dataclass(frozen=True)
class Count:
    """Yields 0 … steps-1; with ``fails``, raises it after those."""

    steps: int
    fails: Exception | None = None


class Desk:
    """An engine, what it sent, and which handlers were closed."""

    def __init__(self):
        self.sent, self.closed, self.gate = [], [], False
        self.engine = Engine({Count: self.count, str: self.wait}, self, lambda *sent: self.sent.append(sent))

    def count(self, request, models):
        try:
            yield from range(request.steps)
            if request.fails:
                raise request.fails
        finally:
            self.closed.append(request.steps)

    def wait(self, request, models):
        while not models.gate:
            yield Waiting()
        yield request

    def steps(self, count: int) -> list:
        """What is sent during so many steps."""
        before = len(self.sent)
        for _ in range(count):
            self.engine.step()
        return self.sent[before:]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_active_requests_advance_one_step_each_in_turn(desk):
    for number in (1, 2, 3):
        desk.engine.submit(number, Count(3))
    assert desk.steps(6) == [(1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (3, 1)]
    desk.steps(6)
    assert desk.sent[-3:] == [(1, Done()), (2, Done()), (3, Done())]
    assert desk.steps(5) == []


def test_a_light_request_does_not_wait_for_those_at_work(desk):
    for number in range(1, 21):
        desk.engine.submit(number, Count(1000))
    desk.steps(50)
    desk.engine.submit(99, Count(1))
    assert desk.steps(1) == [(99, 0)]
    assert (99, Done()) in desk.steps(21)


def test_newcomers_keep_their_order(desk):
    desk.engine.submit(1, Count(9))
    desk.steps(1)
    desk.engine.submit(2, Count(9))
    desk.engine.submit(3, Count(9))
    assert [number for number, _ in desk.steps(4)] == [2, 3, 1, 2]


def test_cancel_ends_the_stream_before_its_next_step_and_closes_the_handler(desk):
    desk.engine.submit(1, Count(100))
    desk.engine.submit(2, Count(3))
    desk.steps(4)
    desk.engine.cancel(1)
    assert desk.steps(1) == [(1, Done(cancelled=True)), (2, 2)]
    assert desk.closed[0] == 100
    desk.steps(10)
    assert [event for number, event in desk.sent if number == 1] == [0, 1, Done(cancelled=True)]
    assert [event for number, event in desk.sent if number == 2] == [0, 1, 2, Done()]


def test_cancel_before_the_first_step(desk):
    desk.engine.submit(1, Count(5))
    desk.engine.cancel(1)
    assert desk.steps(3) == [(1, Done(cancelled=True))]


def test_cancel_of_a_stream_that_is_over_or_never_was(desk):
    desk.engine.submit(1, Count(1))
    desk.steps(2)
    desk.engine.cancel(1)
    desk.engine.cancel(77)
    assert desk.steps(3) == []


@pytest.mark.parametrize("fault", [ValueError("inner"), NotFoundError("no such thing"), KeyError(3)])
def test_a_fault_ends_its_own_request_alone(desk, fault):
    desk.engine.submit(1, Count(1, fault))
    desk.engine.submit(2, Count(3))
    desk.steps(20)
    last = next(event for number, event in reversed(desk.sent) if number == 1)
    assert isinstance(last, Failed)
    assert [event for number, event in desk.sent if number == 2] == [0, 1, 2, Done()]


def test_a_request_that_no_handler_takes_fails(desk):
    desk.engine.submit(1, 3.5)
    [(number, failed)] = desk.steps(1)
    assert number == 1 and isinstance(failed, Failed)


def test_an_event_that_cannot_be_sent_fails_its_request(desk):
    def send(number, event):
        if event == 1:
            raise TypeError("cannot cross")
        desk.sent.append((number, event))

    desk.engine._send = send
    desk.engine.submit(1, Count(3))
    desk.engine.submit(2, Count(1))
    desk.steps(10)
    assert any(number == 1 and isinstance(event, Failed) for number, event in desk.sent)
    assert (2, Done()) in desk.sent and sorted(desk.closed) == [1, 3]


def test_a_waiting_request_sends_nothing_and_holds_nobody_up(desk):
    desk.engine.submit(1, "later")
    desk.engine.submit(2, Count(2))
    assert desk.engine.step() is False
    assert desk.steps(4) == [(2, 0), (2, 1)]
    desk.gate = True
    assert (1, "later") in desk.steps(4)


def test_run_leaves_when_closed_and_closes_the_handlers(desk):
    desk.engine.submit(1, Count(10**9))
    send = desk.engine._send

    def stop_at_five(number, event):
        send(number, event)
        if event == 5:
            desk.engine.close()

    desk.engine._send = stop_at_five
    desk.engine.run()
    assert desk.closed == [10**9] and desk.sent[-1] == (1, 5)


def test_a_visitor_s_error_crosses_with_its_kind_and_message():
    for error in (SpecError("top_k", -1, "0 or more"), NotFoundError("no model")):
        back = as_error(as_failed(error))
        assert type(back) is type(error) and str(back) == str(error)


def test_other_errors_show_nothing_internal():
    failed = as_failed(RuntimeError("/secret/path"))
    assert "secret" not in failed.message and failed.kind == "GlassworksError"
    assert "memory" in as_failed(RuntimeError("CUDA out of memory")).message
    assert "memory" in as_failed(MemoryError()).message


def test_an_error_class_of_a_topic_crosses_as_the_nearest_known():
    class LocalError(NotFoundError):
        pass

    assert as_failed(LocalError("x")).kind == "NotFoundError"
    assert type(as_error(Failed("NoSuchClass", "x"))).__name__ == "GlassworksError"
