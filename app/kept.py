"""What a browser remembers of a tab from one visit to the next, as JSON in its local storage.

It is read in the moment when the tab is opened (:func:`app.opening.when_opened`). gr.BrowserState reads it
once its own script has come, which on a slow machine is later: the tab then opened as at the first visit.
"""

import json
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr

_KEYS: "WeakKeyDictionary[Any, str]" = WeakKeyDictionary()

_KEEP_JS = "(...values) => localStorage.setItem(%s, JSON.stringify((%s)(...values)))"
_READ_JS = """(...values) => {
  for (const [at, key] of %s) {
    try {
      values[at] = JSON.parse(localStorage.getItem(key));
    } catch {
      values[at] = null; // not ours
    }
  }
  return values.length === 1 ? values[0] : values;
}"""


def kept(key: str) -> gr.JSON:
    """An input of handlers of ``when_opened``: what is remembered under ``key``, None for nothing. Anyone may
    have written it."""
    made = gr.JSON(visible=False)
    _KEYS[made] = key
    return made


def keep(component: gr.JSON, triggers: Sequence[Any], inputs: Sequence[Any], js: str) -> None:
    """Remember what the script ``js`` makes of the inputs' values, whenever one of the triggers fires. To be
    wired before the triggers' other events: the page takes one after the other, and on a slow machine it is
    perhaps closed before it comes to the last."""
    gr.on(triggers, None, inputs, None, js=_KEEP_JS % (json.dumps(_KEYS[component]), js))


def reading_js(inputs: Sequence[Any]) -> str | None:
    """The script that puts what is remembered into its places among the inputs; None where there are none."""
    places = [(at, _KEYS[one]) for at, one in enumerate(inputs) if one in _KEYS]
    return _READ_JS % json.dumps(places) if places else None
