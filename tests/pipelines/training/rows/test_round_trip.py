"""Tables of odd content, written as each kind of file and read again: they come back as they were."""

import csv
import gzip
import io
import json
import random
from pathlib import Path

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.training.rows.formats import examples_of, formats_of
from pipelines.training.rows.kinds import FORMATS
from pipelines.training.rows.reading import read
from pipelines.training.rows.table import Table
from pipelines.training.tuning.tasks import TASKS

ALPHABET = "aZ09 ,;|\t\"'\\/{}[]<>#\n\r\u00a0\u2028\u200bßéΣ漢字🙂\x01\x7f"


def text(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(0, 30)))


def names(rng: random.Random) -> list[str]:
    return [f"column {n} {rng.choice('äß漢#')}" for n in range(rng.randrange(2, 6))]


def texts(rng: random.Random) -> list[dict]:
    """Rows of text in every cell, as CSV can have them."""
    columns = names(rng)
    return [{column: text(rng) for column in columns} for _ in range(rng.randrange(1, 30))]


def anything(rng: random.Random, depth: int = 0) -> object:
    kinds = ["text", "number", "float", "bool", "none"] + ["list", "object"] * (depth < 3)
    return {
        "text": lambda: text(rng),
        "number": lambda: rng.randrange(-(10**12), 10**12),
        "float": lambda: rng.uniform(-1, 1),
        "bool": lambda: rng.random() < 0.5,
        "none": lambda: None,
        "list": lambda: [anything(rng, depth + 1) for _ in range(rng.randrange(4))],
        "object": lambda: {text(rng): anything(rng, depth + 1) for _ in range(rng.randrange(4))},
    }[rng.choice(kinds)]()


def as_lines(rows: list[dict], escaped: bool = True) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows).encode()


def as_csv(rows: list[dict], delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0], delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("seed", range(25))
def test_text_cells_survive_every_kind_of_file(tmp_path: Path, seed: int):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = texts(random.Random(seed))
    written = {
        "a.jsonl": as_lines(rows),
        "b.jsonl": as_lines(rows, escaped=False),
        "a.json": json.dumps({"rows": rows}).encode(),
        "a.csv": as_csv(rows, ","),
        "b.csv": as_csv(rows, ";"),
        "a.tsv": as_csv(rows, "\t"),
    }
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for file in tmp_path.iterdir():
        table = read(file)
        assert list(table.rows) == rows, file.name
        assert table.columns == tuple(rows[0]) and len(table.numbers) == len(rows)


@pytest.mark.parametrize("seed", range(25))
def test_nested_values_survive_json(tmp_path: Path, seed: int):
    rng = random.Random(seed)
    rows = [{"id": n, "value": anything(rng)} for n in range(20)]
    (tmp_path / "a.jsonl").write_bytes(as_lines(rows))
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=2))
    assert list(read(tmp_path / "a.jsonl").rows) == list(read(tmp_path / "a.json").rows) == rows


@pytest.mark.parametrize("task", TASKS)
def test_whatever_stands_in_the_columns_gives_examples_or_problems(task: str):
    """Rows of the right names with values of any kind: a message for each, and never another exception."""
    rng = random.Random(task)
    keys = [
        "role",
        "content",
        "from",
        "value",
        "text",
        "answer_start",
        "context",
        "qas",
        "question",
        "answers",
    ]

    def odd(depth: int = 0) -> object:
        if depth < 4 and rng.random() < 0.6:
            if rng.random() < 0.5:
                return [odd(depth + 1) for _ in range(rng.randrange(3))]
            return {rng.choice(keys): odd(depth + 1) for _ in range(rng.randrange(4))}
        return rng.choice([anything(rng, 3), "user", "human", "O", "a", "[1", 3, 0.5])

    for format in formats_of(TASKS[task]):
        columns = [role.name for role in format.roles]
        for _ in range(60):
            rows = tuple({c: odd() for c in columns} for _ in range(8))
            found = examples_of(Table(tuple(columns), rows, tuple(range(8))), task, {c: c for c in columns})
            made = FORMATS[found.recognised.format].makes
            assert all(isinstance(example, made) for example in found.examples)
            if "paragraphs" not in columns:  # an article has none or many
                assert len(found.examples) + len(found.problems) == 8


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_is_refused_or_read_but_never_breaks(tmp_path: Path, seed: int):
    rng = random.Random(seed)
    rows = texts(rng)
    name, data = rng.choice(
        [("a.jsonl", as_lines(rows)), ("a.csv", as_csv(rows, ",")), ("a.conll", as_lines(rows))]
    )
    broken = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        place = rng.randrange(len(broken))
        broken[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
    (tmp_path / name).write_bytes(bytes(broken))
    try:
        examples_of(read(tmp_path / name))
    except GlassworksError as fault:
        assert str(fault)
