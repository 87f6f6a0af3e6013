"""A table to choose a row from, and when to read it anew. Knows neither jobs nor models."""

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.context import Context


def choice_table(headers: Sequence[str], widths: Sequence[int], elem_id: str) -> gr.Dataframe:
    """An empty table in the house style; ``widths`` of the columns are in pixels."""
    return gr.Dataframe(
        headers=list(headers),
        value=[],
        type="array",
        interactive=False,
        max_height=320,
        column_widths=[f"{width}px" for width in widths],
        show_label=False,
        buttons=[],
        elem_classes="gw-table",
        elem_id=elem_id,
    )


def openings() -> list[Any]:
    """The events at which the tab being built comes into view: the page loads, the tab is selected."""
    tab = Context.block
    while tab is not None and not isinstance(tab, gr.Tab):
        tab = tab.parent
    return [Context.root_block.load, *([tab.select] if tab else [])]
