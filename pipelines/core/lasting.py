"""Objects that live as long as their process, and what is saved by not looking for waste among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """What is imported or made within the block stays. No collection of garbage walks through it, now or
    later: with torch and its company that takes 2 s of the import, and half a second each time after it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
