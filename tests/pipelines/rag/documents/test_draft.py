"""Pieces and marks: where the marks say, their piece stands."""

import random

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.draft import Draft
from pipelines.rag.documents.limits import Limits
from pipelines.rag.documents.normal import normal

PIECES = (
    "Tides",
    " turn \n",
    "",
    "\n\n",
    "e\u0301",
    "\0",
    "water  \r\n\r\n\r\nis high",
    "\ufeff",
    "日本",
    "  - x",
)


@pytest.mark.parametrize("seed", range(20))
def test_the_whole_is_normal_and_marks_stand_on_their_pieces(seed):
    rng = random.Random(seed)
    draft, wanted = Draft("markdown"), []
    for _ in range(60):
        text = "".join(rng.choices(PIECES, k=rng.randint(0, 4)))
        what = rng.choice(["add", "heading", "block", "row", "item", "table"])
        if what == "heading":
            draft.heading(text, rng.randint(-1, 9))
            wanted.append(("heading", " ".join(normal(text).split())))
        elif what in ("block", "row"):
            getattr(draft, what)(text)
            wanted.append((what, normal(text)))
        elif what == "item":
            draft.item(text, rng.randint(0, 2), rng.choice(["- ", "1. ", ""]))
        elif what == "table":
            draft.table([[text, "a"], ["b"]])
            wanted.append(("block", None))
        else:
            draft.add(text)
    made = draft.document("x.md")
    assert normal(made.text) == made.text
    found = [(mark.kind, made.text[mark.start : mark.end]) for mark in made.marks]
    assert len(found) == len([w for w in wanted if w[1] != ""])
    for (kind, text), (_, wants) in zip(found, [w for w in wanted if w[1] != ""], strict=True):
        assert text and (wants is None or text == wants), kind
    assert all(1 <= mark.level <= 6 and mark.label for mark in made.marks if mark.kind == "heading")


def test_items_stand_close_and_other_pieces_apart():
    draft = Draft("html")
    draft.add("Before")
    draft.item("one", 0, "- ")
    draft.item("two", 1, "1. ")
    draft.item("more of two", 1, "")
    draft.add("After")
    assert draft.document("x").text == "Before\n\n- one\n  1. two\n    more of two\n\nAfter"


def test_past_the_limits_it_says_what_is_accepted():
    draft = Draft("text", Limits(characters=10, rows=2))
    with pytest.raises(GlassworksError, match="longer than the 10 characters accepted"):
        draft.add("a" * 11)
    draft = Draft("csv", Limits(rows=2))
    draft.row("a")
    draft.row("b")
    with pytest.raises(GlassworksError, match="more than the 2 rows accepted"):
        draft.row("c")


def test_marks_are_bounded_and_it_is_said():
    draft = Draft("html", Limits(rows=2, pages=1))
    for at in range(9):
        draft.heading(f"Part {at}", 1)
    made = draft.document("x")
    assert len(made.marks) == 3 and "very many headings" in made.notes[0] and "Part 8" in made.text


def test_pages_are_found_by_their_characters():
    draft = Draft("pdf")
    draft.add("abc")
    draft.add("de")
    draft.mark("page", 0, 5, "1")
    draft.mark("page", 5, 7, "3")
    made = draft.document("x.pdf")
    assert [made.page_at(place) for place in (0, 4, 5, 6, 7, 99)] == [1, 1, 3, 3, 0, 0]
    assert Draft("text").document("x").page_at(0) == 0
