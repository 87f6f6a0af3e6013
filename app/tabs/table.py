"""A table to choose a row from. Knows neither jobs nor models."""

from collections.abc import Sequence

import gradio as gr


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
