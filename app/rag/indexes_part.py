"""Exact search beside approximate indexes, over the chosen collection: found, time, cost."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.errors import message_of
from app.rag.indexes_view import HINT, figure, table_html, title
from app.services import Services
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import SpecError
from pipelines.rag.answers import IndexCompared
from pipelines.rag.requests import MAX_QUERIES

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LEAD = (
    '<p class="gw-muted">What does an approximate index gain, and what does it miss? The same questions to '
    "each, over the vectors of this collection.</p>"
)
_MOST_CHARS = 200_000


class IndexesPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self.run, self.at = gr.State(None), gr.State("")  # at: the collection that all of this is of
        gr.HTML(_LEAD)
        with gr.Row(elem_classes="gw-found-choose"):
            self.top_k = gr.Slider(
                1, 50, value=10, step=1, label="Neighbours", info="So many are to be found.", buttons=[],
                min_width=160, elem_id="indexes-top-k",
            )  # fmt: skip
            self.queries = gr.Textbox(
                "", label="Questions", info="One a line; none: passages of the collection stand for them.",
                lines=2, max_lines=6, max_length=_MOST_CHARS, min_width=240, elem_id="indexes-queries",
            )  # fmt: skip
        with gr.Row(elem_classes="gw-actions"):
            self.go = gr.Button("Compare", variant="primary", scale=2, min_width=120, elem_id="indexes-go")
            self.stop = gr.Button("Stop", interactive=False, scale=1, min_width=80, elem_id="indexes-stop")
        self.status = gr.HTML(
            status_line("idle", "Ready"), elem_classes="gw-status-box", elem_id="indexes-status"
        )
        self.table = gr.HTML(HINT, elem_id="indexes-table")
        self.plot = gr.Plot(show_label=False, visible=False, elem_id="indexes-plot", elem_classes="gw-plot")

    def wire(self, collection: Any) -> None:
        """``collection`` is the hidden text box that holds the chosen collection's id."""
        drawn = [self.status, self.table, self.plot, self.run, self.go, self.stop]
        asked = [collection, self.top_k, self.queries]
        self.go.click(
            self._compared, asked, drawn, trigger_mode="once", concurrency_id="rag-indexes", **_QUIET
        )
        self.stop.click(lambda run: run.stop() if run else None, self.run, None, queue=False, **_QUIET)
        collection.change(
            self._moved, [collection, self.at, self.run], [self.at, *drawn], queue=False, **_QUIET
        )

    # Callbacks: each is public; the service checks whose the collection is.

    def _compared(
        self, collection: str, top_k: float, queries: str, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        """Row after row; whatever goes wrong ends as the status line's error state."""
        try:
            owner = self._services.identity.visitor(request).id
            count, asked = _whole(top_k), _lines(queries)
            stream = self._services.rag.compare_indexes(str(collection or ""), owner, count, asked)
            yield from self._followed(Stoppable(_ended(stream)), count)
        except Exception as error:
            yield {self.status: status_line("failed", message_of(error)), **self._buttons(None)}

    def _followed(self, run: Stoppable, top_k: int) -> Iterator[dict[Any, Any]]:
        rows: list[IndexCompared] = []
        yield {self.status: status_line("writing", "Comparing …"), **self._buttons(run)}
        over = "stopped", "Stopped"
        for row in run.events():
            if row is None:
                over = "done", "Compared"
                break
            rows.append(row)
            done = [f"{title(row.index)} done"]
            yield {
                self.status: status_line("writing", "Comparing …", done),
                self.table: table_html(rows, top_k),
            }
        numbers = [f"{len(rows)} index{'' if len(rows) == 1 else 'es'}"]
        # Once, at the end: of figures that follow each other at once, the page draws the first alone.
        drawn = {self.plot: gr.Plot(figure(rows), visible=True)} if rows else {}
        yield {self.status: status_line(*over, numbers), **drawn, **self._buttons(None)}

    def _moved(self, collection: str, at: str, run: Stoppable | None) -> dict[Any, Any]:
        """Another collection: what was measured in the one before is not of it. Before the first one there
        was nothing, and what was begun since is not taken away."""
        if at in ("", collection):
            return {self.at: collection}
        if run:
            run.stop()
        gone = {self.at: collection, self.table: HINT, self.plot: gr.Plot(visible=False)}
        return {**gone, self.status: status_line("idle", "Ready"), **self._buttons(None)}

    def _buttons(self, run: Stoppable | None) -> dict[Any, Any]:
        running = run is not None
        return {
            self.run: run,
            self.go: gr.Button(interactive=not running),
            self.stop: gr.Button(interactive=running),
        }


def _ended(stream: Iterator[IndexCompared]) -> Iterator[IndexCompared | None]:
    """None after the last row, so that an end is told from a stop."""
    yield from stream
    yield None


def _lines(queries: Any) -> tuple[str, ...]:
    if not isinstance(queries, str) or len(queries) > _MOST_CHARS:
        raise SpecError(
            "questions", type(queries).__name__, f"text, one question a line, at most {MAX_QUERIES}"
        )
    return tuple(line for line in map(str.strip, queries.splitlines()) if line)


def _whole(value: Any) -> int:
    """A slider's number; what is none the request refuses."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
