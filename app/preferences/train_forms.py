"""The settings of the ways to train, those of one way shown at a time. Knows no job and no round."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from app.preferences.train_data import KINDS, ONLINE
from app.preferences.train_online import ROUND, OnlineForm
from app.prompt_lab.fields import Fields
from pipelines.jobs.kinds import kind_named
from pipelines.training.preferring.specs import DpoSpec

_FIRST = ("beta", "loss_type", "sft_weight", "learning_rate", "num_epochs", "batch_size", "max_length")
_FIRST += ("gradient_accumulation_steps", "gradient_checkpointing")
_DPO_ALONE = ("loss_type", "sft_weight")  # KTO's losses have other names


class TrainForms:
    """Laid out in the present place of the page."""

    def __init__(self) -> None:
        with gr.Accordion(
            "Settings", open=False, elem_classes="gw-more", elem_id="pref-settings"
        ) as self.column:
            spec = DpoSpec(dataset="sample:-", base="-")
            with gr.Row(elem_classes="gw-tune-numbers"):
                self.pairs = Fields(spec, "pref-train", lambda name, _: name in _FIRST, boxes=_FIRST)
        self.online = OnlineForm()

    @property
    def judge(self) -> gr.Dropdown:
        """Which reward model is asked."""
        return self.online.rewards.judge

    @property
    def inputs(self) -> list[Any]:
        return [*self.pairs.inputs, *self.online.inputs]

    @property
    def outputs(self) -> list[Any]:
        return [self.column, *self.pairs.inputs, *self.online.outputs]

    def wire(self) -> None:
        self.online.wire()

    def shown(self, kind: str) -> dict[Any, Any]:
        """The fields of this way alone."""
        if kind in ONLINE:
            return {self.column: gr.Accordion(visible=False), **self.online.shown(kind)}
        fields = self.pairs.components.items()
        parts = {one: gr.update(visible=_has(kind, name)) for name, one in fields}
        return {
            self.column: gr.Accordion(visible=True),
            self.online.column: gr.Column(visible=False),
            **parts,
        }

    def values(self, kind: str, given: Mapping[Any, Any]) -> dict[str, Any]:
        """As fields of the kind's spec."""
        if kind in ONLINE:
            return self.online.values(given)
        return {name: value for name, value in self.pairs.values(given).items() if _has(kind, name)}

    def reads_round(self, kind: str, given: Mapping[Any, Any]) -> bool:
        """Whether something of the round is learnt from."""
        return kind in KINDS or given[self.online.source] == ROUND

    def mended(self, kind: str, mend: Mapping[str, Any]) -> dict[Any, Any]:
        """Updates that set fields as a button offers; what has no field is passed over."""
        if kind in ONLINE:
            return self.online.mended(mend)
        fields = self.pairs.components
        return {fields[name]: value for name, value in mend.items() if name in fields}

    def can_mend(self, kind: str, mend: Mapping[str, Any]) -> bool:
        return self.online.can_mend(mend) if kind in ONLINE else {*mend} <= {*self.pairs.components}


def _has(kind: str, name: str) -> bool:
    if name in _DPO_ALONE and kind != "dpo":
        return False
    return name in kind_named(kind).spec_class().__dataclass_fields__
