"""Titles of an outline, found in the lines of a page."""

import pytest

from pipelines.rag.documents.formats.pdf_outline import parted


@pytest.mark.parametrize(
    ("lines", "heading"),
    [
        (["High Tide"], "High Tide"),
        (["3.2 High tide"], "3.2 High tide"),
        (["Chapter 3: High Tide"], "Chapter 3: High Tide"),
        (["Appendix A. High Tide"], "Appendix A. High Tide"),
        (["IV. HIGH", "TIDE"], "IV. HIGH TIDE"),
        (["7", "High Tide"], "High Tide"),
    ],
)
def test_numbers_may_stand_before_a_title(lines, heading):
    parts = parted(["Before it.", *lines, "After it."], [("High Tide", 2)])
    assert (2, [heading]) in parts and parts[-1] == (0, ["After it."])


@pytest.mark.parametrize("line", ["See High Tide", "High Tide is when", "high", "About the High Tide"])
def test_a_mention_is_no_heading(line):
    assert parted([line], [("High Tide", 1)]) == [(0, [line])]


def test_titles_are_found_in_their_order_and_lines_are_kept():
    lines = ["One", "a", "Two", "b", "One", "c"]
    parts = parted(lines, [("One", 1), ("Two", 2), ("One", 3), ("Three", 1)])
    assert parts == [(1, ["One"]), (0, ["a"]), (2, ["Two"]), (0, ["b"]), (3, ["One"]), (0, ["c"])]
