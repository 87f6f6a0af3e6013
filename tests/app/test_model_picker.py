"""The words by which a model is offered."""

from types import SimpleNamespace

import pytest

from app.model_picker import caption


@pytest.mark.parametrize(
    ("name", "title", "expected"),
    [
        ("run/5766hc4fzjv3", "Tales", "run/5766hc4fzjv3 · Tales · 4.1 M"),
        ("house/story-base", "story-base (provisional)", "house/story-base · 4.1 M"),
        ("run/5766hc4fzjv3", "5766hc4fzjv3", "run/5766hc4fzjv3 · 4.1 M"),
    ],
)
def test_caption_has_the_name_and_what_the_title_adds(name, title, expected):
    assert caption(SimpleNamespace(name=name, title=title, parameters=4_100_000)) == expected
