"""Question sets that are kept, each visitor's own, and questions as files: beside the table in which they
are edited."""

from pathlib import Path
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.identity import Visitor
from app.rag.measure_questions_part import QuestionsPart
from app.rag.measure_run import Measuring
from app.rag.measure_view import counted
from app.services import Services
from app.status_line import status_line
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.rag.measuring.questions import jsonl_of
from pipelines.rag.measuring.reading import MOST_BYTES, Imported, imported
from pipelines.rag.measuring.store import MOST_TITLE, QuestionSets

NEW = ""
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK = {**_QUIET, "queue": False}
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'questions.jsonl')"
_NOTES_SHOWN = 5
_COLUMNS = (
    '<p class="gw-muted">A file has the columns <code>question</code>, <code>answer</code> (or '
    "<code>answers</code>), <code>document</code> and <code>passage</code>; what is exported here is taken "
    "too.</p>"
)


class SetsPart:
    """Laid out in the present place of the page, folded."""

    def __init__(self, services: Services, questions: QuestionsPart):
        self._services, self._questions = services, questions
        with gr.Accordion("Import, export and kept sets", open=False, elem_classes="gw-more"):
            gr.HTML(_COLUMNS)
            self.file = gr.File(
                label="CSV, JSON or JSON lines", height=110, elem_id="measure-file",
                file_types=[".csv", ".tsv", ".json", ".jsonl", ".txt"],
            )  # fmt: skip
            with gr.Row(elem_classes="gw-measure-row"):
                self.chosen = gr.Dropdown(
                    [("A new set", NEW)], value=NEW, label="Kept set", filterable=False, min_width=170,
                    elem_id="measure-set",
                )  # fmt: skip
                self.title = gr.Textbox(
                    "", label="Title", placeholder="My questions", max_length=MOST_TITLE, min_width=150,
                    elem_id="measure-title",
                )  # fmt: skip
            with gr.Row(elem_classes="gw-toolbar"):
                self.keep = gr.Button(
                    "Keep this set", size="sm", min_width=110, scale=0, elem_id="measure-keep"
                )
                self.delete = gr.Button(
                    "Delete it", size="sm", min_width=90, scale=0, interactive=False, elem_id="measure-delete"
                )
                self.export = gr.Button(
                    "Export .jsonl", size="sm", min_width=110, scale=0, elem_id="measure-export"
                )
            self.text = gr.Textbox("", visible=False)

    def wire(self, collection: Any) -> None:
        questions = self._questions
        filled, sets = questions.filling, [self.chosen, self.title, self.delete]
        held = [collection, questions.table, questions.known]
        keeping = [*sets, questions.known, questions.status]
        self.file.upload(self._import, [collection, self.file], [*filled, self.file], **_QUIET)
        self.chosen.input(self._open, [collection, self.chosen], [*filled, *sets], **_QUICK)
        self.keep.click(self._keep, [*held, self.chosen, self.title], keeping, **_QUICK)
        self.delete.click(self._delete, [collection, self.chosen], [*sets, questions.status], **_QUICK)
        saved = self.export.click(shown(self._export), held, self.text, **_QUICK)
        saved.success(None, self.text, None, js=_SAVE_JS)
        collection.change(self._moved, [collection, self.chosen, self.title], sets, **_QUICK)

    # Callbacks: each is public, and asks whose the collection is.

    def _import(self, collection: str, file: str | None, request: gr.Request) -> dict[Any, Any]:
        try:
            read = imported(_text_of(file), self._measuring(collection, request).documents)
        except Exception as error:
            return {**self._failed(error), self.file: None}
        return {**self._questions.filled(read.questions, _told(read)), self.file: None}

    def _export(self, collection: str, rows: Any, known: Any, request: gr.Request) -> str:
        measuring = self._measuring(collection, request)
        return jsonl_of(self._questions.read(measuring, rows, known).questions)

    def _open(self, collection: str, chosen: str, request: gr.Request) -> dict[Any, Any]:
        if not chosen:
            empty = self._questions.filled((), "")
            return {**empty, self.title: "", self.delete: gr.Button(interactive=False)}
        try:
            mine = self._mine(collection, self._visitor(request))
            kept = self._sets.get(*mine, str(chosen))
        except Exception as error:
            return self._failed(error)
        told = status_line("done", f"“{kept.title}” is open")
        filled = self._questions.filled(kept.questions, told)
        return {**filled, self.title: kept.title, self.delete: gr.Button(interactive=True)}

    def _keep(
        self, collection: str, rows: Any, known: Any, chosen: str, title: str, request: gr.Request
    ) -> dict[Any, Any]:
        try:
            measuring, visitor = self._measuring(collection, request), self._visitor(request)
            read, mine = self._questions.read(measuring, rows, known), (visitor.id, measuring.collection.id)
            named = title.strip() if isinstance(title, str) and title.strip() else "My questions"
            if chosen:
                self._sets.replace(*mine, str(chosen), named, read.questions)
            id_ = chosen or self._sets.add(*mine, named, read.questions).id
            listed = self._listed(mine, id_, named)
        except Exception as error:
            return self._failed(error)
        told = status_line("done", f"{counted(len(read.questions), 'question')} kept as “{named}”")
        return {self._questions.known: read.questions, self._questions.status: told, **listed}

    def _delete(self, collection: str, chosen: str, request: gr.Request) -> dict[Any, Any]:
        try:
            mine = self._mine(collection, self._visitor(request))
            self._sets.delete(*mine, str(chosen))
            listed = self._listed(mine, NEW, "")
        except Exception as error:
            return self._failed(error)
        told = status_line("done", "The set is deleted; its questions still stand in the table")
        return {self._questions.status: told, **listed}

    def _moved(self, collection: str, chosen: str, title: str, request: gr.Request) -> dict[Any, Any]:
        """Another collection has sets of its own; the name of a new one, typed meanwhile, stays."""
        try:
            listed = self._listed(self._mine(collection, self._visitor(request)), NEW, "")
            return listed if chosen else {**listed, self.title: gr.skip()}
        except Exception:  # none is chosen, or it is gone: the part that chooses says so
            return gr.skip()

    # What is asked of the services, and what is shown.

    @property
    def _sets(self) -> QuestionSets:
        return QuestionSets(self._services.rag.store.database)

    def _visitor(self, request: gr.Request) -> Visitor:
        return self._services.identity.visitor(request)

    def _measuring(self, collection: str, request: gr.Request) -> Measuring:
        return Measuring(self._services, self._visitor(request), str(collection or ""))

    def _mine(self, collection: str, visitor: Visitor) -> tuple[str, str]:
        """(visitor, collection), once it is sure that the visitor may read it."""
        if not collection:
            raise NotFoundError("Choose a collection first.")
        return visitor.id, self._services.rag.collection(str(collection), visitor.id).id

    def _listed(self, mine: tuple[str, str], chosen: str, title: str) -> dict[Any, Any]:
        kept = [(f"{one.title} · {one.count:,}", one.id) for one in self._sets.list(*mine)]
        return {
            self.chosen: gr.Dropdown(choices=[("A new set", NEW), *kept], value=chosen),
            self.title: title,
            self.delete: gr.Button(interactive=bool(chosen)),
        }

    def _failed(self, error: Exception) -> dict[Any, Any]:
        return {self._questions.status: status_line("failed", message_of(error))}


def _told(read: Imported) -> str:
    notes = [*read.notes[:_NOTES_SHOWN]]
    notes += [f"and {len(read.notes) - _NOTES_SHOWN:,} more"] if len(read.notes) > _NOTES_SHOWN else []
    return status_line("done", f"{counted(len(read.questions), 'question')} imported", notes)


def _text_of(file: str | None) -> str:
    if not file:
        raise SpecError("file", "none", "a file of questions")
    path = Path(file)
    if path.stat().st_size > MOST_BYTES:
        raise SpecError("file", f"{path.stat().st_size:,} bytes", f"at most {MOST_BYTES // 1_000_000} MB")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError("file", path.name, "text in UTF-8") from None
