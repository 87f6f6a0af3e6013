"""Which tools ReAct may use, with the table for look-ups, and why Python may not run here."""

from html import escape
from typing import Any

import gradio as gr

from app.errors import message_of
from app.prompt_lab.fields import Fields
from app.services import Services
from app.tabs.pretrain_views import error_html
from pipelines.prompting.tools.python import why_not
from pipelines.prompting.tools.table import read_table
from pipelines.prompting.tools.toolbox import ToolSpec

_TOOLS = {
    "calculator": "Calculator",
    "lookup": "Look-up in a table",
    "search": "Search in documents",
    "python": "Python in the sandbox",
}
LESSONS = ("Glassworks lessons", "lessons")  # the one that is always there
_EXAMPLE = "planet,moons,diameter in km\nMars,2,6779\nJupiter,95,139820"


class ToolsPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services) -> None:
        self._services, start = services, ToolSpec()
        self.tools = gr.CheckboxGroup(
            [(title, name) for name, title in _TOOLS.items()],
            value=[name for name in start.tools if name in _TOOLS],
            label="Tools",
            info="What ReAct may call, beside finish.",
            elem_id="lab-tools",
        )
        self.python = gr.HTML(elem_id="lab-python")
        self.table = gr.Textbox(
            "", label="Table", info="For the look-up: CSV or JSON; the first column names the rows.",
            placeholder=_EXAMPLE, lines=3, max_lines=8, elem_id="lab-table",
        )  # fmt: skip
        self.read = gr.HTML(elem_id="lab-table-read")
        self.collection = gr.Dropdown(
            [LESSONS],
            value=LESSONS[1],
            allow_custom_value=True,
            label="Collection",
            info="For the search, by BM25: a collection of the RAG chat tab.",
            elem_id="lab-collection",
        )
        self.limits = Fields(start, "lab", lambda name, knob: name in ("seconds", "memory"))

    @property
    def inputs(self) -> list[Any]:
        return [self.tools, self.table, self.collection, *self.limits.inputs]

    def values(self, given: dict[Any, Any]) -> dict[str, Any]:
        return {
            "tools": tuple(given[self.tools] or ()),
            "table": given[self.table] or "",
            "collection": str(given[self.collection] or "") if "search" in (given[self.tools] or ()) else "",
            **self.limits.values(given),
        }

    def shown(self, values: dict[str, Any]) -> dict[Any, Any]:
        tools = [name for name in values.get("tools", ToolSpec().tools) if name in _TOOLS]
        table = values.get("table", "")
        collection = values.get("collection") or LESSONS[1]
        return {
            self.tools: tools,
            self.table: table,
            self.collection: collection,
            **self.limits.shown(values),
        }

    def offered(self, request: gr.Request) -> Any:
        """The collections that this visitor may search; what was chosen stays chosen."""
        visitor = self._services.identity.visitor(request)
        found = self._services.rag.collections(visitor.id)
        return gr.Dropdown(choices=[(one.spec.name, one.id) for one in found])

    def table_html(self, table: str) -> str:
        """What the look-up sees."""
        if not (table or "").strip():
            return ""
        try:
            found = read_table(table)
        except Exception as error:
            return error_html(message_of(error))
        columns = ", ".join(escape(column[:60]) for column in found.columns)
        return f'<p class="gw-muted">{len(found.rows):,} rows; columns {columns}.</p>'

    def python_html(self) -> str:
        """Whether Python can be held here, and why not."""
        why = why_not()
        if not why:
            return '<p class="gw-muted">Python runs here in a sandbox: no files, no network.</p>'
        return f'<p class="gw-ask-note"><b>!</b> {escape(why)}</p>'
