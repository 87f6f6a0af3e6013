"""The examples in the docstrings of extraction and measures do what they say."""

import doctest
from importlib import import_module

import pytest

from tests.support.imports import ROOT

FOLDERS = ("extraction", "measures")
MODULES = sorted(
    f"pipelines.prompting.{folder}.{path.stem}"
    for folder in FOLDERS
    for path in (ROOT / "pipelines" / "prompting" / folder).glob("[a-z]*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
