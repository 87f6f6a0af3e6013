"""What is remembered of captured texts, and when it is forgotten."""

import gc
import weakref

from pipelines.attention.memo import Traces, trace_of
from pipelines.attention.requests import Subject
from tests.support.steps import finish
from tests.support.tiny_models import tiny

ONE, TWO = Subject("gpt2", "The little dog."), Subject("gpt2", "The red cat.")


def test_the_same_text_is_looked_at_once():
    loaded = tiny("gpt2")
    first = finish(trace_of(loaded, ONE))
    assert finish(trace_of(loaded, Subject("gpt2", ONE.text))) is first
    assert finish(trace_of(loaded, TWO)) is not first


def test_two_who_ask_at_once_wait_for_one_pass():
    loaded = tiny("gpt2")
    first, second = trace_of(loaded, ONE), trace_of(loaded, ONE)
    next(first)
    next(second)
    made = finish(first)
    assert finish(second) is made


def test_one_who_gives_up_leaves_nobody_waiting():
    loaded = tiny("gpt2")
    first = trace_of(loaded, ONE)
    next(first)
    first.close()
    assert finish(trace_of(loaded, ONE)).captured is not None


def test_the_oldest_goes_where_room_is_short():
    loaded, traces = tiny("gpt2"), Traces(max_bytes=1)
    first = finish(traces.get(loaded, ONE))
    finish(traces.get(loaded, TWO))
    assert finish(traces.get(loaded, ONE)) is not first


def test_it_goes_with_the_model():
    loaded = tiny("gpt2")
    finish(trace_of(loaded, ONE))
    model = weakref.ref(loaded.model)
    del loaded
    gc.collect()
    assert model() is None
