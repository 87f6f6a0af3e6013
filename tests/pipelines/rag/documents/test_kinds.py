"""What is read, and under which name it is shown."""

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.kinds import ACCEPTED, SUFFIXES, kind_of, safe_name
from pipelines.rag.specs import DOCUMENT_KINDS


def test_every_kind_has_an_end_and_every_end_a_kind():
    assert {kind_of(f"x{end}") for end in SUFFIXES} == set(DOCUMENT_KINDS)
    assert all(end.startswith(".") and end == end.lower() for end in SUFFIXES)


@pytest.mark.parametrize("name", ["x.exe", "x", "", ".pdf", "pdf", "x.pdf.exe", "..", "x.doc"])
def test_other_files_are_refused_with_what_is_accepted(name):
    with pytest.raises(GlassworksError, match="PDF, DOCX, Markdown"):
        safe_name(name)
    assert "source code" in ACCEPTED


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x.txt", "x.txt"),
        ("/etc/passwd/../x.md", "x.md"),
        (r"C:\Users\me\x.pdf", "x.pdf"),
        ("..\\..\\x.csv", "x.csv"),
        ("a\0b\n<img>.html", "a_b_ _img_.html".replace(" ", "")),
        ("Cafe\u0301.txt", "Café.txt"),
        ("\u202etxt.exe.txt", "_txt.exe.txt"),
        ("日本語 (1).pdf", "日本語 (1).pdf"),
        ("...hidden.txt", "hidden.txt"),
        ("X.PDF", "X.PDF"),
    ],
)
def test_names_lose_folders_and_odd_characters(given, shown):
    assert safe_name(given) == shown


def test_a_long_name_keeps_its_end():
    assert len(safe_name("a" * 500 + ".txt")) == 120 and safe_name("a" * 500 + ".txt").endswith("a.txt")
