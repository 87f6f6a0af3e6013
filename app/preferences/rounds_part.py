"""Which round is open: one's own, or one that a link opens; how a new one is made, and what its owner does
with it. Whose it is, is the service's to check.
"""

import re
import time
from typing import Any

import gradio as gr

from app.choosers import first_choice, put, take_first
from app.errors import message_of
from app.model_picker import model_picker
from app.preference_rights import made_round
from app.preferences.rounds_view import head_html
from app.preferences.words import TAB
from app.prompt_lab.fields import Fields
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.preferences.records import Round
from pipelines.preferences.specs import RoundSpec

BARE = {"apply_default_css": False}  # the tab's own style sheet says how its HTML looks
QUICK = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_JS = "glassworks.rag.actions(element, trigger, watch); // 'select'"
_IN_LINK = re.compile(r"[?&]round=([\w-]{1,80})")
_FIRST = ("title", "prompts", "own_prompts", "annotators", "guidelines")
_APART = ("model_a", "model_b", "purpose")
_MANAGED = {
    "close": "close_round",
    "reopen": "reopen",
    "delete": "delete",
}  # what the page says: the service's


class RoundsPart:
    """Laid out in the present place of the page. ``round`` holds the id of the open round, or the code of one
    that is another's: whoever follows it listens to its change. ``revised`` changes when its owner has
    renamed, closed or reopened it."""

    def __init__(self, services: Services):
        self._services = services
        self.round, self.revised, self.offered = signal(), signal(), signal()
        self.choose = gr.Dropdown(
            [], label="Round", allow_custom_value=True, elem_id="pref-round",
            info="One of yours, or the link of one that you were asked to vote in.",
        )  # fmt: skip
        self.head = gr.HTML(elem_id="pref-head", js_on_load=_JS, **BARE)
        self.error = gr.HTML(elem_id="pref-error")
        with gr.Accordion("New round", open=False, elem_classes="gw-more", elem_id="pref-new") as self.fold:
            self._form()

    def _form(self) -> None:
        self.model_a = model_picker(self._services, "causal-lm", "Model A")
        self.model_b = model_picker(self._services, "causal-lm", "Model B")
        for picker, name in ((self.model_a, RoundSpec.model_a), (self.model_b, RoundSpec.model_b)):
            if any(name == offered for _, offered in picker.choices):
                picker.value = name
        lines = {"own_prompts": 3, "guidelines": 2, "system": 2}
        first = _FIRST.__contains__
        self._fields = Fields(RoundSpec(), "pref-new", lambda name, _: first(name), lines)
        with gr.Accordion("How the answers are written", open=False, elem_classes="gw-more"):
            self._fields.more("pref-new", lambda name, _: not first(name) and name not in _APART)
        self.create = gr.Button("Make the round", variant="primary", elem_id="pref-create")

    def wire(self) -> None:
        self.choose.input(self._chosen, self.choose, [self.round, self.error], **QUICK)
        take_first(self.offered, self.round)
        looked = [self.round, self.choose]
        self.round.change(self._shown, looked, [self.choose, self.head, self.error], **QUICK)
        managed = [self.round, self.choose, self.head, self.error, self.revised]
        self.head.select(self._managed, self.round, managed, **QUICK)
        form = {*self._fields.inputs, self.model_a, self.model_b}
        self.create.click(self._created, form, [self.round, self.error, self.fold], **QUICK)

    # Callbacks: each is public; the service checks whose the round is.

    def opened(self, chosen: str, kept: Any, request: gr.Request) -> tuple[Any, Any]:
        """The rounds of today; at the first time one of them for ``offered``: that of the address, else the
        one that was open here, else the newest. ``kept`` is what the browser remembers: {"round": id or
        code}."""
        owner = self.owner(request)
        if chosen:
            return gr.Dropdown(choices=self._choices(owner, chosen)), gr.skip()
        query = dict(request.query_params)
        wanted = [query.get("round") if query.get("tab") == TAB else None]
        wanted += [kept.get("round") if isinstance(kept, dict) else None]
        names = (name for name in wanted if self._found(name, owner))
        begin = next(names, None) or next((one.id for one in self._services.preferences.rounds(owner)), "")
        return gr.Dropdown(choices=self._choices(owner, begin)), first_choice(begin)

    def _chosen(self, value: str | None, request: gr.Request) -> tuple[Any, Any]:
        typed = str(value or "").strip()
        if not typed:
            return gr.skip(), ""
        within = _IN_LINK.search(typed)
        name = within[1] if within else typed
        try:
            self._services.preferences.round(name, self.owner(request))
        except Exception as error:
            return gr.skip(), error_html(message_of(error))
        return name, ""

    def _shown(self, chosen: str, held: str | None, request: gr.Request) -> tuple[Any, Any, str]:
        owner = self.owner(request)
        try:
            head = self._head(chosen, owner) if chosen else ""
        except Exception as error:
            return gr.Dropdown(choices=self._choices(owner)), "", error_html(message_of(error))
        return gr.update(choices=self._choices(owner, chosen), **put(held, chosen or None)), head, ""

    def _managed(self, chosen: str, request: gr.Request, event: gr.EventData = None) -> dict[Any, Any]:
        told, owner, service = told_by(event), self.owner(request), self._services.preferences
        does = told.get("does")
        try:
            if does == "rename":
                service.rename(chosen, str(told.get("title") or ""), owner)
            elif does in _MANAGED:
                getattr(service, _MANAGED[does])(chosen, owner)
            if does == "delete":
                left = self._choices(owner)
                return {self.round: left[0][1] if left else "", self.choose: gr.Dropdown(choices=left)}
            choices, head = self._choices(owner, chosen), self._head(chosen, owner)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        named = gr.Dropdown(choices=choices, value=chosen)
        return {self.choose: named, self.head: head, self.error: "", self.revised: str(time.time())}

    def _created(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        try:
            values = self._fields.values(given)
            values |= {"model_a": given[self.model_a] or "", "model_b": given[self.model_b] or ""}
            made = self.make(RoundSpec.from_dict(values), request)
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {self.round: made.id, self.error: "", self.fold: gr.Accordion(open=False)}

    # What the other parts ask.

    def make(self, spec: RoundSpec, request: gr.Request) -> Round:
        """A round of this visitor's, of models that they may use. Raises a GlassworksError."""
        return made_round(self._services, self._services.identity.visitor(request), spec)

    def owner(self, request: gr.Request) -> str:
        return self._services.identity.visitor(request).id

    def _head(self, chosen: str, owner: str) -> str:
        found = self._services.preferences.round(chosen, owner)
        return head_html(found, found.owner == owner)

    def _found(self, name: Any, owner: str) -> Round | None:
        try:
            return self._services.preferences.round(name, owner) if isinstance(name, str) and name else None
        except GlassworksError:
            return None

    def _choices(self, owner: str, chosen: str = "") -> list[tuple[str, str]]:
        """Own ones, and the open one where it is another's, by its code."""
        listed = [(one.title, one.id) for one in self._services.preferences.rounds(owner)]
        if chosen and all(id_ != chosen for _, id_ in listed):
            shared = self._found(chosen, owner)
            listed += [(f"{shared.title} · by link", chosen)] if shared else []
        return listed


def told_by(event: gr.EventData | None) -> dict[str, Any]:
    """What a button of the page has sent; anyone may have written it."""
    told = getattr(event, "_data", None)
    return told if isinstance(told, dict) else {}
