"""What GRPO and RLOO are told, as a form: where the prompts come from, what an answer is worth, how it is
learnt. Knows no job and no round.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from app.preferences.train_rewards import RewardsForm
from app.prompt_lab.fields import Fields
from pipelines.core.fields import knobs
from pipelines.training.preferring.online.specs import GrpoSpec, RlooSpec

ROUND = "rows"  # the spec's word for prompts that are given, here those of the round
_SOURCES = [("Word problems", "words"), ("Sums", "sums"), ("The prompts of this round", ROUND)]
_FIRST = GrpoSpec(base="-", problems=_SOURCES[0][1], max_steps=40)
_RLOO = RlooSpec(base="-", problems=_SOURCES[0][1])
_MADE = ("num_problems", "digits", "problem_steps", "form")  # of problems that are made
_ONLY = {"digits": "sums", "problem_steps": "words"}
_MAIN = (
    "num_generations",
    "batch_size",
    "max_new_tokens",
    "max_length",
    "temperature",
    "beta",
    "learning_rate",
)
_MAIN += ("max_steps", "num_epochs")
_MORE = ("method", "loss_type", "scale_rewards", "epsilon", "epsilon_high", "num_iterations", "eval_every")
_MORE += ("gradient_accumulation_steps", "gradient_checkpointing", "chat_template", "seed")
_BOXES = tuple(knobs(GrpoSpec))  # numbers are typed: what was typed must survive a refusal
_OF_GRPO = ("loss_type", "scale_rewards", "epsilon_high")
_JUDGED = ("length=1",), {"target_length": 60, "length_band": 40, "at_most": True}  # without right answers
_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


class OnlineForm:
    """Laid out in the present place of the page."""

    def __init__(self) -> None:
        with gr.Column(visible=False, elem_classes="gw-pref-online") as self.column:
            self.source = gr.Radio(
                _SOURCES, value=_FIRST.problems, label="Prompts", interactive=True, elem_id="pref-source",
                info="Problems are made here, as many as are wanted; what is measured on is none of them.",
            )  # fmt: skip
            with gr.Row(elem_classes="gw-tune-numbers"):
                self._fields = Fields(_FIRST, "pref-online", _named(*_MADE, "eval_prompts"), boxes=_BOXES)
            self.rewards = RewardsForm(self._fields, _FIRST.weights)
            gr.HTML('<p class="gw-pref-step">How it is learnt</p>')
            with gr.Row(elem_classes="gw-tune-numbers"):
                self._fields.more("pref-online", _named(*_MAIN))
            more = gr.Accordion("More settings", open=False, elem_classes="gw-more")
            with more, gr.Row(elem_classes="gw-tune-numbers"):
                self._fields.more("pref-online", _named(*_MORE))
                self._of_rloo = Fields(_RLOO, "pref-online", _named("normalize_advantages"))
        fields = self._fields.components
        fields["problem_steps"].visible = True
        fields["digits"].visible = False

    @property
    def inputs(self) -> list[Any]:
        return [self.source, *self.rewards.inputs, *self._fields.inputs, *self._of_rloo.inputs]

    @property
    def outputs(self) -> list[Any]:
        return [self.column, *self.inputs]

    def wire(self) -> None:
        self.rewards.wire()
        self.source.input(self._sourced, self.source, self.outputs, **_QUICK)

    def shown(self, kind: str) -> dict[Any, Any]:
        """The fields that this kind has."""
        fields, grpo = self._fields.components, kind == "grpo"
        parts = {fields[name]: gr.update(visible=grpo) for name in _OF_GRPO}
        parts |= {one: gr.update(visible=not grpo) for one in self._of_rloo.inputs}
        return {self.column: gr.Column(visible=True), **parts}

    def values(self, given: Mapping[Any, Any]) -> dict[str, Any]:
        """As the fields of a spec of either kind, without those that mean nothing beside the others."""
        source = given[self.source]
        dropped = self.rewards.unneeded(given) | ({*_MADE} if source == ROUND else set())
        held = {**self._fields.values(given), **self._of_rloo.values(given)}
        told = {name: value for name, value in held.items() if name not in dropped}
        return {**told, "problems": source, "rewards": self.rewards.values(given)}

    def mended(self, mend: Mapping[str, Any]) -> dict[Any, Any]:
        """Updates that set fields as a finding offers; what has no field is passed over."""
        fields = self._fields.components
        found = {fields[name]: value for name, value in mend.items() if name in fields}
        return found | (self.rewards.shown(mend["rewards"]) if "rewards" in mend else {})

    def can_mend(self, mend: Mapping[str, Any]) -> bool:
        return {*mend} <= {"rewards", *self._fields.components}

    def _sourced(self, source: str) -> dict[Any, Any]:
        """The fields that belong to these prompts; those of a round have no right answers, so something else
        must be worth something."""
        fields = self._fields.components
        parts = {
            fields[name]: gr.update(visible=_ONLY.get(name, source) == source and source != ROUND)
            for name in _MADE
        }
        rewards, needed = _JUDGED if source == ROUND else (_FIRST.rewards, {})
        return parts | self.rewards.shown(rewards) | {fields[name]: value for name, value in needed.items()}


def _named(*names: str) -> Any:
    return lambda name, _: name in names
