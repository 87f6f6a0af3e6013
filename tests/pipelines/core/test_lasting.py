"""What is made in the block is left out of collections; what is made after it is not, and they go on."""

import gc
import weakref

import pytest

from pipelines.core.lasting import lasting


class Ring:
    def __init__(self):
        self.itself = self


def told() -> tuple[weakref.ref, weakref.ref]:
    """Of two rings that nobody holds: one made within the block, one after it."""
    with lasting():
        assert not gc.isenabled()
        within = weakref.ref(Ring())
    return within, weakref.ref(Ring())


def test_only_what_is_made_within_stays():
    within, after = told()
    gc.collect()
    assert gc.isenabled() and within() is not None and after() is None


def test_a_fault_within_leaves_collections_on():
    with pytest.raises(ValueError), lasting():
        raise ValueError
    assert gc.isenabled()
