"""What was measured as files: all of it as JSON, the first tokens one by one as CSV. Pure."""

import csv
import io
import json

from app.evaluate.language_asking import Board

_FIELDS = ("model", "token", "id", "text", "start", "end", "nats", "rank")


def json_text(board: Board) -> str:
    """``models`` by their names, as :meth:`LanguageResult.as_dict` has them."""
    results = {one.model: one.as_dict() for one in board.results}
    told = {"text": board.text, "models": results, "failed": board.failed}
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def csv_text(board: Board) -> str:
    """A row for each token of each model; characters from 0, ``nats`` empty where nothing predicts it."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(_FIELDS)
    for one in board.results:
        shown = one.shown
        columns = (shown.ids, shown.texts, shown.starts, shown.ends, shown.nats, shown.ranks)
        for at, (id_, text, start, end, nats, rank) in enumerate(zip(*columns, strict=True)):
            loss = f"{nats:.6f}" if rank else ""
            writer.writerow((one.model, at, id_, text, start, end, loss, rank or ""))
    return made.getvalue()
