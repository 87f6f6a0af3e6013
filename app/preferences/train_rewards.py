"""What an answer is worth, as a form: a weight for each reward, and beside it what the reward is measured by.
Knows no job and no round.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from app.prompt_lab.fields import Fields
from pipelines.training.preferring.online.rewards import REWARDS, RewardName

_QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


class RewardsForm:
    """Laid out in the present place of the page. ``fields`` is the form's of the whole spec, to which it adds
    those that rewards need; ``weights`` are those to begin with."""

    def __init__(self, fields: Fields, weights: Mapping[str, float]):
        self._fields = fields
        self._parts: dict[str, gr.Column] = {}
        self.weights: dict[str, gr.Number] = {}
        gr.HTML('<p class="gw-pref-step">What an answer is worth: the weighted sum</p>')
        with gr.Row(elem_classes="gw-pref-rewards"):
            for name, reward in REWARDS.items():
                with gr.Column(min_width=220, elem_classes="gw-pref-reward"):
                    self._reward(name, reward, weights.get(name, 0))

    @property
    def judge(self) -> gr.Dropdown:
        """Which reward model is asked."""
        return self._fields.components["reward_model"]

    @property
    def inputs(self) -> list[Any]:
        return list(self.weights.values())

    def wire(self) -> None:
        for name, part in self._parts.items():
            weight = self.weights[name]
            weight.change(lambda value: gr.Column(visible=bool(value)), weight, part, **_QUICK)

    def values(self, given: Mapping[Any, Any]) -> tuple[str, ...]:
        """As the spec's ``rewards``; those of no weight are left out. What is no number is the spec's to
        refuse."""
        held = {name: given[component] for name, component in self.weights.items()}
        return tuple(f"{name}={value:g}" for name, value in held.items() if value)

    def unneeded(self, given: Mapping[Any, Any]) -> set[str]:
        """Fields of rewards that have no weight."""
        off = {name for name, component in self.weights.items() if not given[component]}
        return {field for name in off for field in _fields_of(name)}

    def shown(self, rewards: Sequence[str]) -> dict[Any, Any]:
        """Updates that put a spec's ``rewards`` into the components."""
        told = dict(line.split("=") for line in rewards)
        return {component: float(told.get(name, 0)) for name, component in self.weights.items()}

    def _reward(self, name: str, reward: RewardName, weight: float) -> None:
        self.weights[name] = gr.Number(
            weight, label=reward.label, info=reward.help, minimum=0, maximum=100, step=0.1, min_width=200,
            elem_id=f"pref-reward-{name}",
        )  # fmt: skip
        if not reward.needs:
            return
        with gr.Column(visible=bool(weight), min_width=200, elem_classes="gw-pref-needs") as part:
            names = _fields_of(name)
            self._fields.more("pref-online", _among(names))
            if name == "model":
                self._fields.components["reward_model"] = _judge()
        self._parts[name] = part


def _fields_of(name: str) -> tuple[str, ...]:
    """The fields of the spec that this reward is measured by."""
    return ("target_length", "length_band", "at_most") if name == "length" else (REWARDS[name].needs,)


def _among(names: tuple[str, ...]) -> Callable[..., bool]:
    return lambda name, _: name in names and name != "reward_model"


def _judge() -> gr.Dropdown:
    return gr.Dropdown(
        [], value=None, label="Reward model", info="One of your own runs.", allow_custom_value=True,
        elem_id="pref-online-reward-model",
    )  # fmt: skip
