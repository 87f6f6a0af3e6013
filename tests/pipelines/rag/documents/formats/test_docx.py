"""DOCX: what stands in it in its order, and no more than may be unpacked."""

import io
import zipfile

import pytest

from pipelines.core.errors import GlassworksError
from tests.support.documents import docx_bytes


def changed(data: bytes, name: str, old: str, new: str) -> bytes:
    """The archive with one of its files changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(written, "w") as made:
        for each in given.namelist():
            content = given.read(each)
            if each == name:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            made.writestr(each, content)
    return written.getvalue()


def test_headings_paragraphs_lists_and_tables(read):
    paragraphs = [
        ("Title", "Tides"), ("Heading 1", "High"), ("", "The sea  rises.\nTwice a day."),
        ("List Bullet", "moon"), ("List Bullet", "sun"), ("Heading 2", "Low"), ("List Number", "wait"),
        ("List Number", "walk"), ("", ""),
    ]  # fmt: skip
    found = read(docx_bytes(paragraphs, [[["port", "hours"], ["Brest", "6\n7"]]]), "a.docx")
    assert found.text == (
        "Tides\n\nHigh\n\nThe sea rises.\nTwice a day.\n\n- moon\n- sun\n\nLow\n\n1. wait\n2. walk\n\n"
        "port | hours\nBrest | 6 7"
    )
    marks = [(m.kind, m.level, m.label) for m in found.marks]
    assert marks == [("heading", 1, "Tides"), ("heading", 1, "High"), ("heading", 2, "Low"), ("block", 0, "")]
    assert found.title == "Tides" and found.pages == 0


def test_headings_go_by_their_level_not_by_their_name(read):
    data = docx_bytes([("Heading 2", "Ebbe"), ("", "Wasser.")])
    german = changed(data, "word/styles.xml", 'w:val="heading 2"', 'w:val="Überschrift zwei"')
    assert [(m.level, m.label) for m in read(german, "a.docx").marks] == [(2, "Ebbe")]


def test_tracked_changes_are_taken_as_accepted(read):
    data = docx_bytes([("", "Tides KEEP turn.")])
    old = "<w:r><w:t>Tides KEEP turn.</w:t></w:r>"
    new = (
        "<w:r><w:t>Tides </w:t></w:r><w:ins><w:r><w:t>often </w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>never </w:delText><w:t>never</w:t></w:r></w:del><w:r><w:t>turn.</w:t></w:r>"
    )
    assert read(changed(data, "word/document.xml", old, new), "a.docx").text == "Tides often turn."


def test_links_tabs_and_content_controls_are_read(read):
    data = docx_bytes([("", "FIRST"), ("", "SECOND")])
    link = (
        '<w:hyperlink w:anchor="x"><w:r><w:t>a link</w:t></w:r></w:hyperlink><w:r><w:tab/><w:t>b</w:t></w:r>'
    )
    data = changed(data, "word/document.xml", "<w:r><w:t>FIRST</w:t></w:r>", link)
    data = changed(
        data,
        "word/document.xml",
        "<w:p><w:r><w:t>SECOND</w:t></w:r></w:p>",
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>inside</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    )
    assert read(data, "a.docx").text == "a link b\n\ninside"


def test_an_entity_is_not_unfolded(read):
    data = docx_bytes([("", "TICK")])
    with zipfile.ZipFile(io.BytesIO(data)) as given:
        xml = given.read("word/document.xml").decode()
    start = xml.index("<w:document")
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "lol lol"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    )
    given = changed(data, "word/document.xml", xml[start : start + 11], bomb + xml[start : start + 11])
    given = changed(given, "word/document.xml", "TICK", "TICK &b; &f;")
    assert read(given, "a.docx").text.split() == ["TICK"]


def test_other_containers_are_named(read):
    with pytest.raises(GlassworksError, match="it is encrypted, or a"):
        read(b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.docx")
    with pytest.raises(GlassworksError, match="no DOCX, or it is damaged"):
        read(docx_bytes([("", "x")])[:-40], "a.docx")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as other:
        other.writestr("x.txt", "x")
    with pytest.raises(GlassworksError, match="zip archive but no DOCX"):
        read(written.getvalue(), "a.docx")


def test_empty(read):
    with pytest.raises(GlassworksError, match="it is empty"):
        read(docx_bytes([("", ""), ("", " ")]), "a.docx")
