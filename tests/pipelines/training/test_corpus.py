"""Documents out of files: each accepted form, and a clear refusal of everything else."""

import gzip
import json
from pathlib import Path

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.training.corpus import GATHER_CHARS, BadCorpusError, documents


def write(folder: Path, name: str, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    file = folder / name
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


ROWS = "".join(
    json.dumps({field: text}) + "\n" for field, text in [("text", "one"), ("story", "two\n\nlines")]
)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.txt.gz", "a.gz"])
def test_end_of_text_separates_documents(tmp_path, name):
    file = write(tmp_path, name, "one\n\nstill one<|endoftext|>two\n<|endoftext|>\n \n")
    assert list(documents(file)) == ["one\n\nstill one", "two"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.gz"])
def test_json_lines(tmp_path, name):
    assert list(documents(write(tmp_path, name, ROWS))) == ["one", "two\n\nlines"]


def test_paragraphs_are_gathered_and_nothing_is_lost(tmp_path):
    paragraphs = [f"Paragraph {i} " + "word " * 60 for i in range(50)]
    found = list(documents(write(tmp_path, "a.txt", "\n\n".join(paragraphs))))
    assert 5 < len(found) < 20
    assert all(len(d) >= GATHER_CHARS for d in found[:-1])
    assert "".join("".join(found).split()) == "".join("".join(paragraphs).split())


def test_byte_order_mark_is_no_text(tmp_path):
    assert list(documents(write(tmp_path, "a.txt", b"\xef\xbb\xbfHello"))) == ["Hello"]


def test_one_endless_line_is_cut_into_documents(tmp_path):
    found = list(documents(write(tmp_path, "a.txt", "word " * 60_000)))
    assert len(found) > 1 and max(map(len, found)) <= 2 * 65_536


def test_folder_is_read_in_the_order_of_names(tmp_path):
    write(tmp_path, "b.txt", "second")
    write(tmp_path, "a.jsonl", '{"text": "first"}')
    write(tmp_path, "c.png", b"\0")
    assert list(documents(tmp_path)) == ["first", "second"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", "", "holds no text"),
        ("blank.txt", " \n\n\t", "holds no text"),
        ("picture.txt", b"\x89PNG\r\n\0\0\0", "not a text file"),
        ("old.txt", "Größe".encode("latin-1"), "not UTF-8"),
        ("wide.txt", "text".encode("utf-16"), "not a text file"),
        ("bad.jsonl", '{"text": "fine"}\n{"text": ', "Line 2 of bad.jsonl is not JSON"),
        ("other.jsonl", '{"body": "x"}', "'text', 'content', 'story'"),
        ("list.jsonl", "[1]", "Line 1"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path, name, content, words):
    with pytest.raises(BadCorpusError, match=words) as refused:
        list(documents(write(tmp_path, name, content)))
    assert str(tmp_path) not in str(refused.value)


def test_damaged_gzip(tmp_path):
    file = write(tmp_path, "a.txt.gz", "some text " * 1000)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(BadCorpusError, match="damaged"):
        list(documents(file))
    file.write_bytes(b"not gzip at all")
    with pytest.raises(BadCorpusError, match="damaged"):
        list(documents(file))


def test_a_bomb_is_stopped(tmp_path):
    file = write(tmp_path, "bomb.txt.gz", b"a" * 30_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(BadCorpusError, match="more than 2 MB"):
        list(documents(file, max_bytes=2_000_000))


def test_nothing_there(tmp_path):
    with pytest.raises(GlassworksError, match="no corpus files"):
        list(documents(tmp_path))
    with pytest.raises(GlassworksError, match="no file or folder"):
        list(documents(tmp_path / "gone"))
