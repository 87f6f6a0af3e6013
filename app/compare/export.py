"""A comparison as files for the visitor: JSON as the API answers, CSV with a row a point."""

import csv
import io
import json
from typing import Any


def json_text(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, indent=1)


def csv_text(answer: dict[str, Any]) -> str:
    """Columns run, job, title, and the two axes by their names."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["run", "job", "title", answer["x"], answer["metric"]])
    for run in answer["runs"]:
        told = (run["letter"], run["job"], inert(run["title"]))
        table.writerows([*told, x, y] for x, y in zip(run["x"], run["y"], strict=True))
    return out.getvalue()


def inert(text: str) -> str:
    """Spreadsheets compute what begins like a formula; an apostrophe keeps it text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
