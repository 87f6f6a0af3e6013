"""Events that say what a visitor has set or opened are heard also while an earlier one is being answered.

Gradio drops an event whose like is under way, unless it is a ``change``: a slider that is drawn on, a second
choice or another row that is pressed before the answer has come would show in the page and have no effect.
Clicks stay as they are: a button that is pressed twice in a hurry acts once.
"""

import gradio as gr

# What visitors do to inputs, folds, tabs and tables. A `select` of an HTML block can be a button in it.
_SET = frozenset({"input", "change", "release", "expand", "collapse"})
_OPENED = (gr.Tab, gr.Tabs, gr.Dataframe)


def hear_every_one(page: gr.Blocks) -> None:
    """Of a page that is built whole: none of those events is dropped. Of several that wait the last one alone
    is asked; where the handler reads what the event brings, each: Gradio would ask again with what the first
    one brought."""
    for event in page.fns.values():
        if event.trigger_mode == "once" and event.targets and all(_says(page, *one) for one in event.targets):
            event.trigger_mode = "multiple" if event.collects_event_data else "always_last"


def _says(page: gr.Blocks, block: int | None, name: str) -> bool:
    return name in _SET or (name == "select" and isinstance(page.blocks.get(block), _OPENED))
