"""The examples in the docstrings do what they say."""

import doctest
from importlib import import_module

import pytest

from tests.support.imports import ROOT

NAMES = sorted(path.stem for path in (ROOT / "pipelines" / "rag" / "measuring").glob("[a-z]*.py"))


@pytest.mark.parametrize(
    "name", [f"pipelines.rag.measuring.{name}" for name in NAMES] + ["pipelines.common.randomisation"]
)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
