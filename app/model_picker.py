"""One model chooser for every tab. Offers what can do the asked-for thing, and takes any other name as typed
(``<owner>/<name>``, ``path:<dir>``); whether that name is good is the catalogue's to say.
"""

from typing import Any

import gradio as gr

from app.opening import when_opened
from app.services import Services
from app.units import short

_HELP = "Or type a Hub name: owner/name."


Capability = str | tuple[str, ...]


def model_picker(
    services: Services, capability: Capability = "causal-lm", label: str = "Model"
) -> gr.Dropdown:
    """A dropdown whose choices are read anew on page load and whenever it gets the focus. Of several
    capabilities, the models with the first come first."""

    def choices() -> list[tuple[str, str]]:
        return [(caption(entry), entry.name) for entry in able(services, capability)]

    def refresh(current: str | None) -> Any:
        """Never the value where there is one: the answer may come after the visitor has chosen another."""
        names = choices()
        return gr.Dropdown(choices=names) if current or not names else gr.Dropdown(names, value=names[0][1])

    offered = choices()
    picker = gr.Dropdown(
        offered,
        value=offered[0][1] if offered else None,
        label=label,
        info=_HELP,
        allow_custom_value=True,
        elem_classes="gw-model-picker",
    )
    when_opened(refresh, picker, picker)
    picker.focus(refresh, picker, picker, queue=False, show_progress="hidden", api_visibility="private")
    return picker


def able(services: Services, capability: Capability) -> list[Any]:
    """The models that can do it, or one of several things, the first of them first."""
    wanted = (capability,) if isinstance(capability, str) else capability
    return [entry for one in wanted for entry in services.models.entries(one)]


def default_model(services: Services, capability: Capability = "causal-lm") -> str | None:
    """The best house model, else the newest run; nothing when the house is empty."""
    entries = able(services, capability)
    return entries[0].name if entries else None


def caption(entry: Any) -> str:
    """``run/5766hc4fzjv3 · Tales · 4.1 M``: the one name, the title where it says more, the parameters."""
    return " · ".join([*_named(entry), short(entry.parameters)])


def tokenizer_caption(entry: Any) -> str:
    """``run/5766hc4fzjv3 · Tales · bpe · 8,192``: a tokenizer's name and title, its algorithm and size."""
    return " · ".join(filter(None, [*_named(entry), entry.algorithm, f"{entry.vocab_size:,}"]))


def _named(entry: Any) -> list[str]:
    return [entry.name, *([] if entry.name.rpartition("/")[2] in entry.title else [entry.title])]
