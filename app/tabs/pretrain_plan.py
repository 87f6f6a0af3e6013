"""The lower part of the Pretrain tab: the plan of the run as a figure and in words, and its terms."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.plan import HEIGHT, plan_figure
from app.tabs.pretrain_views import stages_html
from app.tabs.pretrain_words import EXPLAINED
from pipelines.training.schedules import Schedule
from pipelines.training.specs import PretrainSpec

# The fields that the plan is drawn from; another one leaves the figure as it is.
FIELDS = (
    "second_corpus",
    "second_share",
    "context_length",
    "max_steps",
    "batch_size",
    "gradient_accumulation_steps",
    "stages",
    "schedule",
    "learning_rate",
    "min_lr_ratio",
    "decay_share",
    "warmup_steps",
)


@dataclass(frozen=True)
class PlanPart:
    figure: gr.Plot
    stages: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        return [self.figure, self.stages]

    def drawn(self, spec: PretrainSpec) -> dict[Any, Any]:
        schedule = Schedule(
            spec.schedule, spec.max_steps, spec.warmup_steps, spec.decay_share, spec.min_lr_ratio
        )
        figure = plan_figure(spec.plan, schedule, spec.learning_rate)
        return {self.figure: figure, self.stages: stages_html(spec.plan)}


def plan_part() -> PlanPart:
    """Build it in the present place of the page."""
    gr.HTML("<h3>Plan of the run</h3>")
    classes = ["gw-plot", "gw-plot-plan", f"gw-h{HEIGHT}"]
    part = PlanPart(gr.Plot(show_label=False, container=False, elem_classes=classes), gr.HTML())
    with gr.Accordion("Which optimiser, which schedule?", open=False, elem_classes="gw-more"):
        gr.HTML(EXPLAINED)
    return part
