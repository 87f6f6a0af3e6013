"""PDF: pages, headings of the outline, and what is said of pages and files that cannot be read."""

import re
from itertools import pairwise

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.limits import Limits
from tests.support.documents import encrypted_pdf, pdf_bytes, prose


def marked(found, kind: str) -> list[tuple[str, str]]:
    return [(m.label, found.text[m.start : m.end].strip()) for m in found.marks if m.kind == kind]


def test_pages_are_marked_without_gaps(read):
    found = read(pdf_bytes([prose(120, seed) for seed in range(7)], "Tides"), "a.pdf")
    pages = [mark for mark in found.marks if mark.kind == "page"]
    assert found.title == "Tides" and found.pages == 7 and found.notes == ()
    assert [page.label for page in pages] == list("1234567")
    assert pages[0].start == 0 and pages[-1].end == len(found.text)
    assert all(one.end == other.start for one, other in pairwise(pages))
    for seed, page in enumerate(pages):
        assert found.text[page.start : page.end].split() == prose(120, seed).split()
        assert found.page_at(page.start) == found.page_at(page.end - 1) == seed + 1


def test_without_a_title_its_name_is_one(read):
    assert read(pdf_bytes(["Some text."]), "a.pdf").title == "a.pdf"


def test_the_outline_s_headings_are_found_in_the_text(read):
    pages = [
        "Preface\n\nSee also The Tides below.",
        "1 The Tides\nThe moon pulls at the sea.\n1.1 A Title That Is Broken\nOver Two Lines\nMore text.",
    ]
    outline = [("Preface", 0), ("The Tides", 1), ("A title that is broken over two lines", 1), ("Nowhere", 1)]
    found = read(pdf_bytes(pages, outline=outline), "a.pdf")
    assert [label for label, _ in marked(found, "heading")] == [
        "Preface",
        "1 The Tides",
        "1.1 A Title That Is Broken Over Two Lines",
    ]
    assert "\n\n1 The Tides\n\nThe moon" in found.text


def test_headers_footers_and_page_numbers_are_left_out(read):
    pages = [
        f"Annual report 2023 | {at}\n{prose(60, at)}\nWritten by nobody\n{at + 4}" for at in range(1, 12)
    ]
    found = read(pdf_bytes(pages), "a.pdf")
    assert found.text.count("Annual report 2023") == 1 and found.text.count("Written by nobody") == 1
    assert not re.search(r"^\d+$", found.text, re.MULTILINE)
    for at in range(1, 12):
        assert set(prose(60, at).split()) <= set(found.text.split())


def test_divided_words_are_whole_also_over_pages(read):
    pages = ["An exam-\nple of wa-", "ter that is well-\nknown. A well-known one."]
    found = read(pdf_bytes(pages), "a.pdf")
    assert " ".join(found.text.split()) == "An example of water that is well-known. A well-known one."
    assert found.page_at(found.text.index("water")) == 1 and found.page_at(found.text.index("that")) == 2


def test_a_sentence_goes_on_over_the_page_and_a_paragraph_does_not(read):
    found = read(pdf_bytes(["The sea rises and", "falls twice a day.", "The moon pulls."]), "a.pdf")
    assert found.text == "The sea rises and\nfalls twice a day.\n\nThe moon pulls."


def test_leaders_of_a_table_of_contents_are_short(read):
    found = read(pdf_bytes(["Tides . . . . . . . . . . . . . . . 7", "Text."]), "a.pdf")
    assert found.text.startswith("Tides … 7")


def test_pages_without_text_are_named(read):
    pages = ["Some text."] + [""] * 3 + ["More."] + [""]
    found = read(pdf_bytes(pages), "a.pdf")
    assert found.pages == 6 and [label for label, _ in marked(found, "page")] == ["1", "5"]
    assert any("no text recognition" in note and "pages 2–4, 6" in note for note in found.notes)


def test_a_scanned_one_says_so(read):
    with pytest.raises(GlassworksError, match="probably scanned"):
        read(pdf_bytes([""] * 3), "a.pdf")


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_encrypted(read, algorithm):
    plain = pdf_bytes([prose(30, seed) for seed in range(60)])
    assert read(encrypted_pdf(plain, "", algorithm), "a.pdf").text == read(plain, "a.pdf").text
    with pytest.raises(GlassworksError, match="encrypted and opens with a password only"):
        read(encrypted_pdf(plain, "secret", algorithm), "a.pdf")


def test_too_many_pages(read):
    data = pdf_bytes(["Tides."] * 7)
    with pytest.raises(GlassworksError, match="7 pages; accepted are at most 6"):
        read(data, "a.pdf", Limits(pages=6))
    lying = data.replace(b"/Count 7", b"/Count 1")  # as many as its tree has, whatever it says
    with pytest.raises(GlassworksError, match="7 pages; accepted are at most 6"):
        read(lying, "a.pdf", Limits(pages=6))


def test_too_much_text_ends_at_once(read):
    with pytest.raises(GlassworksError, match=r"longer than the 100 characters accepted \(page 2 of 3\)"):
        read(pdf_bytes([prose(12, seed) for seed in range(3)]), "a.pdf", Limits(characters=100))


def test_no_pdf_and_no_pages(read):
    with pytest.raises(GlassworksError, match="no PDF"):
        read(b"<html>", "a.pdf")
    with pytest.raises(GlassworksError, match="no pages"):
        read(pdf_bytes([]), "a.pdf")


def test_one_damaged_page_costs_that_page_only(read):
    data = pdf_bytes(["First page.", "Second page.", "Third page."])
    at = data.index(b"stream\n", data.index(b"7 0 obj")) + 7
    broken = data[:at] + b"\xff" * 8 + data[at + 8 :]
    found = read(broken, "a.pdf")
    assert "First page." in found.text and "Third page." in found.text and "Second" not in found.text
    assert any("page 2" in note for note in found.notes)


def test_a_lost_table_of_places_is_made_anew(read):
    data = re.sub(rb"startxref\n\d+", b"startxref\n3", pdf_bytes(["Tides turn."]))
    assert read(data, "a.pdf").text == "Tides turn."


def test_ligatures_and_windows_1252(read):
    assert read(pdf_bytes(["naïve “café” – 5 €"]), "a.pdf").text == "naïve “café” – 5 €"
