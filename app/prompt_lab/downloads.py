"""A run as files: items with every cell's answer (CSV), the figures (JSON), every trace (JSON Lines)."""

import csv
import dataclasses
import io
import json

from app.compare.export import inert
from pipelines.core.errors import ConflictError
from pipelines.prompting.lab.summary import Results, as_json

_MOST_TRACES = 40_000_000  # characters: the browser takes them in one piece


def items_csv(results: Results, rule: str) -> str:
    """A row an item; of each cell the answer, whether it is right (1 or 0), tokens, seconds; empty where the
    cell has not asked it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [f"{number} {cell.name}" for number, cell in enumerate(results.cells, 1)]
    fields = ("answer", "right", "tokens", "seconds")
    writer.writerow(
        ["item", "question", "wanted", *(inert(f"{name}: {f}") for name in names for f in fields)]
    )
    by_cell = [{one.item: one for one in cell.items} for cell in results.cells]
    for item in results.items:
        row = [inert(item.id), inert(item.question), inert(item.answer)]
        for cell in by_cell:
            row += _fields(cell.get(item.id), rule)
        writer.writerow(row)
    return out.getvalue()


def figures_json(results: Results, rule: str) -> str:
    """As /prompt_results answers, with the run's spec beside."""
    told = as_json(results, rule) | {"spec": results.spec.to_dict()}
    return json.dumps(told, ensure_ascii=False, indent=1)


def traces_jsonl(results: Results) -> str:
    """A line an item in a cell: the item's id, the cell, and all that was kept."""
    lines, size = [], 0
    for cell, records in zip(results.cells, results.records, strict=True):
        for record in records:
            line = json.dumps({"cell": cell.name, **dataclasses.asdict(record)}, ensure_ascii=False)
            size += len(line)
            if size > _MOST_TRACES:
                raise ConflictError(
                    "All traces of this run are more than a browser takes at once. Take them item by item by "
                    "the endpoint /prompt_trace, or from the run's folder."
                )
            lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def _fields(one: object, rule: str) -> list[object]:
    if one is None:
        return ["", "", "", ""]
    return [inert(one.marks[rule].answer or ""), int(one.right(rule)), one.tokens, f"{one.seconds:.4f}"]
