"""How is searched and answered, as two folds of the form; and the way there and back between their components
and the specs.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.model_picker import able, caption
from app.prompt_lab.fields import Fields, together
from app.services import Services
from pipelines.core.fields import Knob, knobs
from pipelines.rag.specs import DOCUMENT_KINDS, AnswerSpec, SearchSpec

_OWN = "The house's own"
_CHOSEN = ("model", "qa_model", "kinds")  # fields that have a chooser of their own


class SettingsPart:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        with gr.Accordion("Retrieval", open=False, elem_classes="gw-more", elem_id="rag-retrieval-fold"):
            self._search = Fields(SearchSpec(), "rag-search", _plain(advanced=False))
            with gr.Accordion("More of the retrieval", open=False, elem_classes="gw-more"):
                self._search.more("rag-search", _plain(advanced=True))
                self.kinds = _several(SearchSpec, "kinds", DOCUMENT_KINDS)
        with gr.Accordion("Answer", open=False, elem_classes="gw-more", elem_id="rag-answer-fold"):
            self.model = _chooser(AnswerSpec, "model", model_choices(services))
            self._answer = Fields(AnswerSpec(), "rag-answer", _plain(advanced=False), {"system_prompt": 3})
            with gr.Accordion("More of the answer", open=False, elem_classes="gw-more"):
                self.qa_model = _chooser(AnswerSpec, "qa_model", _named(services, "question-answering"))
                self._answer.more("rag-answer", _plain(advanced=True))

    @property
    def inputs(self) -> list[Any]:
        return [*self._search.inputs, self.kinds, self.model, self.qa_model, *self._answer.inputs]

    def search(self, given: dict[Any, Any]) -> SearchSpec:
        """Raises SpecError naming the field and what it accepts."""
        return SearchSpec.from_dict({**self._search.values(given), "kinds": tuple(given[self.kinds] or ())})

    def answer(self, given: dict[Any, Any]) -> AnswerSpec:
        """Raises SpecError naming the field and what it accepts."""
        chosen = {
            name: given[one] or "" for name, one in (("model", self.model), ("qa_model", self.qa_model))
        }
        return AnswerSpec.from_dict({**self._answer.values(given), **chosen})

    def shown(self, search: SearchSpec, answer: AnswerSpec) -> dict[Any, Any]:
        """Updates that put the specs into the form."""
        chosen = {self.kinds: list(search.kinds), self.model: answer.model, self.qa_model: answer.qa_model}
        return together((self._search.shown(search.to_dict()), self._answer.shown(answer.to_dict()), chosen))

    def models(self) -> dict[Any, Any]:
        """The models of today, without another value in the place of a chosen one."""
        return {self.model: gr.Dropdown(choices=model_choices(self._services))}


def model_choices(services: Services) -> list[tuple[str, str]]:
    """The house's own first, then what else writes, then the servers that the owner has named."""
    servers = [f"endpoint:{one.name}" for one in services.models.endpoints()]
    return [(_OWN, ""), *_named(services, "causal-lm"), *((name, name) for name in servers)]


def _named(services: Services, capability: str) -> list[tuple[str, str]]:
    return [(caption(entry), entry.name) for entry in able(services, capability)]


def _plain(advanced: bool) -> Callable[[str, Knob], bool]:
    return lambda name, knob: name not in _CHOSEN and knob.advanced == advanced


def _chooser(spec: type, name: str, choices: list[tuple[str, str]]) -> gr.Dropdown:
    knob = knobs(spec)[name]
    return gr.Dropdown(
        choices, value=getattr(spec(), name), label=knob.label, info=knob.help, allow_custom_value=True,
        elem_id=f"rag-answer-{name.replace('_', '-')}",
    )  # fmt: skip


def _several(spec: type, name: str, choices: tuple[str, ...]) -> gr.Dropdown:
    knob = knobs(spec)[name]
    return gr.Dropdown(
        list(choices), value=[], multiselect=True, label=knob.label, info=knob.help,
        elem_id=f"rag-search-{name}",
    )  # fmt: skip
