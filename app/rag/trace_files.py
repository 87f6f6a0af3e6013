"""A search as files for the visitor, and as the API answers it: plain JSON, and CSV with a row a passage."""

import csv
import io
import json
from typing import Any

from app.compare.export import inert
from pipelines.rag.answers import Found
from pipelines.rag.requests import Passage


def as_json(found: Found) -> dict[str, Any]:
    """The hits with their texts, then the stages by ids and scores; every id of a stage stands in
    ``passages``."""
    passages = {one.id: one for one in found.passages}
    return {
        "query": found.query,
        "chunks": [
            {"rank": rank, "score": score, **_passage(passages[one])}
            for rank, (one, score) in enumerate(zip(found.hits, found.scores, strict=True), 1)
        ],
        "answerable": found.answerable,
        "stages": [
            {
                "name": stage.name,
                "note": stage.note,
                "seconds": stage.seconds,
                "ids": list(stage.ids),
                "scores": list(stage.scores),
            }
            for stage in found.stages
        ],
        "passages": {one.id: _passage(one) for one in found.passages},
        "index": found.index,
        "searched": found.chunks,
        "seconds": found.seconds,
    }


def json_text(found: Found) -> str:
    return json.dumps(as_json(found), ensure_ascii=False, indent=1)


def csv_text(found: Found) -> str:
    """Of every passage that a stage has: its place among the hits, then rank and score in each stage."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    names = [stage.name for stage in found.stages]
    stages = [f"{name}_{what}" for name in names for what in ("rank", "score")]
    table.writerow(["hit", "source", "passage", "page", "heading", "start", "end", "text", *stages])
    placed = [dict(zip(s.ids, enumerate(s.scores, 1), strict=True)) for s in found.stages]
    hits = {one: rank for rank, one in enumerate(found.hits, 1)}
    order = sorted(found.passages, key=lambda one: hits.get(one.id, len(hits) + 1))
    for one in order:
        cells = [value for at in placed for value in at.get(one.id, ("", ""))]
        facts = [hits.get(one.id, ""), inert(one.name), one.position + 1, one.page or "", inert(one.heading)]
        table.writerow([*facts, one.start, one.end, inert(one.text), *cells])
    return out.getvalue()


def _passage(one: Passage) -> dict[str, Any]:
    return {
        "id": one.id,
        "text": one.text,
        "source": one.name,
        "document": one.document,
        "position": one.position,
        "start": one.start,
        "end": one.end,
        "page": one.page,
        "heading": one.heading,
        "tokens": one.tokens,
    }
