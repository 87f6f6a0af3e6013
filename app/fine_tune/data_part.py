"""The data of a run: the visitor's row data sets in a list, what the chosen one holds, rows of one's own to
add, and which column plays which role.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr

from app.errors import message_of
from app.fine_tune import mapping
from app.fine_tune.data_view import about_html, first_rows_html, nothing_html
from app.fine_tune.form import FIRST
from app.row_sets import row_choices, seen_rows
from app.services import Services
from app.tabs.corpus_views import not_fetched_html
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.training.rows.formats import Recognised, recognise
from pipelines.training.rows.kinds import FORMATS
from pipelines.training.rows.table import Table
from pipelines.training.tuning.tasks import task_named

_FILES = [".jsonl", ".json", ".csv", ".tsv", ".parquet", ".conll", ".bio", ".txt", ".gz"]
_NONE = [("Hold out a share", "")]
_UNUSED = ("– none –", "")


class DataPart:
    """Laid out in the present place of the page, :meth:`roles_part` and :meth:`rows_part` in later ones.
    ``dataset`` is the dropdown whose value a spec names, ``columns`` the spec's lines, written by the roles'
    dropdowns."""

    def __init__(self, services: Services, first: str):
        self._services = services
        self.dataset = gr.Dropdown(
            row_choices(services, None),
            value=first,
            label="Data",
            info="A bundled sample, rows of your own, or path:<file>.",
            allow_custom_value=True,
            elem_id="tune-dataset",
        )
        self.view = gr.HTML(elem_classes="gw-corpus-view")
        with gr.Accordion("Bring rows of your own", open=False, elem_classes="gw-more"):
            self._own()

    def roles_part(self) -> None:
        """Which column plays which role, and rows of their own to measure on; folded."""
        with gr.Accordion("Columns and validation data", open=False, elem_classes="gw-more"):
            self._roles()
            self.validation = gr.Dropdown(
                [*_NONE, *row_choices(self._services, None)],
                value="",
                label="Validation data",
                info="Rows to measure on; else a share of the data is held out.",
                allow_custom_value=True,
                elem_id="tune-validation",
            )

    def _roles(self) -> None:
        choices = mapping.format_choices(FIRST["task"])
        self.format = gr.Dropdown(
            choices,
            value=choices[0][1],
            label="Read as",
            info="The format that was recognised; choose another if it is wrong.",
            filterable=False,
            elem_id="tune-format",
        )
        with gr.Row(elem_classes="gw-tune-roles"):
            self.slots = [
                gr.Dropdown([_UNUSED], value="", label="Role", min_width=120, elem_id=f"tune-role-{place}")
                for place in range(mapping.SLOTS)
            ]
        self.columns = gr.Textbox("", visible=False)

    def _own(self) -> None:
        self.title = gr.Textbox(label="Title", max_lines=1, max_length=80)
        self.text = gr.Textbox(
            label="Paste rows",
            info="JSON lines, JSON, CSV with a head, CoNLL, or plain text.",
            lines=5,
            max_lines=10,
            elem_id="tune-paste",
        )
        self.file = gr.File(
            label="or upload .jsonl, .json, .csv, .parquet, .conll", file_types=_FILES, height=120
        )
        self.add_error = gr.HTML()
        self.add = gr.Button("Use these rows", size="sm", elem_id="tune-add")

    def rows_part(self) -> None:
        """The first rows as a table."""
        self.rows = gr.HTML(elem_id="tune-rows")

    @property
    def fields(self) -> dict[str, Any]:
        """Those of the spec."""
        return {"dataset": self.dataset, "columns": self.columns, "validation": self.validation}

    @property
    def drawing(self) -> list[Any]:
        """What shows the chosen data."""
        return [self.view, self.rows, self.format, *self.slots]

    @property
    def added_to(self) -> list[Any]:
        """What rows that are added change."""
        return [self.dataset, self.columns, self.add_error]

    # Callbacks.

    def drawn(self, task: str, dataset: str, columns: str, request: gr.Request) -> dict[Any, Any]:
        """What the chosen data holds and what its columns are for this task; or why it cannot be used."""
        if not dataset:
            return {self.view: nothing_html(task_named(task).words), self.rows: ""}
        try:
            info = seen_rows(self._services, dataset or "", request)
        except Exception as error:
            return {self.view: error_html(message_of(error)), self.rows: ""}
        if not info.rows and dataset.startswith("hub:"):
            return {self.view: not_fetched_html(info.title), self.rows: ""}
        roles, head = mapping.roles_in(columns), info.head
        try:
            found = _recognised(info, task, roles)
        except GlassworksError as error:
            about = about_html(info.title, info.rows, "not recognised", head.columns)
            said = about + error_html(str(error))
            return {self.view: said, **self._table(head, roles), **self._slots(task, "", roles, head)}
        about = about_html(info.title, info.rows, FORMATS[found.format].title, info.columns)
        return {
            self.view: about,
            **self._table(head, found.roles),
            **self._slots(task, found.format, found.roles, head),
        }

    def reformatted(self, task: str, dataset: str, format: str, request: gr.Request) -> str:
        """The columns for the roles of another format, as their names suggest."""
        info = seen_rows(self._services, dataset or "", request)
        return mapping.lines_of(mapping.suggested(mapping.format_for(format, task), info.head.columns))

    def mapped(self, task: str, format: str, *slots: str | None) -> str:
        """The columns as the roles' dropdowns say."""
        roles = mapping.format_for(format, task).roles
        chosen = zip(roles, slots, strict=False)
        return mapping.lines_of({role.name: str(column or "") for role, column in chosen})

    def offered(
        self, request: gr.Request, chosen: Mapping[Any, str] = MappingProxyType({})
    ) -> dict[Any, Any]:
        """This visitor's data sets of today; ``chosen`` is what a dropdown is to hold now."""
        choices = row_choices(self._services, request)
        lists = {self.dataset: choices, self.validation: [*_NONE, *choices]}
        held = {c: {"value": value} for c, value in chosen.items()}
        return {c: gr.Dropdown(choices=offered, **held.get(c, {})) for c, offered in lists.items()}

    def added(self, text: str, title: str, file: str | None, request: gr.Request) -> dict[Any, Any]:
        """Take the pasted rows or the file; what was typed stays, also when it is refused."""
        try:
            owner = self._services.identity.visitor(request).id
            store = self._services.rows
            if file:
                info = store.add_file(Path(file), Path(file).name, owner)
            else:
                info = store.add_text(text or "", owner, title or "Pasted rows")
        except Exception as error:
            return {self.add_error: error_html(message_of(error))}
        picked = gr.Dropdown(choices=row_choices(self._services, request), value=info.id)
        return {self.dataset: picked, self.columns: "", self.add_error: ""}

    # Drawing.

    def _table(self, head: Table, roles: dict[str, str]) -> dict[Any, Any]:
        return {self.rows: first_rows_html(head.columns, head.rows, head.numbers, roles)}

    def _slots(self, task: str, format: str, roles: dict[str, str], head: Table) -> dict[Any, Any]:
        """A dropdown for each role of the format; those left over are hidden."""
        made = mapping.format_for(format, task_named(task).name)
        columns = [_UNUSED, *((column, column) for column in head.columns)]
        updates: dict[Any, Any] = {
            self.format: gr.Dropdown(choices=mapping.format_choices(task), value=made.name)
        }
        for place, slot in enumerate(self.slots):
            if place >= len(made.roles):
                updates[slot] = gr.Dropdown(visible=False)
                continue
            role = made.roles[place]
            label = role.name if role.required else f"{role.name} (optional)"
            updates[slot] = gr.Dropdown(
                choices=columns, value=roles.get(role.name, ""), label=label, info=role.help, visible=True
            )
        return updates


def _recognised(info: Any, task: str, roles: dict[str, str]) -> Recognised:
    """As all rows were recognised where the task takes that, else as the first rows are for it. Raises a
    GlassworksError."""
    if not roles and info.format and FORMATS[info.format].makes in task_named(task).examples:
        return Recognised(info.format, info.roles, task)
    return recognise(info.head, task, roles)
