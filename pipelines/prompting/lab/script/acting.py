"""Of the script for ReAct: the tools, the reading of a step, and what is answered to one."""

from pipelines.prompting.lab.script.parts import Part, part, value
from pipelines.prompting.lab.script.taken import taken
from pipelines.prompting.tools import arithmetic, base, calculator, expression, lookup, parsing
from pipelines.prompting.tools import words as words_of_tools
from pipelines.prompting.tools.table import read_table
from pipelines.prompting.tools.toolbox import NAMES, ToolSpec
from pipelines.prompting.tools.words import FINISH, step

_LEFT_OUT = {
    "search": "Search is left out here: it needs the collection in Glassworks. Use another tool, or finish.",
    "python": "Python is left out here: it needs the sandbox of Glassworks. Use another tool, or finish.",
}
_TABLE = '''\
@dataclass(frozen=True)
class Table:
    """The cells of the first column name the rows."""

    columns: tuple
    rows: tuple
'''
_OBSERVED = '''\
def observed(step, tool, given):
    """What the model is told after a step."""
    if isinstance(step, Malformed):
        return f"{step.reason}\\n{FORM_OF_STEPS}"
    if tool == FINISH:
        return f"The answer is missing: {FINISH}[answer]."
    if tool not in TOOLS:
        return f"There is no tool {tool}. {FORM_OF_STEPS}"
    return TOOLS[tool](given)
'''


def offered(spec: ToolSpec) -> list[str]:
    """As the lab offers them."""
    return [name for name in NAMES if name in spec.tools]


def left_out(spec: ToolSpec) -> list[str]:
    return [name for name in offered(spec) if name in _LEFT_OUT]


def tools(spec: ToolSpec) -> tuple[Part, ...]:
    names = offered(spec)
    parts = [taken(words_of_tools, "FINISH", "ACTION", "OBSERVATION"), taken(parsing), taken(base, *_BASE)]
    if "calculator" in names:
        parts += [taken(arithmetic), taken(expression, without="arithmetic"), taken(calculator)]
    if "lookup" in names:
        parts += [
            Part(_TABLE.rstrip("\n"), ("from dataclasses import dataclass",), below=True),
            taken(lookup, "Lookup"),
        ]
    made = {"calculator": "Calculator()", "lookup": _lookup(spec) if "lookup" in names else ""}
    made |= {name: f"lambda given: {value(said, 4)}" for name, said in _LEFT_OUT.items()}
    lines = "".join(f"    {name!r}: {made[name]},\n" for name in names)
    form = f"Write a step so:\n{step('what to do next', 'tool', 'input')}\nThe tools are: "
    accepted = value(f"{form}{', '.join((*names, FINISH))}.")
    offer = Part(f"TOOLS = {{\n{lines}}}\nFORM_OF_STEPS = {accepted}", below=True)
    return (part(_OBSERVED), *parts, offer)


_BASE = ("MOST", "RefusedError", "bounded", "one_line")


def _lookup(spec: ToolSpec) -> str:
    table = read_table(spec.table)
    rows = "".join(f"        {row!r},\n" for row in table.rows)
    value(list(table.columns) + [cell for row in table.rows for cell in row])  # refuses half surrogates
    return f"Lookup(Table({table.columns!r}, (\n{rows}    )))"
