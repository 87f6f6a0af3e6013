"""The script as a whole. Torch-free: only text is made here, of what a run has kept."""

from pipelines.core.errors import SpecError
from pipelines.models.endpoints import Endpoint
from pipelines.prompting.extraction.kinds import NUMBER
from pipelines.prompting.lab.script.acting import left_out
from pipelines.prompting.lab.script.asking import asking, settings
from pipelines.prompting.lab.script.data import Row, rows_of
from pipelines.prompting.lab.script.facts import Weights
from pipelines.prompting.lab.script.loops import draws, loop
from pipelines.prompting.lab.script.parts import Part, joined_parts, part, remark, value
from pipelines.prompting.lab.script.reading import readers, rules
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.specs import Cell

_MAIN = """\
def main():
    found, file = [], open(options.out, "w", encoding="utf-8")
    for number, item in enumerate(ITEMS, 1):
        try:
            response, error = solve(item), ""
        except Failed as fault:
            response, error = "", str(fault)
        found.append(marks(response, item))
        shown = {rule: answer for rule, (answer, _) in found[-1].items()}
        print(f"{number}/{len(ITEMS)}  wanted {item['answer']}  {shown}  {error}")
        row = {"id": item["id"], "response": response, "error": error}
        file.write(json.dumps(row) + "\\n")
    file.close()
    for rule in found[0]:
        right = sum(one[rule][1] for one in found)
        low, high = wilson(right, len(found))
        print(f"{rule}: {right} of {len(found)}, {right / len(found):.1%} ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
"""
_DRAWN = (
    "# Answers are drawn here: the draws are others than the run's, so the figures differ within chance, and",
    "# no two graphics cards or versions of a library draw alike.",
)
_GREEDY = (
    "# Nothing is drawn: in float32 the responses are those of the run, but for the rounding of sums.",
)
_SERVED = ("# The server decides what it answers; even without chance it may say another thing tomorrow.",)
_BELOW = part("# Now parts of Glassworks that are used above, as they stand there.")


def model_name(results: Results, number: int) -> str:
    """Of the cell. Raises :class:`SpecError` for a number that is none."""
    return _cell(results, number).model


def script_of(results: Results, number: int, model: Weights | Endpoint) -> str:
    """The text of a Python file that asks the items of cell ``number`` (from 0, in the order of the grid) as
    the run did, reads the answers and tells how many are right.

    Raises :class:`SpecError` for a number that is no cell and for text that no file can hold, and
    :class:`ConflictError` where the cell has asked nothing yet.
    """
    cell, spec = _cell(results, number), results.spec
    strategy, prompt = spec.strategies[cell.strategy], spec.prompts[cell.prompt]
    decoding = spec.decodings[cell.decoding]
    own = strategy.own(results.reading.kind == NUMBER)
    rows, slot, missing = rows_of(
        strategy.name, own, prompt, list(results.items), list(results.records[number])
    )
    parts = (
        settings(decoding),
        *asking(model),
        *loop(strategy.name, own, spec.tools, slot),
        rules(results.reading),
        *readers(results.reading),
    )
    above = [one for one in parts if not one.below]
    below = [one for one in parts if one.below]
    parts = (*above, _BELOW, *below, _items(rows), part(_MAIN, "import json"))
    head = _head(results, cell, number, model, missing, draws(strategy.name, own, decoding.temperature))
    return f"{head}\n{joined_parts(parts)}"


def _cell(results: Results, number: int) -> Cell:
    cells = list(results.spec.cells())
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(cells):
        raise SpecError("cell", number, f"a whole number from 0 to {len(cells) - 1}")
    return cells[number]


def _items(rows: list[Row]) -> Part:
    return part(f"# The items, and the messages that ask them, as the run sent them.\nITEMS = {value(rows)}")


def _head(
    results: Results, cell: Cell, number: int, model: Weights | Endpoint, missing: int, drawn: bool
) -> str:
    """Remarks on what it is and what it needs."""
    spec = results.spec
    strategy = spec.strategies[cell.strategy].name
    served = isinstance(model, Endpoint)
    lines = [f"# {remark(f'{spec.title(cell)} ({strategy}) on {spec.task}, asked of {cell.model}')}"]
    lines += [
        "#",
        "# Made by the prompt lab of Glassworks. It needs "
        + ("huggingface_hub" if served else "torch, transformers" + (" and peft" if model.adapters else ""))
        + ", and writes every response to a file.",
    ]
    if not served:
        lines += ["# Model:", *(f"#   {remark(one, 160)}" for one in model.said)]
    elif model.key_env:
        lines.append(
            f"# The key of the server is read from the environment variable {remark(model.key_env)}."
        )
    lines += [*(_SERVED if served else ()), *(_DRAWN if drawn else () if served else _GREEDY)]
    if missing:
        lines.append(
            f"# {missing} of the {len(results.items)} items are left out: the run has not asked them here."
        )
    if strategy == "react":
        lines += [f"# The tool {name} is left out: who calls it is told so." for name in left_out(spec.tools)]
    return "\n".join(lines) + "\n"
