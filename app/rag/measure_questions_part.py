"""The questions of a measurement: a table to write them in, and questions made from the collection's own
chunks."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from app.errors import message_of
from app.rag.measure_rows import HEAD, questions_of, rows_of
from app.rag.measure_run import Measuring
from app.rag.measure_view import counted
from app.rag.measure_writing import RULES, generator_of, writers
from app.services import Services
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.fields import check_whole
from pipelines.rag.measuring.generating import generated
from pipelines.rag.measuring.prompted import written
from pipelines.rag.measuring.questions import Question
from pipelines.rag.measuring.reading import Imported

MOST_MADE = 500
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK = {**_QUIET, "queue": False}
_EMPTY = [[""] * len(HEAD)]
_ABOUT = (
    '<p class="gw-muted">A question, what is right (several with | between them), and where it stands: a '
    "document, with the words of the passage. The place is kept as characters of the document, so it holds "
    "however the document is cut.</p>"
)
Questions = tuple[Question, ...]


class QuestionsPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self.known, self.run = gr.State(()), gr.State(None)
        self.at = gr.State("")  # the collection that the questions are of
        gr.HTML(_ABOUT)
        self.table = gr.Dataframe(
            [], headers=list(HEAD), column_count=len(HEAD), datatype="str", type="array", interactive=True,
            wrap=False, max_chars=160, max_height=360, column_widths=["36%", "20%", "16%", "28%"],
            label="Questions", show_label=False, row_count=1, buttons=[], elem_id="measure-questions",
        )  # fmt: skip
        self.status = gr.HTML(elem_id="measure-questions-status")
        with gr.Accordion("Make questions from the chunks", open=True, elem_classes="gw-more"):
            self._making()

    def _making(self) -> None:
        with gr.Row(elem_classes="gw-measure-row"):
            self.count = gr.Number(20, precision=0, label="How many", min_width=90, elem_id="measure-count")
            self.seed = gr.Number(0, precision=0, label="Seed", min_width=80, elem_id="measure-seed")
            self.writer = gr.Dropdown(
                writers(self._services), value=RULES, label="Made by", allow_custom_value=True, min_width=190,
                elem_id="measure-writer",
            )  # fmt: skip
        with gr.Row(elem_classes="gw-toolbar"):
            self.make = gr.Button("Make questions", size="sm", min_width=130, scale=0, elem_id="measure-make")
            self.stop = gr.Button("Stop", size="sm", interactive=False, min_width=70, scale=0)

    @property
    def filling(self) -> list[Any]:
        """What :meth:`filled` updates."""
        return [self.table, self.known, self.status]

    def wire(self, collection: Any) -> None:
        making = [collection, self.count, self.seed, self.writer]
        self.make.click(self._make, making, [*self.filling, self.run, self.make, self.stop], **_QUIET)
        self.stop.click(lambda run: run.stop() if run else None, self.run, None, **_QUICK)
        collection.change(self._moved, [collection, self.at], [self.at, *self.filling], **_QUICK)
        self.writer.focus(lambda: gr.Dropdown(choices=writers(self._services)), None, self.writer, **_QUICK)

    def read(self, measuring: Measuring, rows: Any, known: Any) -> Imported:
        """What stands in the table. Raises SpecError naming the row."""
        before = tuple(one for one in known or () if isinstance(one, Question))
        return questions_of(rows, before, measuring.documents)

    def filled(self, questions: Questions, told: str) -> dict[Any, Any]:
        """Updates that put the questions into the table, and say ``told`` below."""
        return {self.table: rows_of(questions) or _EMPTY, self.known: questions, self.status: told}

    # Callbacks: each is public, and asks whose the collection is.

    def _moved(self, collection: str, at: str) -> dict[Any, Any]:
        """Another collection: the questions of the one before go. Before the first one there was none, and
        what was made or written since stays."""
        return {self.at: collection, **({} if at in ("", collection) else self.filled((), ""))}

    def _make(
        self, collection: str, count: Any, seed: Any, writer: str, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        try:
            visitor = self._services.identity.visitor(request)
            check_whole("count", count, 1, MOST_MADE)
            check_whole("seed", seed, 0, 2**31 - 1)
            sources = Measuring(self._services, visitor, str(collection or "")).sources()
            if writer == RULES:
                made = generated(sources, count, seed)
                yield self.filled(made, _told(made))
                return
            generate = generator_of(self._services, visitor, str(writer or ""))
            yield from self._written(Stoppable(written(sources, count, generate, seed)), count)
        except Exception as error:
            yield {self.status: status_line("failed", message_of(error)), **self._buttons(None)}

    def _written(self, run: Stoppable, count: int) -> Iterator[dict[Any, Any]]:
        made: list[Question] = []
        yield {self.status: status_line("writing", "The model reads the first chunk"), **self._buttons(run)}
        for read, question in enumerate(run.events(), 1):
            made += [question] if question else []
            numbers = f"{len(made):,} of {count:,} questions", f"{read:,} chunks read"
            told = status_line("writing", "Writing questions", numbers)
            yield self.filled(tuple(made), told) if question else {self.status: told}
        yield {**self.filled(tuple(made), _told(made)), **self._buttons(None)}

    def _buttons(self, run: Stoppable | None) -> dict[Any, Any]:
        running = run is not None
        return {
            self.run: run,
            self.make: gr.Button(interactive=not running),
            self.stop: gr.Button(interactive=running),
        }


def _told(questions: Sequence[Question]) -> str:
    if not questions:
        return status_line("failed", "No question could be made of these chunks: write some, or import them")
    clozes = sum(one.origin == "cloze" for one in questions)
    more = (
        f"{clozes:,} of them clozes, which repeat their passage's words and so favour BM25" if clozes else ""
    )
    return status_line("done", counted(len(questions), "question"), [more] if more else [])
