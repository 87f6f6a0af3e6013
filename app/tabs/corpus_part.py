"""The corpus workbench: choose and clean on the left, the job and its report beside it, token rows below."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import gradio as gr

from app.corpora import corpus_choices
from app.corpus_preview import packing_preview
from app.errors import message_of
from app.figures import corpus as figures
from app.forms import form, to_values
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import seen_status, submit
from app.links import LINK_JS, linked_values
from app.model_picker import tokenizer_caption
from app.opening import when_linked, when_opened
from app.services import Services
from app.tabs import corpus_views as views
from app.tabs.corpus_chooser import CorpusChooser
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.core.ids import is_id
from pipelines.jobs.states import JobState
from pipelines.training.corpora import CorpusInfo, CorpusStore
from pipelines.training.corpus import documents
from pipelines.training.curation.artifact import Report
from pipelines.training.curation.messy import messy
from pipelines.training.curation.preview import MAX_DOCUMENTS
from pipelines.training.curation.specs import CurateSpec

_LEAD = (
    "See what a collection of texts holds: how long the documents are, in which languages, which repeat each "
    "other. Clean it, read what was removed and why, and see it as the rows that a training reads."
)
_HINT = (
    "Nothing cleaned yet. Make the messy example, which hides eight kinds of faults among good stories, and "
    "press Inspect and clean: what each step found appears here."
)
_PLACED = ("corpus", "name")
_MAIN = ("languages", "exact_duplicates", "near_duplicates", "near_threshold", "limit")
_MESSY_TEXTS = 180
_LIVE = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}


class CorpusPart:
    """Components, callbacks and wiring of the tab."""

    def __init__(self, services: Services):
        self._services, self._start = services, CurateSpec()
        gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs"):
                self._inputs()
            with gr.Column(scale=3, min_width=340, elem_classes="gw-result"):
                self.panel: JobPanel = job_panel(services, remember="glassworks-curate-job", hint=_HINT)
                self._report()
        self._rows()

    # Layout.

    def _inputs(self) -> None:
        self.chooser = CorpusChooser(self._services, "curate-corpus")
        self.corpus = self.chooser.corpus
        self.example = gr.Button("Make a messy example", size="sm", elem_id="curate-example")
        self.chooser.own_text()
        main = form(self._start, lambda name, _: name in _MAIN)
        with gr.Accordion("Filters", open=False, elem_classes="gw-more"):
            rest = form(self._start, lambda name, _: name not in (*_MAIN, *_PLACED))
        self.name = gr.Textbox(
            label="Name", info="How the cleaned corpus is called in lists.", max_length=80, max_lines=1
        )
        self.error = gr.HTML()
        self.go = gr.Button("Inspect and clean", variant="primary", elem_id="curate-start")
        with gr.Row(elem_classes="gw-toolbar"):
            self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
        self.fields = {"corpus": self.corpus, "name": self.name, **main, **rest}

    def _report(self) -> None:
        self.shown = gr.State("")  # the job whose report stands here
        with gr.Column(visible=False, elem_classes="gw-report") as self.report:
            self.counts = gr.HTML()
            gr.HTML("<h3>What was removed</h3>")
            self.waterfall = _plot("removed")
            self.removed = gr.HTML(elem_id="curate-removed")
            with gr.Row(elem_classes="gw-small-plots"):
                self.lengths, self.languages = _plot("lengths"), _plot("languages")

    def _rows(self) -> None:
        with gr.Column(elem_classes="gw-details gw-packing"):
            gr.HTML(
                "<h3>As training rows</h3><p class='gw-muted'>The first documents of the chosen corpus, as a "
                "tokenizer and a context length make rows of them: three ways, and what each one costs.</p>"
            )
            with gr.Row(elem_classes="gw-packing-form"):
                tokenizers = self._tokenizers()
                self.tokenizer = gr.Dropdown(
                    tokenizers,
                    value=tokenizers[0][1] if tokenizers else None,
                    label="Tokenizer",
                    elem_id="packing-tokenizer",
                )
                self.context = gr.Slider(
                    8, 512, value=64, step=8, label="Context", elem_id="packing-context", buttons=[]
                )
                self.count = gr.Slider(
                    1,
                    MAX_DOCUMENTS,
                    value=4,
                    step=1,
                    label="Documents",
                    elem_id="packing-documents",
                    buttons=[],
                )
                self.show = gr.Button("Show the rows", elem_id="packing-show", min_width=140, scale=0)
            self.rows_error = gr.HTML()
            self.rows = gr.HTML(views.preview_hint_html(), elem_id="packing-rows")

    def _tokenizers(self) -> list[tuple[str, str]]:
        return [(tokenizer_caption(entry), entry.name) for entry in self._services.models.tokenizers()]

    # Wiring.

    def wire(self) -> None:
        panel, fields = self.panel, list(self.fields.values())
        self.go.click(self._submit, set(fields), [panel.job_id, self.error], api_visibility="private")
        chooser = self.chooser
        chooser.wire()
        self.example.click(self._add_example, None, chooser.changed, api_visibility="private")
        self.link.click(None, fields, js=LINK_JS.format(tab="corpus", names=list(self.fields)))
        self._wire_report()
        asked = [self.corpus, self.tokenizer, self.context, self.count]
        self.show.click(self._preview, asked, [self.rows, self.rows_error], api_visibility="private")
        when_opened(self._refresh, None, self.tokenizer)
        when_linked(self._linked, [*fields, panel.job_id])

    def _wire_report(self) -> None:
        """The panel's head changes with every news of the job, and with every other job."""
        drawn = [self.shown, self.report, self.counts, self.waterfall, self.removed, self.lengths]
        gr.on(
            [self.panel.parts.head.change, self.panel.job_id.change],
            self._draw,
            [self.panel.job_id, self.shown],
            [*drawn, self.languages, self.corpus],
            queue=False,
            **_LIVE,
        )

    # Callbacks: validate, one service call, format.

    def _submit(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            values = {name: given[component] for name, component in self.fields.items()}
            spec = CurateSpec.from_dict(to_values(self._start, values))
            return {self.panel.job_id: submit(self._services, "curate", spec, request).id, self.error: ""}

        return self._inline(self.error, answer)

    def _add_example(self, request: gr.Request) -> dict[Any, Any]:
        """Good stories with known faults among them, as a text of this visitor."""

        def keep(store: CorpusStore, owner: str) -> CorpusInfo:
            stories = list(islice(documents(store.path("sample")), _MESSY_TEXTS))
            return store.add_text("\n<|endoftext|>\n".join(messy(stories)), owner, "Messy example")

        return self.chooser.kept(keep, request)

    def _draw(self, job_id: str, shown: str, request: gr.Request) -> Any:
        """The report of the panel's job, once there is one; nothing is sent when it stands already."""
        report = self._report_of(job_id, request)
        if report is None:
            hidden = {self.shown: "", self.report: gr.Column(visible=False)}
            return hidden if shown else gr.skip()
        if shown == job_id:
            return gr.skip()
        steps = [(step.label, step.documents) for step in report.removed]
        return {
            self.shown: job_id,
            self.report: gr.Column(visible=True),
            self.counts: views.counts_html(report),
            self.waterfall: figures.removed_figure(report.read.documents, steps, report.kept.documents),
            self.removed: views.removed_html(report),
            self.lengths: figures.lengths_figure(report.read, report.kept),
            self.languages: figures.languages_figure(report.read, report.kept),
            self.corpus: gr.Dropdown(choices=corpus_choices(self._services, request)),
        }

    def _report_of(self, job_id: str, request: gr.Request) -> Report | None:
        """None for no job, a job of another kind or visitor, and one that is not done."""
        try:
            status = seen_status(self._services, job_id, request)
            done = status.job.kind == "curate" and status.job.state is JobState.SUCCEEDED
            return self._services.corpora.report(status.artifact) if done else None
        except GlassworksError:
            return None

    def _preview(
        self, corpus_id: str, tokenizer: str, context: float, count: float, request: gr.Request
    ) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            made = packing_preview(self._services, request, corpus_id, tokenizer, count, context)
            return {self.rows: views.preview_html(made), self.rows_error: ""}

        return self._inline(self.rows_error, answer)

    def _refresh(self) -> Any:
        """The tokenizers of today, when the tab comes into view."""
        return gr.Dropdown(choices=self._tokenizers())

    def _linked(self, request: gr.Request) -> Any:
        """What a shared link holds: the form's fields, or a job whose report it opens."""
        given = linked_values(request, "corpus", self._start)
        updates = {self.fields[name]: value for name, value in given.items()}
        query = dict(request.query_params)
        if query.get("tab") == "corpus" and is_id(query.get("job")):
            updates[self.panel.job_id] = query["job"]
        return updates

    def _inline(self, place: Any, answer: Callable[[], dict[Any, Any]]) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            return answer()
        except Exception as error:
            return {place: error_html(message_of(error))}


def _plot(name: str) -> gr.Plot:
    """The class of the figures' height reserves it."""
    classes = ["gw-plot", f"gw-plot-{name}", f"gw-h{figures.HEIGHT}"]
    return gr.Plot(show_label=False, container=False, min_width=220, elem_classes=classes)
