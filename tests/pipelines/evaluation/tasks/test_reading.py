"""Files of rows in every published form, and what is said of those that cannot be read."""

import gzip
import json
import lzma
from pathlib import Path

import pytest

from pipelines.common.bounded import BadFileError
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.evaluation.tasks import reading
from pipelines.evaluation.tasks.reading import rows_of

ROWS = [{"a": "1", "b": "two\u2028lines"}, {"a": "3", "b": 'a "word", more'}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
TABLE = 'a,b\n1,two\u2028lines\n3,"a ""word"", more"\n'


def written(folder: Path, name: str, text: str) -> Path:
    path, packed = folder / name, {".gz": gzip.compress, ".xz": lzma.compress}
    path.write_bytes(packed.get(path.suffix, bytes)(text.encode()))
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", LINES),
        ("a.jsonl", "\ufeff" + LINES.replace("\n", "\n\n")),
        ("a.jsonl.gz", LINES),
        ("a.jsonl.xz", LINES),
        ("a.json", json.dumps(ROWS)),
        ("a.json.gz", json.dumps({"canary": "x", "examples": ROWS}, indent=1)),
        ("a.csv", TABLE),
        ("a.csv.gz", "\ufeff" + TABLE),
        ("a.tsv", 'a\tb\n1\ttwo\u2028lines\n3\t"a ""word"", more"\n'),
    ],
)
def test_every_form_is_the_same_rows(tmp_path, name, text):
    found = rows_of(written(tmp_path, name, text))
    assert [row.values for row in found] == ROWS and [row.number for row in found] == [1, 2]


def test_one_line_is_one_row_even_with_a_list_in_it(tmp_path):
    row = {"prompt": "p", "kwargs": [{"n": 1}]}
    assert [found.values for found in rows_of(written(tmp_path, "a.jsonl", json.dumps(row)))] == [row]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", "", "file accepts JSON lines"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', "file, line 2 accepts"),
        ("a.jsonl", '{"a": 1}\n[2]\n', "file, row 2 accepts an object"),
        ("a.json", "[1, 2]", "file, row 1"),
        ("a.json", "[" * 100_000, "file, line 1"),
        ("a.csv", "a,b\n1,2\n3\n", "file, line 3 accepts as many cells"),
        ("a.csv", "a,b\n1,2,3\n", "file, line 2 accepts as many cells"),
        ("a.csv", "a,b\n", "file accepts"),
    ],
)
def test_a_fault_names_its_line(tmp_path, name, text, said):
    with pytest.raises(SpecError, match=said):
        rows_of(written(tmp_path, name, text))


def test_what_is_no_text_or_too_much(tmp_path, monkeypatch):
    with pytest.raises(NotFoundError, match=r"no file 'none\.jsonl'"):
        rows_of(tmp_path / "none.jsonl")
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe{}")
    with pytest.raises(BadFileError, match="UTF-8"):
        rows_of(tmp_path / "a.jsonl")
    (tmp_path / "a.gz").write_bytes(b"no gzip")
    with pytest.raises(BadFileError, match="damaged"):
        rows_of(tmp_path / "a.gz")
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)
    with pytest.raises(BadFileError, match="unpacks to more"):
        rows_of(written(tmp_path, "b.jsonl.gz", json.dumps({"a": "x" * 5000})))
    monkeypatch.setattr(reading, "MOST_ROWS", 1)
    with pytest.raises(SpecError, match="at most 1 rows"):
        rows_of(written(tmp_path, "c.jsonl", LINES))
