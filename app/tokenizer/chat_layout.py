"""The inputs and the results of *Chat template*: components and their places, no callbacks."""

from dataclasses import dataclass

import gradio as gr

from app.python_code import code_html
from app.services import Services
from app.status_line import status_line
from app.tokenizer import chat_view as view
from app.tokenizer.chat_inputs import EXAMPLES, PRESETS, as_text
from app.tokenizer.picker import tokenizer_picker

VIEWS = ("Text", "Tokens")
AUTOMATIC = ("As transformers chooses", "")
_SMALL = {"size": "sm", "min_width": 96, "scale": 0}
_EDITOR_JS = "glassworks.chatEditor(element, props, trigger, watch); // sends 'input'"
_CLICK_JS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-template], button[data-example]');
  if (button) trigger('select', { value: button.dataset.template ?? button.dataset.example });
});
"""


@dataclass(frozen=True)
class ChatInputs:
    """``presets`` are the buttons of :data:`PRESETS`, by name."""

    tokenizer: gr.Dropdown
    examples: gr.HTML
    messages: gr.HTML
    prompt: gr.Checkbox
    going_on: gr.Checkbox
    tools: gr.Textbox
    whose: gr.HTML
    choice: gr.Dropdown
    template: gr.Textbox
    reset: gr.Button
    presets: dict[str, gr.Button]


@dataclass(frozen=True)
class ChatResults:
    status: gr.HTML
    shown_as: gr.Radio
    legend: gr.HTML
    view: gr.HTML
    copy: gr.Button
    save: gr.Button
    code: gr.HTML


def chat_inputs(services: Services) -> ChatInputs:
    tokenizer = tokenizer_picker(services, elem_id="chat-tokenizer")
    buttons = "".join(
        f'<button type="button" class="gw-try" data-example="{place}">{example.label}</button>'
        for place, example in enumerate(EXAMPLES)
    )
    examples = gr.HTML(
        f'<div class="gw-tries" role="group" aria-label="Examples">{buttons}</div>', js_on_load=_CLICK_JS
    )
    messages = gr.HTML(
        as_text(EXAMPLES[0].messages), html_template="", js_on_load=_EDITOR_JS, elem_id="chat-messages"
    )
    prompt = gr.Checkbox(
        label="add_generation_prompt", info="End where the assistant begins to answer.", elem_id="chat-prompt"
    )
    going_on = gr.Checkbox(
        label="continue_final_message", info="End inside the last message.", elem_id="chat-continue"
    )
    with gr.Accordion("Tools", open=False, elem_classes="gw-more"):
        tools = gr.Textbox(
            "", label="Tools as JSON", lines=4, max_lines=14, elem_id="chat-tools", elem_classes="gw-mono",
            info="A list of JSON schemas; empty for none.",
        )  # fmt: skip
    with gr.Accordion("The template itself", open=False, elem_classes="gw-more"):
        template = _template()
    return ChatInputs(tokenizer, examples, messages, prompt, going_on, tools, **template)


def _template() -> dict[str, gr.Component | dict[str, gr.Button]]:
    whose = gr.HTML(view.whose_html("", False))
    choice = gr.Dropdown([AUTOMATIC], value="", label="Template", visible=False, elem_id="chat-choice")
    template = gr.Textbox(
        "", label="Jinja template", lines=10, max_lines=24, elem_id="chat-template", elem_classes="gw-mono",
        info="Edit it: what stands here is rendered. The tokenizer's files stay as they are.",
    )  # fmt: skip
    with gr.Row(elem_classes="gw-toolbar"):
        reset = gr.Button("Reset to the tokenizer's own", **_SMALL)
        presets = {name: gr.Button(label, **_SMALL) for name, (label, *_) in PRESETS.items()}
    return {"whose": whose, "choice": choice, "template": template, "reset": reset, "presets": presets}


def chat_results() -> ChatResults:
    status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box")
    shown_as = gr.Radio(
        VIEWS,
        value=VIEWS[0],
        label="Shown as",
        show_label=False,
        container=False,
        elem_id="chat-shown-as",
    )
    legend = gr.HTML(elem_id="chat-legend")
    shown = gr.HTML(
        view.chat_hint_html("Choose a tokenizer to see how it writes this conversation."),
        elem_id="chat-view",
        js_on_load=_CLICK_JS,
    )
    with gr.Row(elem_classes="gw-toolbar"):
        copy, save = (gr.Button(label, **_SMALL) for label in ("Copy text", "Download .json"))
    with gr.Accordion("The same in Python", open=False, elem_classes="gw-more"):
        code = gr.HTML(code_html(""))
    return ChatResults(status, shown_as, legend, shown, copy, save, code)
