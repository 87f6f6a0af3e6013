import threading

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.rag.kept import Kept
from pipelines.runtime.messages import Waiting


class Source:
    """Models by name; ``gate`` holds the reading up, ``read`` are the names in their order."""

    def __init__(self):
        self.read, self.gate, self.changes = [], threading.Event(), 0
        self.gate.set()

    def load(self, name):
        assert self.gate.wait(30)
        self.read.append(name)
        if name == "bad":
            raise NotFoundError("There is no such model.")
        return f"<{name}>"

    def changed(self):
        self.changes += 1


@pytest.fixture
def source():
    return Source()


def waited(steps):
    """What a generator returns, and how often it waited."""
    count = 0
    while True:
        try:
            assert isinstance(next(steps), Waiting)
            count += 1
        except StopIteration as end:
            return end.value, count


def test_a_model_is_read_once_and_the_one_used_longest_ago_is_given_up(source):
    kept = Kept(2, source.load, source.changed)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name) == f"<{name}>"
    assert source.read == ["a", "b", "c", "b"] and kept.names() == ("a", "b") and source.changes == 4


def test_others_go_on_while_a_model_is_read(source):
    kept = Kept(2, source.load, source.changed)
    source.gate.clear()
    first, second = kept.ready("a"), kept.ready("a")
    assert isinstance(next(first), Waiting) and isinstance(next(second), Waiting)
    source.gate.set()
    assert waited(first)[0] == waited(second)[0] == "<a>"
    assert source.read == ["a"] and waited(kept.ready("a")) == ("<a>", 0)


def test_a_fault_is_for_who_asked_and_is_not_remembered(source):
    kept = Kept(2, source.load, source.changed)
    for ask in (lambda: kept.get("bad"), lambda: waited(kept.ready("bad"))):
        with pytest.raises(NotFoundError):
            ask()
    assert source.read == ["bad", "bad"] and kept.names() == () and kept.get("a") == "<a>"
