"""A stream of events becomes moments: throttled, whole at the end, cancelled when the reader leaves."""

import threading
from itertools import pairwise

import pytest

from app.stoppable import Stoppable
from app.writing import follow
from pipelines.core.errors import WorkerDiedError
from pipelines.generation.requests import Finished, Started, Token
from pipelines.runtime.messages import Loading


class Clock:
    """Time that passes only between two events."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


def events(clock, count=100, step=0.01, end=True, log=None):
    try:
        yield Loading("house/tales")
        clock.time += 1
        yield Started(prompt_tokens=3, truncated=2)
        for index in range(count):
            clock.time += step
            yield Token(index, 7, f"{index} ", -1.0)
        if end:
            text = "".join(f"{i} " for i in range(count)).strip()
            yield Finished("length", text, count, count * step)
    finally:
        if log is not None:
            log.append("closed")


def moments(**given):
    clock = Clock()
    return list(follow(events(clock, **given), gap=0.05, now=clock))


def test_the_first_token_and_the_end_come_at_once_and_little_between():
    made = moments(count=100, step=0.01)
    states = [m.state for m in made]
    assert states[:3] == ["loading", "waiting", "writing"] and states[-1] == "done"
    assert made[2].tokens == 1
    assert 18 <= states.count("writing") <= 21  # one second of tokens at twenty updates a second


def test_the_last_moment_is_the_whole_and_its_numbers_are_right():
    last = moments(count=50, step=0.02)[-1]
    assert last.text.split() == [str(i) for i in range(50)]
    assert (last.tokens, last.prompt_tokens, last.truncated) == (50, 3, 2)
    assert last.first == pytest.approx(1.02)
    assert last.tokens_per_second == pytest.approx(50)  # 49 tokens in 0.98 s after the first


def test_text_only_ever_grows():
    texts = [m.text for m in moments(count=60) if m.state == "writing"]
    assert all(b.startswith(a) for a, b in pairwise(texts))


def test_a_stream_that_ends_early_is_stopped_with_all_its_text():
    last = moments(count=7, step=0.001, end=False)[-1]
    assert last.state == "stopped" and last.tokens == 7 and last.text.endswith("6 ")


def test_closing_the_reader_closes_the_stream():
    log, clock = [], Clock()
    reader = follow(events(clock, log=log), now=clock)
    next(reader)
    reader.close()
    assert log == ["closed"]


def test_stop_ends_a_reader_that_waits_and_then_the_stream():
    closed, release = threading.Event(), threading.Event()

    def stuck():
        try:
            yield Started(1)
            release.wait(20)
            yield Token(0, 1, "late", 0.0)
        finally:
            closed.set()

    run, seen = Stoppable(stuck()), []
    reader = threading.Thread(target=lambda: seen.extend(follow(run.events())))
    reader.start()
    run.stop()
    reader.join(10)
    assert not reader.is_alive() and not release.is_set()  # ended while the stream still waits
    assert seen[-1].state == "stopped" and "late" not in seen[-1].text
    release.set()
    assert closed.wait(10)


def test_an_error_of_the_stream_reaches_the_reader_of_a_stoppable():
    def failing():
        yield Started(1)
        raise WorkerDiedError("The worker ended.")

    with pytest.raises(WorkerDiedError):
        list(follow(Stoppable(failing()).events()))
