"""Beside the form before a run: the items, one prompt as the model reads it, and how much the grid is."""

from typing import Any

import gradio as gr

from app.choosers import chooser
from app.errors import message_of
from app.prompt_lab import before_view as views
from app.prompt_lab.asking import looked, questions_here, sized
from app.prompt_lab.task_part import found_columns
from app.services import Services
from app.status_line import status_line
from app.tabs.pretrain_views import error_html
from pipelines.prompting.lab.questions import Questions, from_the_hub
from pipelines.prompting.specs import OWN, PromptLabSpec

_WAYS = [("Messages", views.MESSAGES), ("Text", views.TEXT), ("Tokens", views.TOKENS)]
_NOT_HERE = (
    "The items come from the Hub and are read when the run begins: name a file of them to look before."
)
COUNTING = status_line("loading", "Counting tokens")


class BeforePart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        gr.HTML("<h3>What is asked</h3>")
        self.items = gr.HTML(elem_id="lab-items")
        gr.HTML("<h3>What the model reads</h3>")
        with gr.Row(elem_classes="gw-ask-choose"):
            self.cell = gr.Dropdown(
                [("Direct", 0)], value=0, label="Combination", filterable=False, min_width=220,
                elem_id="lab-cell",
            )  # fmt: skip
            self.item = gr.Number(
                1, label="Item", precision=0, minimum=1, step=1, min_width=90, scale=0, elem_id="lab-item"
            )
            self.way = gr.Radio(
                _WAYS, value=views.MESSAGES, label="Shown as", show_label=False, container=False,
                elem_classes="gw-ask-way", elem_id="lab-way",
            )  # fmt: skip
        self.look = gr.HTML(elem_id="lab-look")
        gr.HTML("<h3>How much it is</h3>")
        self.size = gr.HTML(elem_id="lab-size")

    @property
    def choices(self) -> list[Any]:
        return [self.cell, self.item, self.way]

    def told(self, spec: PromptLabSpec, cell: Any) -> tuple[dict[Any, Any], Questions | None]:
        """The items, and which combinations there are to look at. Raises SpecError for a grid whose parts do
        not fit together."""
        questions = questions_here(spec)
        columns = found_columns(spec.items, spec.columns) if spec.task == OWN else {}
        titles = [(spec.title(one), number) for number, one in enumerate(spec.cells())]
        return {
            self.items: views.items_html(spec, questions, columns),
            self.cell: chooser(titles, cell, 0),
        }, questions

    def looked_html(self, spec: PromptLabSpec, cell: Any, item: Any, way: str, request: gr.Request) -> str:
        if from_the_hub(spec):
            return f'<p class="gw-muted">{_NOT_HERE}</p>'
        try:
            cells = sum(1 for _ in spec.cells())
            cell = cell if isinstance(cell, int) and 0 <= cell < cells else 0
            place = max(0, int(item or 1) - 1)
            return views.looked_html(looked(self._services, spec, cell, place, request), way)
        except Exception as error:
            return error_html(message_of(error))

    def sized_html(self, spec: PromptLabSpec, request: gr.Request) -> str:
        if from_the_hub(spec):
            return f'<p class="gw-muted">{_NOT_HERE}</p>'
        try:
            return views.sized_html(sized(self._services, spec, request))
        except Exception as error:
            return error_html(message_of(error))
