"""Where the parts of the job panel stand. Knows no job: only components."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.curves import LOSS_HEIGHT, SMALL_HEIGHT
from app.job_panel import views
from app.job_panel.charts import MOST
from app.job_panel.offers import MEND_JS
from app.job_panel.tokenizer_part import TokenizerPart
from app.signal import signal
from pipelines.jobs.states import Action

TICK_SECONDS = 1.5
_SECRET = "glassworks-browser-state"  # not a secret: it only keeps the key of the browser's store the same

_LABELS = {
    Action.PAUSE: "Pause",
    Action.RESUME: "Resume",
    Action.STOP: "Stop and keep the {noun}",
    Action.CANCEL: "Cancel",
}


@dataclass(frozen=True)
class Parts:
    """The panel's components by role."""

    job_id: Any
    timer: gr.Timer
    head: gr.HTML
    body: gr.Column
    buttons: dict[Action, gr.Button]
    confirm: gr.Row
    discard: gr.Button
    keep: gr.Button
    training: gr.Column  # what only the training of a model has to show
    loss: gr.Plot
    rate: gr.Plot
    norm: gr.Plot
    bits: gr.Plot
    perplexity: gr.Plot
    measures: gr.Plot
    kl: gr.Plot
    charts: tuple[gr.Plot, ...]  # of a training on preferences or rewards
    watch: gr.Column  # the texts that a model in training writes
    checkpoint: gr.Slider
    sample: gr.HTML
    tokenizer: TokenizerPart  # what only that of a tokenizer has to show
    data: gr.Button
    data_text: gr.Textbox
    code_fold: gr.Accordion
    code: gr.HTML
    log_fold: gr.Accordion
    log: gr.Textbox
    log_open: gr.State
    signals: tuple[gr.Textbox, gr.Textbox]  # grown, turned: hidden fields whose change makes the page ask

    @property
    def grown(self) -> gr.Textbox:
        return self.signals[0]

    @property
    def turned(self) -> gr.Textbox:
        return self.signals[1]

    @property
    def growing(self) -> list[Any]:
        """What a running job adds to."""
        plots = [self.loss, self.rate, self.norm, self.bits, self.perplexity, self.measures, self.kl]
        plots += self.charts
        return [*plots, self.tokenizer.compression, self.checkpoint, self.sample, self.log]

    @property
    def outputs(self) -> list[Any]:
        """Everything that a redraw may touch."""
        rest = [self.code, self.timer, self.confirm, self.training, self.watch, self.data, self.code_fold]
        rest += self.tokenizer.outputs
        return [self.head, self.body, *self.buttons.values(), *self.growing, *rest]


def lay_out(remember: str | None, hint: str) -> Parts:
    """Make the components in the present place of the page."""
    kept = gr.BrowserState("", storage_key=remember, secret=_SECRET) if remember else gr.State("")
    timer = gr.Timer(TICK_SECONDS, active=False)
    head = gr.HTML(hint, elem_classes="gw-job-head", js_on_load=MEND_JS)
    with gr.Column(visible=False, elem_classes="gw-job-body") as body:
        with gr.Row(elem_classes="gw-controls"):
            buttons = {action: _button(action) for action in Action}
        with gr.Row(visible=False, elem_classes="gw-confirm") as confirm:
            gr.HTML("<p>Cancel ends the job and discards what it has made. Sure?</p>")
            discard = gr.Button("Discard it", variant="stop", size="sm", min_width=110)
            keep = gr.Button("Keep it", size="sm", min_width=110)
        with gr.Column(elem_classes="gw-training") as training:
            plots, charts = _plots()
            with gr.Column(elem_classes="gw-watch") as watch:
                label = "Watch it learn to write: checkpoint"
                checkpoint = gr.Slider(1, 2, value=1, step=1, label=label, visible=False, buttons=[])
                sample = gr.HTML(views.sample_html(None, 0))
        tokenizer = TokenizerPart()
        with gr.Row(elem_classes="gw-controls"):
            data = gr.Button("Download the data", size="sm", min_width=140, elem_classes="gw-data")
        data_text = gr.Textbox(visible=False)
        with gr.Accordion("The same in Python", open=False, elem_classes="gw-more") as code_fold:
            code = gr.HTML()
        with gr.Accordion("Log", open=False, elem_classes="gw-more") as log_fold:
            log = gr.Textbox(
                lines=12, max_lines=12, show_label=False, container=False, interactive=False, autoscroll=True
            )
    names = ("loss", "rate", "norm", "bits", "perplexity", "measures", "kl")
    return Parts(
        job_id=kept,
        timer=timer,
        head=head,
        body=body,
        buttons=buttons,
        confirm=confirm,
        discard=discard,
        keep=keep,
        training=training,
        **dict(zip(names, plots, strict=True)),
        charts=charts,
        watch=watch,
        checkpoint=checkpoint,
        sample=sample,
        tokenizer=tokenizer,
        data=data,
        data_text=data_text,
        code_fold=code_fold,
        code=code,
        log_fold=log_fold,
        log=log,
        log_open=gr.State(False),
        signals=(signal(), signal()),
    )


def label_of(action: Action, noun: str = "model") -> str:
    """A button's words; ``noun`` is what the job makes."""
    return _LABELS[action].format(noun=noun)


def _button(action: Action) -> gr.Button:
    variant = "stop" if action is Action.CANCEL else "secondary"
    return gr.Button(label_of(action), variant=variant, size="sm", visible=False, min_width=90)


def _plots() -> tuple[list[gr.Plot], tuple[gr.Plot, ...]]:
    """The loss wide, the others small, and the charts that only some kinds have; the style sheet reserves the
    figures' heights."""
    loss = _plot("loss", LOSS_HEIGHT)
    with gr.Row(elem_classes="gw-small-plots"):
        small = [_plot(name, SMALL_HEIGHT) for name in ("rate", "norm", "bits", "perplexity")]
        hidden = [_plot(name, SMALL_HEIGHT, visible=False) for name in ("measures", "kl")]
        charts = tuple(_plot("chart", SMALL_HEIGHT, visible=False) for _ in range(MOST))
    return [loss, *small, *hidden], charts


def _plot(name: str, height: int, visible: bool = True) -> gr.Plot:
    """``height`` is the figure's; the class of that number reserves it."""
    classes = ["gw-plot", f"gw-plot-{name}", f"gw-h{height}"]
    return gr.Plot(show_label=False, container=False, min_width=220, elem_classes=classes, visible=visible)
