"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "pipelines.evaluation.answering.told",
        "pipelines.evaluation.answering.trees",
        "pipelines.generation.together.drawing",
        "pipelines.generation.together.stops",
        "pipelines.models.patience",
    ],
)
def test_examples(name):
    found = doctest.testmod(import_module(name))
    assert found.attempted and not found.failed
