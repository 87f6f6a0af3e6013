"""Chat template: a conversation as the tokenizer's template writes it, whose words are whose, and what
training would learn of it; below, the tokenizer's special tokens.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.identity import Visitor
from app.parts import QUIET, Part
from app.python_code import code_html
from app.services import Services
from app.status_line import status_line
from app.tokenizer import chat_view as view
from app.tokenizer.asking import ask
from app.tokenizer.chat_inputs import EXAMPLES, PRESETS, as_text, chat_request
from app.tokenizer.chat_layout import AUTOMATIC, chat_inputs, chat_results
from app.tokenizer.parts import Text
from app.tokenizer.special_view import special_html
from app.tokenizer.tools_code import chat_code, tokenizer_source
from pipelines.core.errors import GlassworksError
from pipelines.tokenization.answers import Described
from pipelines.tokenization.chat import GENERATION, RenderedChat
from pipelines.tokenization.requests import ChatRequest, DescribeRequest

_VIEW_JS = "(view) => { document.getElementById('chat-view').dataset.view = view; }"
_COPY_JS = "(text) => glassworks.copy(text, 'The rendered text is copied')"
_SAVE_JS = "(text) => glassworks.saveData(text, 'chat.json')"


@dataclass(frozen=True)
class _Now:
    """What stands on the page: the tokenizer that is described, the template of its own that was put into the
    box, and the conversation that was rendered."""

    described: Described | None = None
    own: str = ""
    request: ChatRequest | None = None
    chat: RenderedChat | None = None


@dataclass(frozen=True)
class _Asked:
    """The values of the part's inputs, in their order."""

    tokenizer: str
    messages: str
    tools: str
    add_generation_prompt: bool
    continue_final_message: bool
    template: str
    choice: str
    now: _Now


def build(services: Services) -> Part:
    return ChatPart(services).part()


class ChatPart:
    """Callbacks and wiring of the components that :mod:`app.tokenizer.chat_layout` places."""

    def __init__(self, services: Services):
        self._services = services
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(elem_classes="gw-inputs gw-chat-inputs", min_width=280):
                self.form = form = chat_inputs(services)
            with gr.Column(elem_classes="gw-result", min_width=280):
                self.results = results = chat_results()
        gr.HTML('<h3 class="gw-details-head">Special tokens of this tokenizer</h3>')
        special = gr.HTML(elem_id="chat-special")
        self.now, self.carried = gr.State(_Now()), gr.Textbox(visible=False)
        self.inputs = [
            form.tokenizer, form.messages, form.tools, form.prompt, form.going_on, form.template, form.choice,
            self.now,
        ]  # fmt: skip
        # Updates are put in one after the other, and a text box that changes asks anew at once: boxes last.
        self.examples_put = [form.prompt, form.going_on, form.messages, form.tools]
        self.outputs = {
            "status": results.status, "view": results.view, "legend": results.legend, "code": results.code,
            "whose": form.whose, "special": special, "now": self.now, "choice": form.choice,
            "template": form.template,
        }  # fmt: skip

    # Wiring.

    def part(self) -> Part:
        self._wire()
        form = self.form
        triggers = [
            form.tokenizer.change, form.messages.input, form.tools.change, form.prompt.input,
            form.going_on.input, form.template.change, form.choice.input,
        ]  # fmt: skip
        return Part(list(self.outputs.values()), self.show, self.inputs, triggers)

    def _wire(self) -> None:
        outputs, form, results = [*self.outputs.values()], self.form, self.results
        form.examples.select(self._example, self.inputs, [*self.examples_put, *outputs], **QUIET)
        results.view.select(self._preset, self.inputs, outputs, **QUIET)
        for name, button in form.presets.items():
            button.click(self._with_template(PRESETS[name][1]), self.inputs, outputs, **QUIET)
        form.reset.click(self._with_template(None), self.inputs, outputs, **QUIET)
        results.shown_as.change(None, results.shown_as, None, js=_VIEW_JS)
        for button, made, js in ((results.copy, _text, _COPY_JS), (results.save, _data, _SAVE_JS)):
            told = button.click(shown(made), self.now, self.carried, **QUIET)
            told.success(None, self.carried, None, js=js)

    # Callbacks.

    def show(self, visitor: Visitor, _text: Text | None, *values: Any) -> list[Any]:
        """One update for each output; what is refused stands in the part's own status line."""
        drawn = self._drawn(visitor, _Asked(*values))
        return [drawn.get(name, gr.skip()) for name in self.outputs]

    def _example(self, event: gr.EventData, request: gr.Request, *values: Any) -> list[Any]:
        try:
            example = EXAMPLES[int(event.value)]
        except (TypeError, ValueError, IndexError):
            return [gr.skip()] * (len(self.examples_put) + len(self.outputs))
        put = {
            "add_generation_prompt": example.open_ended,
            "continue_final_message": False,
            "messages": as_text(example.messages),
            "tools": as_text(example.tools) if example.tools else "",
        }
        return [*put.values(), *self._answered(request, replace(_Asked(*values), **put))]

    def _preset(self, event: gr.EventData, request: gr.Request, *values: Any) -> list[Any]:
        if event.value not in PRESETS:
            return [gr.skip()] * len(self.outputs)
        return self._with_template(PRESETS[event.value][1])(request, *values)

    def _with_template(self, template: str | None) -> Any:
        """A callback that puts a template into the box, the tokenizer's own for None."""

        def put(request: gr.Request, *values: Any) -> list[Any]:
            asked = _Asked(*values)
            own = _own(asked.now.described, asked.choice, asked.tools) if asked.now.described else ""
            given = own if template is None else template
            drawn = {"template": given}
            return self._answered(request, replace(asked, template=given), drawn)

        return put

    def _answered(self, request: gr.Request, asked: _Asked, drawn: dict[str, Any] | None = None) -> list[Any]:
        try:
            drawn = {**(drawn or {}), **self._drawn(self._services.identity.visitor(request), asked)}
        except Exception as error:
            drawn = {"status": status_line("failed", message_of(error))}
        return [drawn.get(name, gr.skip()) for name in self.outputs]

    def _drawn(self, visitor: Visitor, asked: _Asked) -> dict[str, Any]:
        """Updates by output. The tokenizer is described where it is another one; then the template is chosen,
        and the conversation rendered."""
        drawn: dict[str, Any] = {}
        try:
            now = self._described(visitor, asked, drawn)
            if now is None:
                return drawn
            template, drawn["now"] = _template_of(asked, now, drawn)
            self._render(visitor, replace(asked, template=template), drawn["now"], drawn)
        except GlassworksError as error:
            drawn["status"] = status_line("failed", message_of(error))
        return drawn

    def _described(self, visitor: Visitor, asked: _Asked, drawn: dict[str, Any]) -> _Now | None:
        now, name = asked.now or _Now(), asked.tokenizer
        if not name:
            drawn["status"] = status_line("idle", "Choose a tokenizer")
            return None
        if now.described and now.described.name == name:
            return now
        drawn |= {"view": "", "legend": "", "special": "", "now": _Now(own=now.own)}
        described = ask(self._services, visitor, DescribeRequest(name))
        names = [AUTOMATIC, *((n, n) for n, _ in described.chat_templates)]
        drawn["choice"] = gr.Dropdown(choices=names, value="", visible=len(names) > 2)
        drawn["special"] = special_html(described)
        return _Now(described, now.own)

    def _render(self, visitor: Visitor, asked: _Asked, now: _Now, drawn: dict[str, Any]) -> None:
        edited = asked.template != now.own
        drawn["whose"] = view.whose_html(now.described.name, edited, bool(now.own))
        if not asked.template.strip():
            drawn |= _without_template(now)
            return
        request = chat_request(
            asked.tokenizer, asked.messages, asked.tools, bool(asked.add_generation_prompt),
            bool(asked.continue_final_message), asked.template,
        )  # fmt: skip
        chat = now.chat if request == now.request else ask(self._services, visitor, request)
        special = [t.id for t in now.described.special if t.special and t.id is not None]
        drawn["view"], drawn["legend"] = view.chat_html(chat, special), view.legend_html(chat)
        drawn["status"] = view.chat_status_html(chat, edited)
        source = tokenizer_source(self._services, visitor, asked.tokenizer)
        others = asked.template != _own(now.described, "", asked.tools)
        drawn["code"] = code_html(chat_code(source, request, others, chat.mask_from == GENERATION))
        drawn["now"] = replace(now, request=request, chat=chat)


def _template_of(asked: _Asked, now: _Now, drawn: dict[str, Any]) -> tuple[str, _Now]:
    """The template to render. The box gets the tokenizer's own where it holds one that nobody has edited, and
    where another tokenizer with one of its own was chosen."""
    choice = "" if "choice" in drawn else asked.choice
    own, given = _own(now.described, choice, asked.tools), asked.template or ""
    taken = given == now.own or ("choice" in drawn and own) or (own != now.own and own)
    if not taken:
        return given, replace(now, own=own)
    if given != own:
        drawn["template"] = own
    return own, replace(now, own=own)


def _own(described: Described, choice: str, tools: str) -> str:
    """The chosen one of the tokenizer's templates; else, as transformers chooses, that for tools where there
    are tools, or the first."""
    named = dict(described.chat_templates)
    first = next(iter(named.values()), "")
    return named.get(choice) or ((tools or "").strip() and named.get("tool_use")) or first


def _without_template(now: _Now) -> dict[str, Any]:
    special = {token.text for token in now.described.special}
    blank = {"legend": "", "code": code_html(""), "now": replace(now, request=None, chat=None)}
    if now.own:
        hint = view.chat_hint_html(
            "The template's box is empty. Write one, or reset it to the tokenizer's own."
        )
        return {**blank, "view": hint, "status": status_line("idle", "No template")}
    offer = view.without_template_html(now.described.name, special)
    return {**blank, "view": offer, "status": status_line("idle", "This tokenizer has no chat template")}


def _text(now: _Now) -> str:
    if not (now and now.chat):
        raise GlassworksError("There is no rendered text yet.")
    return now.chat.text


def _data(now: _Now) -> str:
    if not (now and now.chat):
        raise GlassworksError("There is nothing to save yet.")
    return json.dumps(view.as_data(now.request.tokenizer, now.chat), indent=1)
