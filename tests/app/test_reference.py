"""The API reference in docs/ says what the code says."""

from pathlib import Path

import pytest

from app.api.reference import build_page, named, reference

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page():
    return build_page()


def test_the_committed_reference_is_what_the_code_makes(page):
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == reference(page), "run `make docs`"


def test_every_public_endpoint_explains_itself(page):
    for name, function in named(page):
        assert function.__doc__, f"/{name} has no docstring"
        text = reference(page)
        assert f"## `/{name}(" in text
