"""The examples in the docstrings of the documents' modules do what they say."""

import doctest
from importlib import import_module

import pytest

from tests.support.imports import ROOT, module_of

FOLDER = ROOT / "pipelines" / "rag" / "documents"
MODULES = sorted(module_of(path) for path in FOLDER.rglob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
