"""A search as JSON and CSV."""

import csv
import io
import json

from app.rag.trace_files import as_json, csv_text, json_text
from tests.support.rag_found import found, hybrid, passage, stage


def test_json_has_the_hits_and_every_stage():
    told = json.loads(json_text(hybrid()))
    assert told == as_json(hybrid())
    assert [(one["rank"], one["id"], one["source"]) for one in told["chunks"]] == [
        (1, "d2.0", "d2.txt"),
        (2, "d1.0", "d1.txt"),
    ]
    assert [one["name"] for one in told["stages"]] == ["bm25", "dense", "fusion", "rerank"]
    assert {i for s in told["stages"] for i in s["ids"]} == told["passages"].keys()
    first = told["chunks"][0]
    assert first["end"] - first["start"] == len(first["text"]) and told["answerable"] == 0.87


def test_csv_has_a_row_a_passage_the_hits_first():
    rows = list(csv.DictReader(io.StringIO(csv_text(hybrid()))))
    assert [row["hit"] for row in rows] == ["1", "2", "", ""]
    assert rows[0]["source"] == "d2.txt" and rows[0]["rerank_rank"] == "1" and rows[0]["dense_rank"] == ""
    assert rows[1]["bm25_score"] == "1.0"


def test_csv_holds_no_formulas():
    one = found(
        stage("bm25", "d1.0"), hits=("d1.0",), passages=(passage("d1.0", "=1+1", name="@x", heading="-2"),)
    )
    row = next(csv.DictReader(io.StringIO(csv_text(one))))
    assert (row["text"], row["source"], row["heading"]) == ("'=1+1", "'@x", "'-2")
