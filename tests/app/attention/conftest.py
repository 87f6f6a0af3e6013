"""Answers about small models, made by the worker's own handlers."""

from functools import partial

import pytest

from tests.support.inside import inside


@pytest.fixture
def answer():
    """``answer(request)``; a subject's model is a family's name."""
    return partial(inside, None, None)
