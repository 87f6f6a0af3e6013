"""What is taken for a grade or a verdict."""

import pytest

from pipelines.evaluation.tasks.judged.reading import grade_in, verdict_in


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("Fine.\nRating: [[7]]", 7),
        ("Rating: [[8.5]]", 8.5),
        ("[[3]] and then [[9]]", 3),  # as FastChat reads it
        ("Rating: [6]", 6),
        ("I give [4], no: [[5]]", 5),
        ("Rating: [[11]]", None),
        ("Rating: [[0]]", None),
        ("Rating: 8", None),
        ("[[rating]]", None),
        ("", None),
    ],
)
def test_grade(text, grade):
    assert grade_in(text) == grade


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("So: [[A]]", "A"),
        ("[[B]]", "B"),
        ("Not [[A]] but [[C]]", "C"),
        ("[A]", None),
        ("[[D]]", None),
        ("", None),
    ],
)
def test_verdict(text, verdict):
    assert verdict_in(text) == verdict
