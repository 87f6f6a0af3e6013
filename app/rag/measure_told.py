"""A run as plain values, for the API and for files: never NaN, and what cannot be told is null. No Gradio."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.compare.export import inert
from app.rag.measure_run import Board
from pipelines.core.errors import SpecError
from pipelines.rag.measuring.comparing import Difference, Row, against, row_of
from pipelines.rag.measuring.failing import WORDS, Failure
from pipelines.rag.measuring.questions import as_json
from pipelines.rag.measuring.scores import METRICS, Score


def rows(board: Board) -> list[Row]:
    """With intervals once the run is over."""
    whole = board.state != "running"
    pairs = zip(board.configurations, board.scores, strict=True)
    return [row_of(one.name, scores, whole) for one, scores in pairs]


def metrics_of(board: Board) -> list[str]:
    """Those that some question of the run has, in the order of the list."""
    known = {
        name
        for scores in board.scores
        for score in scores.values()
        for name, value in score.figures.items()
        if value is not None
    }
    return [one.name for one in METRICS if one.name in known]


def differences(board: Board, baseline: str, metric: str) -> list[Difference]:
    """Every other configuration against this one. Raises :class:`SpecError` for a name that is none."""
    named = [(one.name, scores) for one, scores in zip(board.configurations, board.scores, strict=True)]
    first = next((one for one in named if one[0] == baseline), None)
    if first is None:
        raise SpecError("baseline", baseline, f"one of {', '.join(name for name, _ in named)}")
    return against(first, [one for one in named if one is not first], metric)


def as_plain(board: Board, baseline: str = "", details: bool = True) -> dict[str, Any]:
    """What /rag_evaluate streams. ``baseline`` empty: the first configuration."""
    base = baseline or board.configurations[0].name
    told = {
        "state": board.state,
        "collection": board.collection,
        "done": board.done,
        "total": board.total,
        "kept": board.kept,
        "configurations": [
            _row(one, row) for one, row in zip(board.configurations, rows(board), strict=True)
        ],
    }
    if not details:
        return told
    gaps = [one for metric in metrics_of(board) for one in differences(board, base, metric)]
    told["differences"] = [{**asdict(one), "verdict": one.verdict} for one in gaps]
    told["questions"] = [_question(board, place) for place in range(len(board.questions))]
    return told


def json_text(board: Board, baseline: str = "") -> str:
    return json.dumps(as_plain(board, baseline), ensure_ascii=False, indent=1, allow_nan=False)


def csv_text(board: Board) -> str:
    """A row a question and configuration."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    names = metrics_of(board)
    table.writerow(["question", "wanted", "configuration", *names, "failed at", "answer", "seconds"])
    for place, question in enumerate(board.questions):
        for one, scores in zip(board.configurations, board.scores, strict=True):
            if place in scores:
                told = [inert(question.text), inert(" | ".join(question.answers)), inert(one.name)]
                table.writerow([*told, *_cells(scores[place], names)])
    return out.getvalue()


def _cells(score: Score, names: Sequence[str]) -> list[Any]:
    values = ["" if (value := score.figure(name)) is None else f"{value:.6g}" for name in names]
    return [*values, score.failed, inert(score.answer), f"{score.seconds:.4f}"]


def _row(configuration: Any, row: Row) -> dict[str, Any]:
    settings = {"search": configuration.search.to_dict()}
    settings |= {"answer": configuration.answer.to_dict()} if configuration.answer else {}
    metrics = {
        name: {"mean": one.mean, "interval": [one.low, one.high], "questions": one.count}
        for name, one in row.estimates.items()
    }
    told = {"name": row.name, **settings, "done": row.done, "metrics": metrics, "failed": dict(row.failed)}
    return told | {"seconds": row.seconds}


def _question(board: Board, place: int) -> dict[str, Any]:
    told = as_json(board.questions[place])
    found = {
        one.name: _score(scores[place])
        for one, scores in zip(board.configurations, board.scores, strict=True)
        if place in scores
    }
    return told | {"scores": found}


def _score(score: Score) -> dict[str, Any]:
    told = {**score.figures, "failed": score.failed, "ranks": {one.stage: one.rank for one in score.ranks}}
    if score.failed:
        told["why"] = score.note or WORDS[Failure(score.failed)]
    if score.answer or score.abstained:
        told |= {"answer": score.answer, "abstained": score.abstained}
    return told
