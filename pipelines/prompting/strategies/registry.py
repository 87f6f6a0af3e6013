"""All strategies by name: what each does, whose it is, its settings, and the most that an item takes.

>>> most("self_consistency", settings("self_consistency", {"samples": 5}))
Most(calls=1, samples=5, rounds=1)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import describe, from_dict, knobs
from pipelines.prompting.calls import Program
from pipelines.prompting.strategies import (
    cot,
    direct,
    few_shot_cot,
    least_to_most,
    react,
    scratchpad,
    self_consistency,
    self_refine,
    tot,
)
from pipelines.prompting.strategies.asking import Asking, Most


@dataclass(frozen=True)
class Kind:
    """``does`` explains it in one sentence. ``for_numbers`` are the defaults that differ on a task whose
    answers are numbers. ``uses_tools``: it can do nothing without; ``uses_examples``: nor this without."""

    title: str
    does: str
    paper: str
    settings: type
    program: Callable[[Asking], Program]
    for_numbers: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    uses_tools: bool = False
    uses_examples: bool = False


def _kind(module: Any, title: str, does: str, paper: str, **more: Any) -> Kind:
    return Kind(title, does, paper, module.Settings, module.program, **more)


STRATEGIES: dict[str, Kind] = {
    "direct": _kind(
        direct, "Direct", "The answer at once, without steps.", "Brown et al. 2020, arXiv:2005.14165",
        for_numbers=MappingProxyType({"instruction": direct.NUMBER_ONLY}),
    ),
    "cot": _kind(
        cot, "Chain of thought", "One sentence asks for the steps before the answer.",
        "Kojima et al. 2022, arXiv:2205.11916",
    ),
    "few_shot_cot": _kind(
        few_shot_cot, "Few-shot chain of thought", "Examples with their steps show how to work it out.",
        "Wei et al. 2022, arXiv:2201.11903", uses_examples=True,
    ),
    "self_consistency": _kind(
        self_consistency, "Self-consistency",
        "Several chains of thought are drawn, and their most frequent answer is taken.",
        "Wang et al. 2022, arXiv:2203.11171",
    ),
    "tot": _kind(
        tot, "Tree of thoughts", "Next steps are drawn, judged by the model itself, and the best go on.",
        "Yao et al. 2023, arXiv:2305.10601",
    ),
    "react": _kind(
        react, "ReAct", "The model thinks, calls a tool, hears the result, and so on until it finishes.",
        "Yao et al. 2023, arXiv:2210.03629", uses_tools=True,
    ),
    "self_refine": _kind(
        self_refine, "Self-refine", "A draft, a critique of it, a better version, until no fault is found.",
        "Madaan et al. 2023, arXiv:2303.17651",
    ),
    "least_to_most": _kind(
        least_to_most, "Least to most", "The question is split into simpler ones, which are solved in turn.",
        "Zhou et al. 2022, arXiv:2205.10625",
    ),
    "scratchpad": _kind(
        scratchpad, "Scratchpad", "The work stands between two markers, and the answer after them.",
        "Nye et al. 2021, arXiv:2112.00114",
    ),
}  # fmt: skip


def kind(name: str) -> Kind:
    if not isinstance(name, str) or name not in STRATEGIES:
        raise SpecError("strategy", name, "one of " + ", ".join(STRATEGIES))
    return STRATEGIES[name]


def settings(name: str, values: dict[str, Any] | None = None, numbers: bool = False) -> Any:
    """The settings of a strategy: ``values``, and the defaults for the rest. ``numbers``: the answers of the
    task are numbers. Raises :class:`SpecError` naming the setting."""
    found, given = kind(name), {} if values is None else values
    if not isinstance(given, dict):
        raise SpecError("settings", given, f"an object with settings of {name}")
    return from_dict(found.settings, {**(found.for_numbers if numbers else {}), **given})


def described(name: str) -> list[dict[str, Any]]:
    """Each setting with its label, help, default and what it accepts, for a form or an endpoint."""
    cls = kind(name).settings
    hints = cls.__annotations__
    return [
        {
            "name": one,
            "label": knob.label,
            "help": knob.help,
            "default": getattr(cls, one),
            "accepts": describe(knob, hints[one]),
        }
        for one, knob in knobs(cls).items()
    ]


def most(name: str, chosen: Any) -> Most:
    """The most that one item takes under these settings: none takes more, and many take less."""
    return _own(name, chosen).most()


def begun(name: str, asking: Asking) -> Program:
    """The program of one item, which has asked nothing yet."""
    _own(name, asking.settings)
    if kind(name).uses_tools and not asking.tools:
        raise SpecError("tools", list(asking.tools), f"at least one tool for {name}")
    return kind(name).program(asking)


def _own(name: str, chosen: Any) -> Any:
    if not isinstance(chosen, kind(name).settings):
        raise SpecError("settings", chosen, f"settings of {name}")
    return chosen
