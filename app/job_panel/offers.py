"""The buttons of a job that has failed for want of memory: other settings, for the form that started it."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

# A click on a mend becomes a `select` event that carries what it changes.
MEND_JS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-mend]');
  if (button) trigger('select', { value: button.dataset.mend });
});
"""
_TITLES = {
    "batch_size": "Half the batch, twice the passes",
    "gradient_checkpointing": "Compute activations again",
    "max_length": "Shorter rows",
    "max_new_tokens": "Shorter answers",
    "num_generations": "Fewer answers a prompt",
}


def offers_html(mends: Sequence[Mapping[str, Any]]) -> str:
    """A button for each; nothing where there is none."""
    buttons = "".join(
        f'<button type="button" data-mend="{escape(json.dumps(mend))}">{escape(offer_words(mend))}</button>'
        for mend in mends
    )
    label = "Try with less memory"
    return f'<div class="gw-offers" role="group" aria-label="{label}">{buttons}</div>' if mends else ""


def offer_words(mend: Mapping[str, Any]) -> str:
    """What a button says.

    >>> offer_words({"gradient_checkpointing": True})
    'Compute activations again: gradient_checkpointing on'
    """
    title = next((_TITLES[name] for name in mend if name in _TITLES), "Change")
    return f"{title}: {settings_words(mend)}"


def settings_words(mend: Mapping[str, Any]) -> str:
    """
    >>> settings_words({"batch_size": 4, "gradient_accumulation_steps": 2})
    'batch_size 4, gradient_accumulation_steps 2'
    """
    return ", ".join(f"{name} {'on' if value is True else value}" for name, value in mend.items())
