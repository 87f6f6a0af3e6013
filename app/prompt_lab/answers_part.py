"""How an answer is read out of a response, with a place to try a pattern out."""

from html import escape
from typing import Any

import gradio as gr

from app.errors import message_of
from app.forms import knob_component
from app.tabs.pretrain_views import error_html
from pipelines.core.fields import knobs
from pipelines.prompting.calls import Item
from pipelines.prompting.extraction.forms import FORMS
from pipelines.prompting.extraction.kinds import KINDS
from pipelines.prompting.extraction.reading import CUSTOM, FLEXIBLE, STRICT, Reading
from pipelines.prompting.lab.questions import reading_of
from pipelines.prompting.specs import Answers

_SAMPLE = "There are 4 + 3 = 7 apples. 7 - 2 = 5 are left. The answer is 5. (It was 7 at first.)"
_AS_WANTED = ("As the wanted answers suggest", "")
_WAYS = {
    STRICT: "in the form that was asked for",
    FLEXIBLE: "the last one anywhere",
    CUSTOM: "by your pattern",
}


class AnswersPart:
    """Laid out in the present place of the page."""

    def __init__(self) -> None:
        declared = knobs(Reading("text"))
        self.kind = gr.Dropdown(
            [_AS_WANTED, *((words, name) for name, words in KINDS.items())],
            value="", label="Kind of answer", info="Decides when two answers are the same.",
            filterable=False, elem_id="lab-kind",
        )  # fmt: skip
        self.form = gr.Dropdown(
            [(form.shown, name) for name, form in FORMS.items()],
            value="answer_is", label="Form", info=declared["form"].help, filterable=False,
            elem_id="lab-form",
        )  # fmt: skip
        self.labels = gr.Textbox(
            "", label="Labels", info="One a line, for one of a closed set; else those of the items.",
            lines=1, max_lines=6, elem_id="lab-labels",
        )  # fmt: skip
        self.day_first = knob_component("day_first", declared["day_first"], False, "lab")
        self.pattern = knob_component("pattern", declared["pattern"], "", "lab")
        self.pick = knob_component("pick", declared["pick"], "first", "lab")
        self.sample = gr.Textbox(
            _SAMPLE, label="Try it on a response", lines=3, max_lines=8, max_length=20_000,
            elem_id="lab-sample",
        )  # fmt: skip
        self.tried = gr.HTML(elem_id="lab-tried")

    @property
    def inputs(self) -> list[Any]:
        return [self.kind, self.form, self.labels, self.day_first, self.pattern, self.pick]

    def values(self, given: dict[Any, Any]) -> dict[str, Any]:
        labels = tuple(line.strip() for line in str(given[self.labels] or "").split("\n") if line.strip())
        return {
            "kind": given[self.kind] or "",
            "form": given[self.form],
            "labels": labels,
            "day_first": bool(given[self.day_first]),
            "pattern": given[self.pattern] or "",
            "pick": given[self.pick],
        }

    def shown(self, values: dict[str, Any]) -> dict[Any, Any]:
        start = Answers()
        held = {name: values.get(name, getattr(start, name)) for name in self._by_name()}
        held["labels"] = "\n".join(held["labels"])
        return {component: held[name] for name, component in self._by_name().items()}

    def tried_html(self, given: dict[Any, Any], items: tuple[Item, ...]) -> str:
        """What each way of reading finds in the sample; ``items`` tell the kind where none is chosen."""
        try:
            answers = Answers(**self.values(given))
            reading = reading_of(answers, items) if items else _without_items(answers)
            choices = items[0].choices if items else ()
            found = reading.read(str(given[self.sample] or ""), choices)
        except Exception as error:
            return error_html(message_of(error))
        rows = "".join(
            f"<div><dt>{way}<small>{_WAYS[way]}</small></dt>{_told(getattr(found, way))}</div>"
            for way in reading.rules
        )
        return f'<dl class="gw-ask-tried" aria-live="polite">{rows}</dl>'

    def _by_name(self) -> dict[str, Any]:
        names = ("kind", "form", "labels", "day_first", "pattern", "pick")
        return dict(zip(names, self.inputs, strict=True))


def _without_items(answers: Answers) -> Reading:
    if answers.kind:
        return answers.reading()
    return Reading("text", answers.form, pattern=answers.pattern, pick=answers.pick)


def _told(answer: str | None) -> str:
    if answer is None:
        return '<dd class="gw-muted">– nothing</dd>'
    return f"<dd><code>{escape(answer)}</code></dd>"
