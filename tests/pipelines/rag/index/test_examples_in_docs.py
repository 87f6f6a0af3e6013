"""The examples in the docstrings do what they say."""

import doctest
from importlib import import_module

import pytest

from tests.support.imports import ROOT

NAMES = sorted(
    f"pipelines.rag.{part}.{path.stem}"
    for part in ("index", "embedding")
    for path in (ROOT / "pipelines" / "rag" / part).glob("[a-z]*.py")
)


@pytest.mark.parametrize("name", [*NAMES, "pipelines.models.sentence_files"])
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
