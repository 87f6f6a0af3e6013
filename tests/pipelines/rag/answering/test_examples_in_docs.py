"""The examples in the docstrings do what they say."""

import doctest
from importlib import import_module

import pytest

from tests.support.imports import ROOT

PLACES = ("pipelines/rag/answering", "assets/recipes")
NAMES = [
    f"{folder.replace('/', '.')}.{path.stem}"
    for folder, pattern in zip(PLACES, ("[a-z]*.py", "rag_pairs.py"), strict=True)
    for path in sorted((ROOT / folder).glob(pattern))
]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
