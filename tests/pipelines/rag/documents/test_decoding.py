"""Bytes become the text that was meant."""

import io

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.decoding import decoded, text_of
from pipelines.rag.documents.draft import Draft
from pipelines.rag.documents.limits import Limits

TEXT = "The café at high tide – 5 °C\nzweite Zeile"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(encoding):
    text, note = decoded(TEXT.encode(encoding))
    assert text.lstrip("\ufeff") == TEXT
    assert bool(note) == (encoding == "cp1252")


def test_other_scripts_in_utf16_with_its_mark():
    assert decoded("潮の満ち引き".encode("utf-16")) == ("潮の満ち引き", "")


def test_what_the_file_says_of_itself_counts_after_its_mark():
    assert decoded("Привет".encode("koi8-r"), "koi8-r") == ("Привет", "")
    assert decoded("Привет".encode("utf-8-sig"), "koi8-r") == ("Привет", "")
    assert decoded("naïve".encode(), "no-such-encoding") == ("naïve", "")
    assert decoded(b"plain", "rot13")[0] == "plain"  # known to Python, but none of text


def test_damaged_bytes_are_noted():
    text, note = decoded(b"\xef\xbb\xbfab\xff")
    assert text == "ab\ufffd" and "damaged" in note


def read(data: bytes, **limits: int) -> str:
    return text_of(io.BytesIO(data), Draft("text", Limits(**limits)))


def test_other_data_is_refused():
    for data in (bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 100):
        with pytest.raises(GlassworksError, match="no text but other data"):
            read(data)


def test_colours_of_a_log_are_no_text():
    assert read(b"\x1b[31mERROR\x1b[0m tide") == "ERROR tide"


def test_a_long_file_is_not_decoded_at_all():
    with pytest.raises(GlassworksError, match="longer than the 10 characters accepted"):
        read(b"a" * 41, characters=10)
