"""Marks that are kept beside a text."""

from pipelines.rag.documents.document import Mark
from pipelines.rag.documents.marks import marks_of, marks_text


def test_there_and_back_without_rows():
    marks = (
        Mark("heading", 0, 5, "Größe “x”\n", 2),
        Mark("page", 0, 90, "7"),
        Mark("row", 6, 9, "1"),
        Mark("block", 10, 20),
    )
    assert marks_of(marks_text(marks)) == tuple(mark for mark in marks if mark.kind != "row")
    assert marks_of(marks_text(())) == ()
