"""The tab over real stores, and rows of a visitor's own."""

import json

import gradio as gr
import pytest

from app.fine_tune.tab import FineTune
from tests.support import workshop

asked_by, services = workshop.asked_by, workshop.services
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def tab(services):
    with gr.Blocks() as page, gr.Tabs(), gr.Tab("Fine-tune"):
        made = FineTune(services)
        made.wire()
    made.page = page
    return made


@pytest.fixture
def given(tab):
    """``given(task="classify")`` → what the browser would send: the form as it stands first, some of it
    changed by the fields' names."""

    def values(**changed):
        standing = {component: component.value for component in tab.form.inputs}
        standing |= {component: component.value for component in (tab.data.format, *tab.data.slots)}
        return standing | {tab.form.fields[name]: value for name, value in changed.items()}

    return values


@pytest.fixture
def rows(services):
    """``rows("eve")`` → the id of eight rows of eve's, prompts with answers that hold HTML."""

    def add(owner="owner") -> str:
        lines = [json.dumps({"ask": f"Say {n}. {HOSTILE}", "reply": f"It is {n}."}) for n in range(8)]
        return services.rows.add_text("\n".join(lines), owner, "Numbers").id

    return add
