"""How well models expect a text: the form on the left, figures and the coloured text on the right. A text of
one's own is read at once; what a job has measured on a corpus is drawn in the same way."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.evaluate.language_asking import MOST_MODELS, Asked, Board, boards, whole
from app.evaluate.language_code import language_code
from app.evaluate.language_corpora import board_of, corpora, results_of
from app.evaluate.language_example import EXAMPLE
from app.evaluate.language_files import csv_text, json_text
from app.evaluate.language_link import LINK_JS, linked
from app.evaluate.language_text_view import EMPTY as NO_TEXT
from app.evaluate.language_text_view import beside_html, tokens_html
from app.evaluate.language_view import EMPTY, notes_html, piece_bytes, table_html
from app.figures.comparison import HEIGHT
from app.figures.language import along_figure, places_figure
from app.identity import Visitor
from app.model_picker import able, caption
from app.opening import when_linked, when_opened
from app.python_code import code_html
from app.services import Services
from app.sources import loadable, source_of
from app.status_line import status_line
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError
from pipelines.evaluation.language.requests import MAX_CHARS, MOST_TOKENS
from pipelines.evaluation.language.result import BYTES

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "queue": False, "trigger_mode": "always_last"}
_BESIDE = "beside"
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'language{ending}')"
_TOKENS_JS = """
const text = new glassworks.AttentionText(element);
text.adopt();
watch('value', () => text.adopt());
"""
_BESIDE_JS = _TOKENS_JS.replace("AttentionText", "LanguageText")
_STRIDE = "Tokens by which the window moves on; 0 for all of it."
_LEAD = (
    '<p class="gw-muted">What does each token of a text cost a model? Perplexity is by token; bits per byte '
    "compares models with different tokenizers, because all of them pay for the same bytes.</p>"
)


class LanguagePart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self.board, self.run = gr.State(None), gr.State(None)
        gr.HTML(_LEAD)
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=300, elem_classes="gw-inputs"):
                self._form()
                with gr.Row(elem_classes="gw-toolbar"):
                    self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0, elem_id="lm-link")
                self._whole_corpora()
            with gr.Column(scale=5, min_width=320, elem_classes="gw-result gw-lm-result"):
                self._results()

    def _form(self) -> None:
        names = model_choices(self._services)
        self.models = gr.Dropdown(
            names, value=[name for _, name in names[:1]], multiselect=True, max_choices=MOST_MODELS,
            allow_custom_value=True, label="Models", elem_id="lm-models",
            info="Up to four, all on the same text; or type a Hub name: owner/name.",
        )  # fmt: skip
        self.text = gr.Textbox(
            EXAMPLE, label="Text", lines=9, max_lines=16, max_length=MAX_CHARS, elem_id="lm-text",
            info=f"At most {MAX_CHARS:,} characters; a longer one is measured as a corpus.",
        )  # fmt: skip
        with gr.Row():
            self.context = self._number(
                "Context", "Tokens that are read at once; 0 for the model’s own.", "context"
            )
            self.stride = self._number("Stride", _STRIDE, "stride")
        with gr.Row(elem_classes="gw-actions"):
            self.go = gr.Button("Measure", variant="primary", scale=2, min_width=120, elem_id="lm-go")
            self.stop = gr.Button("Stop", interactive=False, scale=1, min_width=80, elem_id="lm-stop")

    def _number(self, label: str, info: str, name: str) -> gr.Number:
        return gr.Number(
            0, label=label, info=info, precision=0, minimum=0, maximum=MOST_TOKENS, min_width=130,
            elem_id=f"lm-{name}",
        )  # fmt: skip

    def _whole_corpora(self) -> None:
        with gr.Accordion("Whole corpora", open=False, elem_classes="gw-more"):
            gr.HTML(
                '<p class="gw-muted">A corpus of any length is measured by a job: under Benchmarks choose it '
                "among the tasks, as <em>Text: …</em>. What is done can be drawn here.</p>"
            )
            self.corpus = gr.Dropdown(
                [], value=None, label="Measured", info="The models that were measured on it in the same way "
                "stand beside each other.", elem_id="lm-corpus",
            )  # fmt: skip

    def _results(self) -> None:
        self.status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box", elem_id="lm-status")
        self.table = gr.HTML(EMPTY, elem_id="lm-table")
        self.notes = gr.HTML(elem_id="lm-notes")
        with gr.Column(visible=False) as self.body:
            gr.HTML("<h3>The text by what it cost</h3>")
            self.look = gr.Radio([], label="Cut into", elem_id="lm-look", interactive=True)
            self.tokens = gr.HTML(NO_TEXT, elem_id="lm-tokens", js_on_load=_TOKENS_JS)
            self.beside = gr.HTML(visible=False, elem_id="lm-beside", js_on_load=_BESIDE_JS)
            gr.HTML("<h3>Along the text</h3>")
            self.along = self._plot("lm-along")
            gr.HTML("<h3>By how much stands before</h3>")
            self.places = self._plot("lm-places")
            with gr.Row(elem_classes="gw-toolbar"):
                self.csv = gr.Button("Tokens .csv", size="sm", min_width=100, scale=0, elem_id="lm-csv")
                self.json = gr.Button(
                    "All figures .json", size="sm", min_width=120, scale=0, elem_id="lm-json"
                )
            with gr.Accordion("The same in Python", open=False, elem_classes="gw-more"):
                self.code = gr.HTML(elem_id="lm-code")
        self.file = gr.Textbox("", visible=False)

    def _plot(self, name: str) -> gr.Plot:
        styles = ["gw-plot", f"gw-lm-h{HEIGHT}"]
        return gr.Plot(show_label=False, container=False, elem_id=name, elem_classes=styles)

    # Wiring.

    def wire(self) -> None:
        asked = {self.models, self.text, self.context, self.stride}
        drawn = [self.status, self.table, self.notes, self.board, self.run, self.go, self.stop, self.body]
        drawn += [self.look, self.tokens, self.beside, self.along, self.places, self.code]
        self.go.click(
            self._measured, asked, drawn, trigger_mode="once", concurrency_id="language", concurrency_limit=4,
            **_QUIET,
        )  # fmt: skip
        self.stop.click(lambda run: run.stop() if run else None, self.run, None, queue=False, **_QUIET)
        self.corpus.input(self._corpus, self.corpus, drawn, **_LIVE)
        self.look.input(self._looked, [self.board, self.look], [self.tokens, self.beside], **_LIVE)
        for button, make, ending in ((self.csv, csv_text, ".csv"), (self.json, json_text, ".json")):
            saved = button.click(_saving(make), self.board, self.file, queue=False, **_QUIET)
            saved.success(None, self.file, None, js=_SAVE_JS.replace("{ending}", ending))
        form = [self.models, self.text, self.context, self.stride]
        self.link.click(None, form, None, js=LINK_JS)
        when_linked(self._linked, form)
        when_opened(self._opened, self.models, [self.models, self.corpus])

    # Callbacks: each is public and checks on its own who asks.

    def _opened(self, models: list[str] | None, request: gr.Request) -> tuple[Any, Any]:
        """The models and measured corpora of today; never another value in the place of a chosen one."""
        names = model_choices(self._services)
        chosen = {} if models else {"value": [name for _, name in names[:1]]}
        listed = gr.Dropdown(choices=names, multiselect=True, allow_custom_value=True, **chosen)
        return listed, gr.Dropdown(choices=corpora(self._services, request))

    def _measured(self, given: dict[Any, Any], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Update after update; whatever goes wrong ends as the status line's error state."""
        try:
            visitor = self._services.identity.visitor(request)
            asked = Asked(
                tuple(given[self.models] or ()), given[self.text] or "",
                whole("context", given[self.context]), whole("stride", given[self.stride]),
            ).requests(self._services, visitor)  # fmt: skip
            yield from self._followed(Stoppable(boards(self._services, asked)), visitor)
        except Exception as error:
            yield {self.status: status_line("failed", message_of(error)), **self._buttons(None)}

    def _followed(self, run: Stoppable, visitor: Visitor) -> Iterator[dict[Any, Any]]:
        board, more = None, self._buttons(run)
        for board in run.events():
            if board.reading:
                going = status_line("writing", f"{board.reading} reads …", [f"{board.share:.0%}"])
                yield {self.status: going, self.table: table_html(board), **more}
                more = {}
        over = ("done", "Measured") if board and not board.reading else ("stopped", "Stopped")
        yield {**self._whole(board, visitor, over), **self._buttons(None)}

    def _corpus(self, key: str | None, request: gr.Request) -> dict[Any, Any]:
        """What a job has measured, beside the other models on the same text in the same way."""
        try:
            board = board_of(results_of(self._services, key, request), self._services)
            visitor = self._services.identity.visitor(request)
            return self._whole(board, visitor, ("done", "Measured by a job"))
        except Exception as error:
            return {self.status: status_line("failed", message_of(error))}

    def _looked(self, board: Board | None, look: str | None) -> dict[Any, Any]:
        if not isinstance(board, Board) or not board.results:
            return {self.tokens: NO_TEXT}
        if look == _BESIDE and len(board.results) > 1:
            return {
                self.tokens: gr.HTML(visible=False),
                self.beside: gr.HTML(beside_html(board), visible=True),
            }
        one = next((one for one in board.results if one.model == look), board.results[0])
        return {
            self.tokens: gr.HTML(tokens_html(one), visible=True),
            self.beside: gr.HTML(visible=False),
        }

    def _linked(self, request: gr.Request) -> dict[Any, Any]:
        """What a shared link holds."""
        asked = linked(dict(request.query_params))
        if asked is None:
            return {}
        form = {self.text: asked.text, self.context: asked.context, self.stride: asked.stride}
        return {**form, self.models: list(asked.models)}

    # What is shown.

    def _whole(self, board: Board | None, visitor: Visitor, over: tuple[str, str]) -> dict[Any, Any]:
        """Results that are there to stay: with all that hangs on them."""
        if board is None or not board.results:
            failed = board.failed if board else {}
            over = ("failed", next(iter(failed.values()))) if failed else over
            return {self.status: status_line(*over)} | ({self.table: table_html(board)} if failed else {})
        named = [(board.letter(one.model), one) for one in board.results]
        look = _BESIDE if len(named) > 1 else board.results[0].model
        return {
            self.status: status_line(*over, [f"{board.results[0].total(BYTES):,.0f} bytes"]),
            self.table: table_html(board),
            self.notes: notes_html(board),
            self.board: board,
            self.body: gr.Column(visible=True),
            self.look: gr.Radio(_looks(board), value=look, visible=len(named) > 1),
            **self._looked(board, look),
            self.along: along_figure(named, piece_bytes(board)),
            self.places: places_figure(named),
            self.code: self._code(board, visitor),
        }

    def _code(self, board: Board, visitor: Visitor) -> str:
        one = board.results[0]
        text, what = (board.text, "") if board.text else (one.shown.text, "the first document’s beginning")
        code = language_code(source_of(self._services, visitor, one.model), one, text, what)
        return code_html(loadable(self._services, visitor, code, one.model))

    def _buttons(self, run: Stoppable | None) -> dict[Any, Any]:
        running = run is not None
        return {
            self.run: run,
            self.go: gr.Button(interactive=not running),
            self.stop: gr.Button(interactive=running),
        }


def model_choices(services: Services) -> list[tuple[str, str]]:
    """Models that continue a text, by what a chooser shows of them."""
    return [(caption(entry), entry.name) for entry in able(services, "causal-lm")]


def _looks(board: Board) -> list[tuple[str, str]]:
    letters = [(f"Tokens of {board.letter(one.model)}", one.model) for one in board.results]
    return [("Pieces that all have", _BESIDE), *letters]


def _saving(make: Any) -> Any:
    def saved(board: Board | None) -> str:
        if not isinstance(board, Board) or not board.results:
            raise ConflictError("There is nothing to save yet: measure first.")
        return make(board)

    return shown(saved)
