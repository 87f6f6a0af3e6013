import threading

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.runtime import cache as cache_module
from pipelines.runtime.cache import ModelCache, ModelSource
from pipelines.runtime.messages import Loading, Waiting

SIZES = {"a": 40, "b": 40, "c": 40, "huge": 101}


class Shelf:
    """A cache of 100 bytes over made-up models; ``gate`` holds loads back."""

    def __init__(self):
        self.loads, self.changes, self.gate = [], [], threading.Event()
        self.gate.set()
        self.cache = ModelCache(ModelSource(self.size, self.load), 100, self.changes.append)

    def size(self, name):
        if name not in SIZES:
            raise NotFoundError(f"no {name}")
        return SIZES[name]

    def load(self, name):
        self.gate.wait(10)
        self.loads.append(name)
        return name.upper()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def take(cache, name):
    """Go through ``ready`` to its end: (events without Waiting, model)."""
    use, events = cache.use(name), []
    steps = use.ready()
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            return use, events, end.value
        if not isinstance(event, Waiting):
            events.append(event)


def use_once(cache, name):
    use, events, model = take(cache, name)
    use.__exit__()
    return events, model


def test_a_model_is_loaded_once_and_loading_is_said(shelf):
    assert use_once(shelf.cache, "a") == ([Loading("a")], "A")
    assert use_once(shelf.cache, "a") == ([], "A")
    assert shelf.loads == ["a"] and shelf.changes[-1] == ("a",)


def test_the_least_recently_used_goes_first(shelf):
    for name in ("a", "b", "a", "c"):
        use_once(shelf.cache, name)
    assert shelf.cache.held() == ("a", "c")


def test_a_model_in_use_stays_and_an_idle_one_goes(shelf):
    use, _, _ = take(shelf.cache, "a")
    use_once(shelf.cache, "b")
    use_once(shelf.cache, "c")
    assert shelf.cache.held() == ("a", "c")
    use.__exit__()


def test_a_load_waits_for_room_until_a_model_is_given_back(shelf):
    first, second = take(shelf.cache, "a")[0], take(shelf.cache, "b")[0]
    steps = shelf.cache.use("c").ready()
    assert next(steps) == Loading("c")
    assert all(isinstance(next(steps), Waiting) for _ in range(20))
    first.__exit__()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            assert end.value == "C"
            break
    assert shelf.cache.held() == ("b", "c")
    second.__exit__()


def test_no_room_in_the_end_is_said(shelf, monkeypatch):
    monkeypatch.setattr(cache_module, "_PATIENCE_SECONDS", 0.01)
    take(shelf.cache, "a"), take(shelf.cache, "b")
    with pytest.raises(GlassworksError, match="in use"):
        take(shelf.cache, "c")


def test_too_large_for_the_limit(shelf):
    with pytest.raises(GlassworksError, match="GLASSWORKS_MAX_MODELS_GB"):
        take(shelf.cache, "huge")


def test_others_wait_for_the_same_load(shelf):
    shelf.gate.clear()
    one, two = shelf.cache.use("a").ready(), shelf.cache.use("a").ready()
    assert next(one) == next(two) == Loading("a")
    shelf.gate.set()
    for steps in (one, two):
        assert all(isinstance(event, Waiting) for event in steps)
    assert shelf.loads == ["a"]


def test_a_failed_load_fails_its_users_and_can_be_tried_again(shelf):
    for _ in range(2):
        with pytest.raises(NotFoundError, match="no x"):
            take(shelf.cache, "x")
    assert use_once(shelf.cache, "a")[1] == "A"


def test_unload_one_and_all(shelf):
    for name in ("a", "b"):
        use_once(shelf.cache, name)
    shelf.cache.unload("a")
    assert shelf.changes[-1] == shelf.cache.held() == ("b",)
    shelf.cache.unload("nothing")
    shelf.cache.unload()
    assert shelf.cache.held() == ()
    assert use_once(shelf.cache, "a")[0] == [Loading("a")]
