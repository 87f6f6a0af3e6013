"""Pretrain tab: build a GPT from scratch on a text and watch it learn to write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import Context

from app.errors import message_of
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import seen_corpus, submit
from app.links import LINK_JS, linked_values
from app.model_picker import caption
from app.services import Services
from app.tabs import pretrain_form as form_parts
from app.tabs.pretrain_form import PretrainForm
from app.tabs.pretrain_views import corpus_html, error_html, estimate_html
from pipelines.training.estimate import estimate

_LEAD = (
    "Build a GPT from scratch: choose a text and a size, and see how loss, perplexity and the model's own "
    "writing change from noise to sentences."
)
_HINT = (
    "No run yet. With the bundled sample and size 2, press Start: the curves, the checkpoints and what the "
    "model writes at each of them appear here."
)
_FILES = [".txt", ".md", ".jsonl", ".gz"]
_LIVE = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs"):
            tab = _Inputs(services)
        with gr.Column(scale=3, min_width=340, elem_classes="gw-result"):
            panel = job_panel(services, remember="glassworks-pretrain-job", hint=_HINT)
    with gr.Column(elem_classes="gw-details"):
        gr.HTML("<h3>Every value</h3>")
        fields = form_parts.field_grid()
    tab.wire(fields, panel)


class _Inputs:
    """The left side: components, callbacks and wiring."""

    def __init__(self, services: Services):
        self._services = services
        self.corpus = form_parts.corpus_picker(self._corpora(None))
        self.corpus_view = gr.HTML(elem_classes="gw-corpus-view")
        self._own_text()
        self.model = form_parts.model_part(self._tokenizers())
        self.size = form_parts.size_dial()
        self.name = gr.Textbox(
            label="Name", info="How the run is called in lists.", max_length=80, max_lines=1
        )
        self.estimate = gr.HTML(elem_classes="gw-estimate-view")
        self.error = gr.HTML()
        self.start = gr.Button("Start training", variant="primary", elem_id="pretrain-start")
        with gr.Row(elem_classes="gw-toolbar"):
            self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)

    def _own_text(self) -> None:
        with gr.Accordion("Bring a text of your own", open=False, elem_classes="gw-more"):
            self.title = gr.Textbox(label="Title", max_lines=1, max_length=80)
            self.text = gr.Textbox(label="Paste text", lines=5, max_lines=10)
            self.file = gr.File(label="or upload .txt, .md, .jsonl, .gz", file_types=_FILES, height=120)
            self.text_error = gr.HTML()
            self.add = gr.Button("Use this text", size="sm")

    def wire(self, fields: dict[str, Any], panel: JobPanel) -> None:
        """Join the left side, the fields below and the panel."""
        self.job_id = panel.job_id
        placed = {"corpus": self.corpus, "name": self.name, **self.model}
        self.form = PretrainForm(self.size, {**placed, **fields})
        self._wire_form()
        self._wire_corpus()
        self.start.click(self._start, self.form.inputs, [self.job_id, self.error], api_visibility="private")
        fields, names = list(self.form.fields.values()), list(self.form.fields)
        self.link.click(None, fields, js=LINK_JS.format(tab="pretrain", names=names))
        picks = [self.corpus, self.model["tokenizer"]]
        load = Context.root_block.load
        load(self._refresh, None, picks, queue=False, **_LIVE)
        linked = load(self._linked, None, fields, queue=False, **_LIVE)
        described = linked.then(self._describe, self.corpus, self.corpus_view, **_LIVE)
        described.then(self._estimate, self.form.inputs, [self.estimate, self.error], **_LIVE)

    def _wire_form(self) -> None:
        form, every = self.form, self.form.inputs
        dials = [form.size.input, form.fields["architecture"].input]
        outputs = [*form.fields.values(), self.error]
        turned = gr.on(dials, self._turn, every, outputs, queue=False, **_LIVE)
        turned.then(self._estimate, every, [self.estimate, self.error], **_LIVE)
        typed = [c.input for n, c in form.fields.items() if n not in ("architecture", "corpus")]
        gr.on(typed, self._estimate, every, [self.estimate, self.error], **_LIVE)

    def _wire_corpus(self) -> None:
        every, shown = self.form.inputs, [self.estimate, self.error]
        picked = self.corpus.input(self._describe, self.corpus, self.corpus_view, **_LIVE)
        picked.then(self._estimate, every, shown, **_LIVE)
        added = self.add.click(
            self._add_text,
            [self.text, self.title, self.file],
            [self.corpus, self.corpus_view, self.text_error],
            api_visibility="private",
            concurrency_limit=2,
        )
        added.then(self._estimate, every, shown, **_LIVE)

    # Callbacks: validate, one service call, format.

    def _turn(self, given: dict[Any, Any]) -> dict[Any, Any]:
        return self._inline(lambda: {**self.form.turned(given), self.error: ""})

    def _estimate(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            spec = self.form.spec(given)
            info = seen_corpus(self._services, spec.corpus, request)
            return {
                self.estimate: estimate_html(estimate(spec, info, self._services.settings)),
                self.error: "",
            }

        return self._inline(answer)

    def _start(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            job = submit(self._services, "pretrain", self.form.spec(given), request)
            return {self.job_id: job.id, self.error: ""}

        return self._inline(answer)

    def _describe(self, corpus_id: str, request: gr.Request) -> str:
        try:
            return corpus_html(seen_corpus(self._services, corpus_id or "", request))
        except Exception as error:
            return error_html(message_of(error))

    def _add_text(self, text: str, title: str, file: str | None, request: gr.Request) -> dict[Any, Any]:
        """Take the pasted text or the file; what was typed stays where it is, also when it is refused."""
        visitor, store = self._services.identity.visitor(request), self._services.corpora
        try:
            if file:
                info = store.add_file(Path(file), Path(file).name, visitor.id)
            else:
                info = store.add_text(text or "", visitor.id, title or "")
        except Exception as error:
            return {self.text_error: error_html(message_of(error))}
        chosen = gr.Dropdown(choices=self._corpora(visitor.id), value=info.id)
        return {self.corpus: chosen, self.corpus_view: corpus_html(info), self.text_error: ""}

    def _linked(self, request: gr.Request) -> Any:
        """The fields of a shared link, when the page was opened by one and they fit together."""
        given = linked_values(request, "pretrain", form_parts.initial())
        return {self.form.fields[name]: value for name, value in given.items()} or gr.skip()

    def _refresh(self, request: gr.Request) -> tuple[Any, Any]:
        """This visitor's texts and the models of today, on page load."""
        visitor = self._services.identity.visitor(request)
        models = form_parts.tokenizer_choices(self._tokenizers())
        return gr.Dropdown(choices=self._corpora(visitor.id)), gr.Dropdown(choices=models)

    def _inline(self, answer: Callable[[], dict[Any, Any]]) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            return answer()
        except Exception as error:
            return {self.error: error_html(message_of(error))}

    def _corpora(self, owner: str | None) -> list[tuple[str, str]]:
        """(label, corpus id): the sample, then this visitor's own texts."""
        own = self._services.corpora.list(owner) if owner else []
        return [
            ("Bundled sample", "sample"),
            *((f"{i.title} · {i.documents:,} documents", i.id) for i in own),
        ]

    def _tokenizers(self) -> list[tuple[str, str]]:
        """(label, model name) of the models whose tokenizer can be taken."""
        return [(f"that of {caption(e)}", e.name) for e in self._services.models.entries("causal-lm")]
