"""Pretrain tab: build a language model on a text, from scratch or from another model, and watch it learn."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.corpora import corpus_choices
from app.edits import edits
from app.errors import message_of
from app.job_panel import JobPanel, job_panel
from app.job_panel.access import reached, seen_corpus, seen_model, seen_tokenizer, submit
from app.links import LINK_JS, linked_values
from app.model_picker import able, caption, tokenizer_caption
from app.opening import holding, when_linked, when_opened
from app.services import Services
from app.tabs import pretrain_form as form_parts
from app.tabs.corpus_chooser import CorpusChooser
from app.tabs.pretrain_form import Brought, PretrainForm
from app.tabs.pretrain_plan import FIELDS as PLANNED
from app.tabs.pretrain_plan import PlanPart, plan_part
from app.tabs.pretrain_views import (
    UNKNOWN_ESTIMATE,
    error_html,
    estimate_html,
    start_html,
    start_unknown_html,
)
from app.zero_gpu import training_note
from pipelines.core.errors import GlassworksError
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.training.estimate import estimate
from pipelines.training.start_model import CAPABILITIES, architecture_of

_LEAD = (
    "Build a language model from scratch, or train one on: choose a text and a size, and see how loss, "
    "perplexity and the model's own writing change from noise to sentences."
)
_HINT = (
    "No run yet. With the bundled sample and size 2, press Start: the curves, the checkpoints and what the "
    "model writes at each of them appear here."
)
_UNKNOWN = Brought("llama", 0)  # until the job has fetched the model, which then says what it is
_LIVE = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}


def build(services: Services) -> None:
    """Lay the tab out in the present place of the page and wire it."""
    gr.HTML(f'<p class="gw-lead">{_LEAD}</p>')
    training_note(services)
    with gr.Row(elem_classes="gw-split"):
        with gr.Column(scale=2, min_width=320, elem_classes="gw-inputs"):
            tab = _Inputs(services)
        with gr.Column(scale=3, min_width=340, elem_classes="gw-result"):
            panel = job_panel(services, remember="glassworks-pretrain-job", hint=_HINT)
    with gr.Column(elem_classes="gw-details"):
        gr.HTML("<h3>Every value</h3>")
        fields = form_parts.field_grid()
        plan = plan_part()
    tab.wire(fields, panel, plan)


class _Inputs:
    """The left side: components, callbacks and wiring."""

    def __init__(self, services: Services):
        self._services = services
        self.chooser = CorpusChooser(services, "knob-corpus")
        self.chooser.own_text()
        with gr.Accordion("Mix in a second text", open=False, elem_classes="gw-more"):
            self.second = form_parts.second_part(corpus_choices(services, None))
        self.start_from = form_parts.start_picker([])
        self.start_view = gr.HTML()
        self.model = form_parts.model_part([])
        self.size = form_parts.size_dial()
        self.name = gr.Textbox(
            label="Name", info="How the run is called in lists.", max_length=80, max_lines=1
        )
        self.estimate = gr.HTML(elem_classes="gw-estimate-view")
        self.error = gr.HTML()
        self.start = gr.Button("Start training", variant="primary", elem_id="pretrain-start")
        with gr.Row(elem_classes="gw-toolbar"):
            self.link = gr.Button("Copy link", size="sm", min_width=96, scale=0)

    def wire(self, fields: dict[str, Any], panel: JobPanel, plan: PlanPart) -> None:
        """Join the left side, the fields below, the plan and the panel."""
        self.job_id, self.plan = panel.job_id, plan
        chooser = self.chooser
        placed = {"corpus": chooser.corpus, "start_from": self.start_from, "name": self.name}
        self.form = PretrainForm(self.size, {**placed, **self.second, **self.model, **fields})
        self._wire_form()
        for chosen in chooser.wire():
            chosen(self._estimate, self.form.inputs, [self.estimate, self.error], **_LIVE)
        self.start.click(self._start, self.form.inputs, [self.job_id, self.error], api_visibility="private")
        fields, names = list(self.form.fields.values()), list(self.form.fields)
        self.link.click(None, fields, js=LINK_JS.format(tab="pretrain", names=names))
        picks = [self.second["second_corpus"], self.start_from, self.model["tokenizer"]]
        when_opened(self._refresh, None, picks)
        self._tell_when_opened()
        when_linked(self._linked, [*dict.fromkeys([*fields, *self._begun])])

    def _tell_when_opened(self) -> None:
        """What follows from the form as it stands when the tab comes into view."""
        inputs = [*self.form.inputs]

        def told(request: gr.Request, *values: Any) -> dict[Any, Any]:
            return self._tell(dict(zip(inputs, values, strict=True)), request)

        when_opened(told, inputs, self._told)

    def _wire_form(self) -> None:
        form, every = self.form, self.form.inputs
        dials = [form.size.input, form.fields["architecture"].input]
        outputs = [*form.fields.values(), self.error]
        self._reckon(gr.on(dials, self._turn, every, outputs, queue=False, **_LIVE))
        chosen = form.fields["start_from"].input
        self._reckon(chosen(self._begin, every, self._begun, queue=False, **_LIVE))
        apart = ("architecture", "corpus", "start_from", *PLANNED)
        typed = [edits(c) for n, c in form.fields.items() if n not in apart]
        gr.on(typed, self._estimate, every, [self.estimate, self.error], **_LIVE)
        planned, stages = [form.fields[n].input for n in PLANNED], form.fields["stages"]
        # A box of lines inside a fold tells of no input, only of its change.
        gr.on([*planned, stages.change, stages.blur], self._tell, every, self._told, **_LIVE)

    @property
    def _begun(self) -> list[Any]:
        """What a chosen start model changes."""
        touched = [*form_parts.BROUGHT, "context_length"]
        return [self.start_view, *(self.form.fields[name] for name in touched)]

    def _reckon(self, event: Any) -> None:
        """Estimate and draw the plan after an event that changes several fields."""
        event.then(self._tell, self.form.inputs, self._told, **_LIVE)

    @property
    def _told(self) -> list[Any]:
        """What says what the form means."""
        return [self.estimate, self.error, *self.plan.outputs]

    # Callbacks: validate, one service call, format.

    def _turn(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            name = given[self.start_from]
            entry = seen_model(self._services, name, request) if name else None
            longest = entry.context_length if entry else 0
            return {**self.form.turned(given, longest), self.error: ""}

        return self._inline(answer)

    def _begin(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """The chosen start model in words, and the fields that it brings along out of use."""
        name = given[self.start_from]
        if not name:
            return {self.start_view: "", **self.form.brought(given, None)}
        try:
            entry = seen_model(self._services, name, request)
            if entry is None:
                return {self.start_view: start_unknown_html(name), **self.form.brought(given, _UNKNOWN)}
            start = Brought(architecture_of(entry), entry.context_length)
        except Exception as error:
            return {self.start_view: error_html(message_of(error)), **self.form.brought(given, None)}
        return {self.start_view: start_html(entry, start.architecture), **self.form.brought(given, start)}

    def _estimate(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            services, spec = self._services, reached(self._services, self.form.spec(given), request)
            first, second = (
                seen_corpus(services, name, request) if name else None
                for name in (spec.corpus, spec.second_corpus)
            )
            made = estimate(spec, first, services.settings, second)
            return {self.estimate: estimate_html(made), self.error: ""}

        if _fetched_first(given[self.start_from]) or _fetched_first(given[self.model["tokenizer"]]):
            return {self.estimate: UNKNOWN_ESTIMATE, self.error: ""}
        return self._inline(answer)

    def _tell(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        """Estimate and plan; what the form holds wrongly is said by the estimate, and the figure stays."""
        estimated = self._estimate(given, request)
        try:
            return {**estimated, **self.plan.drawn(self.form.spec(given))}
        except GlassworksError:
            return estimated

    def _start(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        def answer() -> dict[Any, Any]:
            job = submit(self._services, "pretrain", self.form.spec(given), request)
            return {self.job_id: job.id, self.error: ""}

        return self._inline(answer)

    def _linked(self, request: gr.Request) -> Any:
        """The fields of a shared link to this tab, where they fit together."""
        linked = linked_values(request, "pretrain", form_parts.initial())
        restored = {self.form.fields[name]: value for name, value in linked.items()}
        given = {**{one: one.value for one in self.form.inputs}, **restored}
        begun = self._begin(given, request) if restored else {}
        return {**restored, **{one: holding(update, given.get(one)) for one, update in begun.items()}}

    def _refresh(self, request: gr.Request) -> list[Any]:
        """This visitor's texts, models and tokenizers of today, when the tab comes into view."""
        choices = (
            form_parts.second_choices(corpus_choices(self._services, request)),
            form_parts.start_choices(self._models(request)),
            form_parts.tokenizer_choices(self._tokenizers(request)),
        )
        return [gr.Dropdown(choices=offered) for offered in choices]

    def _inline(self, answer: Callable[[], dict[Any, Any]]) -> dict[Any, Any]:
        """A refusal stands beside the form, which keeps all that was typed."""
        try:
            return answer()
        except Exception as error:
            return {self.error: error_html(message_of(error))}

    def _models(self, request: gr.Request) -> list[tuple[str, str]]:
        """(label, name) of the models that this visitor may train on."""
        entries = self._own(able(self._services, CAPABILITIES), seen_model, request)
        return [(caption(entry), entry.name) for entry in entries]

    def _tokenizers(self, request: gr.Request) -> list[tuple[str, str]]:
        """(label, name) of the tokenizers that this visitor may take over: those trained alone come first."""
        entries = self._own(self._services.models.tokenizers(), seen_tokenizer, request)
        alone = [(tokenizer_caption(e), e.name) for e in entries if not e.of_model]
        return [*alone, *((f"that of {tokenizer_caption(e)}", e.name) for e in entries if e.of_model)]

    def _own(self, entries: list[Any], seen: Callable[..., Any], request: gr.Request) -> list[Any]:
        """The entries without those of other visitors."""
        found = []
        for entry in entries:
            try:
                seen(self._services, entry.name, request)
            except GlassworksError:
                continue
            found.append(entry)
        return found


def _fetched_first(name: Any) -> bool:
    """A model of the Hub that is not on this machine: a form being filled in downloads nothing."""
    try:
        parsed = parse(name)
    except GlassworksError:
        return False
    return parsed.source is Source.HUB and not on_disk(parsed.rest)
