"""Train a tokenizer: the form on the left, the job with its curve on the right."""

from functools import partial
from typing import Any

import gradio as gr

from app.edits import edits
from app.errors import message_of
from app.forms import form, to_values
from app.job_panel import job_panel
from app.job_panel.access import submit
from app.links import linked_values
from app.opening import when_linked, when_opened
from app.parts import QUIET, Part
from app.redraw import Redraw, again
from app.services import Services
from app.tabs.corpus_chooser import CorpusChooser
from app.tabs.pretrain_views import error_html
from app.tokenizer.train_presets import PRESETS, SET, Preset
from app.tokenizer.train_view import how_html
from pipelines.core.errors import GlassworksError
from pipelines.core.ids import is_id
from pipelines.tokenization.specs import TokenizerSpec

_TAB, _PART = "tokenizer", "train"
_HINT = (
    "No tokenizer trained yet. With the bundled sample and the settings as they stand, press Train the "
    "tokenizer: after a few seconds, how well each size of vocabulary compresses appears here."
)
_LINK_JS = "(...values) => glassworks.copyLink('{tab}', ['part', ...{names}], ['{part}', ...values])"
_FIRST = ("algorithm", "byte_level")
_MAIN = ("vocab_size", "min_frequency")
_TEXT = ("normalizer", "lowercase", "strip_accents", "split_digits")
_LIVE = {**QUIET, "queue": False, "trigger_mode": "always_last"}


def build(services: Services) -> Part:
    """Lay the part out in the present place of the page and wire it; the tab need not show it anew."""
    TrainPart(services).wire()
    return Part((), lambda visitor, text: ())


class TrainPart:
    """Components, callbacks and wiring."""

    def __init__(self, services: Services):
        self._services, self._start = services, TokenizerSpec()
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(elem_classes="gw-inputs", min_width=280):
                self._inputs()
            with gr.Column(elem_classes="gw-result", min_width=280):
                self.panel = job_panel(services, remember="glassworks-tokenizer-job", hint=_HINT)

    def _inputs(self) -> None:
        gr.HTML('<p class="gw-presets-label">In the manner of</p>')
        with gr.Row(elem_classes="gw-toolbar gw-presets"):
            self.presets = [gr.Button(preset.label, size="sm", min_width=0) for preset in PRESETS]
        self.chooser = CorpusChooser(self._services, "tokenizer-corpus")
        self.chooser.own_text()
        fields_of = partial(form, self._start, prefix="tokenizer")
        fields = fields_of(lambda name, _: name in _FIRST)
        self.how = gr.HTML(how_html(self._start), elem_id="tokenizer-how")
        fields |= fields_of(lambda name, _: name in _MAIN)
        with gr.Accordion("What happens to the text first", open=False, elem_classes="gw-more"):
            fields |= fields_of(lambda name, _: name in _TEXT)
        with gr.Accordion("Special tokens, curve and more", open=False, elem_classes="gw-more"):
            fields |= fields_of(lambda _, knob: knob.advanced)
        self.name = gr.Textbox(
            label="Name", info="How the tokenizer is called in lists.", max_length=80, max_lines=1
        )
        self.error = gr.HTML()
        self.go = gr.Button("Train the tokenizer", variant="primary", elem_id="tokenizer-train-go")
        with gr.Row(elem_classes="gw-toolbar"):
            self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)
        self.fields = {"corpus": self.chooser.corpus, "name": self.name, **fields}

    def wire(self) -> None:
        self.chooser.wire()
        fields, values = set(self.fields.values()), list(self.fields.values())
        self.go.click(self._submit, fields, [self.panel.job_id, self.error], api_visibility="private")
        told = [self.how, self.error]
        redraw = Redraw()
        for button, preset in zip(self.presets, PRESETS, strict=True):
            taken = button.click(partial(_taken, preset), None, [self.fields[n] for n in SET], **_LIVE)
            redraw.after(taken.then)
        changed = [edits(c) for n, c in self.fields.items() if n not in ("corpus", "name")]
        redraw.wire(self._tell, fields, told, *changed, queue=False)
        self.link.click(None, values, js=_LINK_JS.format(tab=_TAB, part=_PART, names=list(self.fields)))
        when_linked(self._linked, [*values, self.panel.job_id])
        when_opened(again, None, redraw.asked)

    # Callbacks: validate, one service call, format.

    def _submit(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            job = submit(self._services, "tokenizer", self._spec(given), request)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {self.panel.job_id: job.id, self.error: ""}

    def _tell(self, given: dict[Any, Any]) -> dict[Any, Any]:
        """What the settings mean; or at once what is wrong with them."""
        try:
            return {self.how: how_html(self._spec(given)), self.error: ""}
        except GlassworksError as error:
            return {self.how: "", self.error: error_html(message_of(error))}

    def _spec(self, given: dict[Any, Any]) -> TokenizerSpec:
        values = {name: given[component] for name, component in self.fields.items()}
        return TokenizerSpec.from_dict(to_values(self._start, values))

    def _linked(self, request: gr.Request) -> Any:
        """What a shared link holds: the form's fields, or a job to show."""
        query, updates = dict(request.query_params), {}
        if query.get("part") == _PART:
            updates = {self.fields[n]: v for n, v in linked_values(request, _TAB, self._start).items()}
            if query.get("tab") == _TAB and is_id(query.get("job")):
                updates[self.panel.job_id] = query["job"]
        return updates


def _taken(preset: Preset) -> list[Any]:
    values = [preset.values[name] for name in SET]
    return ["\n".join(value) if isinstance(value, list) else value for value in values]
