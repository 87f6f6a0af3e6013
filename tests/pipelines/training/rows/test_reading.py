"""Files as people have them: read whatever their kind, and refused in words that name the line or the row."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.training.rows.reading import READERS, kind_of, kind_of_text, read
from pipelines.training.rows.table import BadRowsError, Limits, numbers_in_words

ROWS = [{"text": "one", "label": "a"}, {"text": "two\nlines, and “quotes”", "label": "b"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
CSV = 'text,label\none,a\n"two\nlines, and “quotes”",b\n'


@pytest.fixture
def file(tmp_path: Path):
    """``file(name, content)`` → a path; text becomes UTF-8, and what is called .gz is packed."""

    def write(name: str, content: str | bytes) -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "content", "numbers"),
    [
        ("a.jsonl", LINES, (1, 2)),
        ("a.jsonl.gz", LINES, (1, 2)),
        ("a.ndjson", "\n" + LINES.replace("\n", "\r\n\r\n"), (2, 4)),
        ("a.jsonl", "\ufeff" + LINES, (1, 2)),
        ("a.jsonl", json.dumps(ROWS), (1, 2)),
        ("a.json", json.dumps(ROWS, indent=1), (1, 2)),
        ("a.json", LINES, (1, 2)),
        ("a.json.gz", json.dumps({"version": "1.1", "data": ROWS}), (1, 2)),
        ("a.csv", CSV, (1, 2)),
        ("a.csv.gz", "\ufeff" + CSV.replace("\n", "\r\n").replace("two\r\n", "two\n"), (1, 2)),
        ("a.csv", CSV.replace(",", ";", 2).replace(",b", ";b"), (1, 2)),
        ("a.tsv", CSV.replace(",", "\t", 2).replace(",b", "\tb"), (1, 2)),
    ],
)
def test_the_same_rows_come_out_of_every_kind(file, name, content, numbers):
    table = read(file(name, content))
    assert (table.columns, list(table.rows), table.numbers) == (("text", "label"), ROWS, numbers)


def test_a_suffix_speaks_where_the_name_is_silent(file):
    assert len(read(file("received", CSV), ".csv").rows) == 2
    with pytest.raises(BadRowsError, match=r"accepted are \.jsonl, \.json, \.csv"):
        read(file("received", CSV))


def test_sentences_of_words_and_tags(file):
    first = "-DOCSTART- O\n\n# id 7 of some\nThe\tI-ORG\nMad\tI-ORG\n.\tO\n\t O\n"
    text = f"{first}\n\n#\tO\nLos B-LOC\nAngeles I-LOC"
    table = read(file("a.conll", text))
    assert table.numbers == (1, 2) and table.columns == ("tokens", "tags")
    assert table.rows[0] == {"tokens": ["The", "Mad", "."], "tags": ["B-ORG", "I-ORG", "O"]}
    assert table.rows[1] == {"tokens": ["#", "Los", "Angeles"], "tags": ["O", "B-LOC", "I-LOC"]}
    assert read(file("a.txt", text)) == read(file("a.tsv", text)) == table


def test_four_columns_as_in_2003(file):
    table = read(file("a.conll", "U.N. NNP I-NP I-ORG\nofficial NN I-NP O\n"))
    assert table.rows == ({"tokens": ["U.N.", "official"], "tags": ["B-ORG", "O"]},)


def test_plain_text_becomes_a_row_a_document(file):
    table = read(file("a.txt", "One tale.<|endoftext|>Another."))
    assert table.rows == ({"text": "One tale."}, {"text": "Another."})


def test_parquet_with_the_names_of_its_classes(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = {
        "label": {"names": ["neg", "pos"], "_type": "ClassLabel"},
        "tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "List"},
        "text": {"dtype": "string", "_type": "Value"},
    }
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    columns = {"text": ["a", None], "label": [1, -1], "tags": [[0, 1], []]}
    pq.write_table(pa.table(columns).replace_schema_metadata(about), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").rows == (
        {"text": "a", "label": "pos", "tags": ["O", "B-PER"]},
        {"text": None, "label": None, "tags": []},
    )


def test_parquet_is_bounded_and_pictures_are_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["word " * 1000] * 1000}), file)
    assert file.stat().st_size < 100_000
    with pytest.raises(BadRowsError, match="more than the 999 rows"):
        read(file, limits=Limits(rows=999))
    with pytest.raises(BadRowsError, match="unpacks to more than 0 MB"):
        read(file, limits=Limits(bytes=1000))
    pq.write_table(pa.table({"text": ["a"], "image": [b"\x89PNG"]}), file)
    with pytest.raises(BadRowsError, match="'image' holds bytes"):
        read(file)
    file.write_bytes(b"PAR1 no")
    with pytest.raises(BadRowsError, match="not Parquet"):
        read(file)


GOOD = '{"text": "a"}\n'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", GOOD * 316 + '{"text": "a\n', r"Line 317 of a\.jsonl is not JSON"),
        ("a.json", GOOD * 316 + '{"text": "a\n', r"Line 317 of a\.json is not JSON"),
        ("a.json", '[{"text": "a"},\n{"text": }]', r"Line 2 of a\.json is not JSON: expecting value"),
        ("a.jsonl", GOOD + '"text"\n', r"Line 2 of a\.jsonl is a string; each must be an object"),
        ("a.json", '[{"a": 1}, [2]]', r"Item 2 of a\.json is a list"),
        ("a.json", '{"train": [{"a": 1}], "test": []}', r"2 lists \('train', 'test'\)"),
        ("a.json", '{"a": 1}', "holds no list"),
        ("a.json", "[" * 100_000, "nests too deep"),
        ("a.jsonl", '{"a":' * 100_000, "Line 1 .* is not JSON that can be read"),
        ("a.jsonl", "", "0 rows"),
        ("a.json", "[]", "0 rows"),
        ("a.csv", "", "0 rows"),
        ("a.csv", "text,label\n", "0 rows"),
        ("a.conll", "\n\n", "0 rows"),
        ("a.jsonl", GOOD * 2 + '{"a": 1}\n', r"rows 1–2 have the columns 'text', rows 3 have 'a'"),
        ("a.csv", "text,label\na,b\nc, d,e\n", r"Row 2 of a\.csv \(line 3\) has too many cells: 3"),
        ("a.csv", 'text,label\n"a\nb",c\nd\n', r"Row 2 of a\.csv \(line 4\) has too few cells: 1"),
        ("a.csv", 'text,label\n"a,b\n', "record from line 2 of a.csv .* quote is opened and never closed"),
        ("a.csv", "text,text\na,b\n", "must name each column once; it has 'text', 'text'"),
        ("a.conll", "Tom\tB-PER\nhas\n", r"Line 2 of a\.conll is not a word and a tag"),
        ("a.conll", "a O\n" * 5001, "sentence from line 1 .* more than 5,000 words"),
        ("a.jsonl", GOOD.encode() + "{'é'}".encode("latin-1"), r"Line 2 .* not UTF-8 text \(byte 0xe9"),
        ("a.csv", "text,label\na,b\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ("a.jsonl", b"{\0}", "not a text file: there is a zero byte in line 1"),
        ("a.pdf", b"x", "of no accepted type"),
        ("a.parquet.gz", b"x", "of no accepted type"),
        ("a.jsonl", '{"\\ud800": 1}', "half of a character in its name"),
        ("a.csv", "x" * 300 + ",label\na,b\n", "column names may have 200 characters"),
    ],
)
def test_a_bad_file_is_refused_in_words(file, name, content, words):
    with pytest.raises(BadRowsError, match=words):
        read(file(name, content))


def test_what_is_no_gzip_is_damaged(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(b"no")
    with pytest.raises(BadRowsError, match="damaged"):
        read(tmp_path / "a.csv.gz")
    with pytest.raises(BadRowsError, match=r"no file 'b\.csv'"):
        read(tmp_path / "b.csv")


def test_the_limits_are_named(file):
    with pytest.raises(BadRowsError, match="more than the 3 rows"):
        read(file("a.jsonl", GOOD * 4), limits=Limits(rows=3))
    with pytest.raises(BadRowsError, match="unpacks to more than 1 MB"):
        read(file("a.jsonl.gz", GOOD * 100_000), limits=Limits(bytes=1_000_000))
    long = {"messages": [{"role": "user", "content": "x" * 101}]}
    with pytest.raises(
        BadRowsError, match=r"Line 1 of a\.jsonl: 'messages' holds a text of more than the 100"
    ):
        read(file("a.jsonl", json.dumps(long)), limits=Limits(field=100))
    with pytest.raises(BadRowsError, match=r"Line 1 .* longer than 1,600 bytes"):
        read(file("a.jsonl", "x" * 2000), limits=Limits(field=100))
    with pytest.raises(BadRowsError, match="more than 500 different columns"):
        read(file("a.jsonl", "".join(json.dumps({"a": 1, f"c{n}": 1}) + "\n" for n in range(501))))


def test_columns_may_be_left_away(file):
    table = read(file("a.jsonl", '{"a": 1}\n{"a": 2, "b": 3}\n{"b": 4, "c": 5}\n'))
    assert table.columns == ("a", "b", "c") and table.rows[0] == {"a": 1}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (LINES, ".jsonl"),
        ('{\n"data": []}', ".json"),
        ("[{}]", ".json"),
        (CSV, ".csv"),
        ("text;label\na;b", ".csv"),
        ("text\tlabel\na\tb", ".tsv"),
        ("Tom\tB-PER\nran\tO\n.\tO", ".conll"),
        ("Once, there was a fox.\nIt ran, and ran.", ".txt"),
        ("", ".txt"),
    ],
)
def test_what_was_pasted_is_told_apart(text, kind):
    assert kind_of_text(text) == kind


def test_kinds_are_found_by_name():
    assert all(kind_of(f"x{suffix}") == suffix for suffix in READERS)
    assert kind_of("a.b.CSV.GZ") == ".csv"


def test_row_numbers_in_words():
    assert numbers_in_words([3, 1, 2, 9]) == "1–3, 9"
    assert numbers_in_words(range(1, 41, 2)) == "1, 3, 5, 7, 9, 11 and 14 more"


def test_nothing_heavy_comes_in():
    code = (
        "import sys, pipelines.training.rows.store; "
        "print(sorted({'torch', 'transformers', 'pyarrow', 'pandas', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
