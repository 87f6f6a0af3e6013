"""Where the parts of the results stand. Knows no run: only components."""

from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from app.figures.prompt_lab import HEIGHT
from app.prompt_lab import words
from app.prompt_lab.beside_view import HINT as BESIDE_HINT
from app.prompt_lab.cells_view import EMPTY
from app.prompt_lab.items_view import FILTERS
from app.prompt_lab.script import HINT as CODE_HINT
from app.prompt_lab.trace_view import HINT as TRACE_HINT
from pipelines.prompting.extraction.forms import FORMS
from pipelines.prompting.extraction.kinds import KINDS
from pipelines.prompting.extraction.pattern import FIRST, LAST

AS_RUN = "as the run"
_PICK_JS = "glassworks.labPick(element, trigger);"
_TABLE_JS = (
    "const table = new glassworks.LabTable(element); table.adopt(); watch('value', () => table.adopt());"
)
_TRACE_JS = (
    "watch('value', () => setTimeout(glassworks.labShow, 150));"  # once the page is as long as it gets
)
_FOLDS = ("votes", "spread", "read")  # those that are shown, hidden or opened later
_KIND_TITLES = {"boolean": "yes or no", "label": "one of some labels", "letter": "letter of a choice"}


@dataclass(frozen=True)
class Layout:
    """The components by what they show or ask."""

    run: gr.Dropdown
    rule: gr.Radio
    note: gr.HTML
    body: gr.Column
    sentence: gr.HTML
    table: gr.HTML
    tokens: gr.Plot
    seconds: gr.Plot
    first: gr.Dropdown
    second: gr.Dropdown
    pair: gr.HTML
    pairs: gr.HTML
    filter: gr.Radio
    search: gr.Textbox
    items: gr.HTML
    trace: gr.HTML
    votes_fold: gr.Accordion
    votes: gr.HTML
    calibration: gr.Plot
    draws: gr.Plot
    spread_fold: gr.Accordion
    places: gr.HTML
    spreads: gr.HTML
    curve: gr.Plot
    other: gr.Dropdown
    beside: gr.HTML
    read_fold: gr.Accordion
    kind: gr.Dropdown
    form: gr.Dropdown
    pattern: gr.Textbox
    pick: gr.Radio
    read: gr.Button
    read_error: gr.HTML
    code_cell: gr.Dropdown
    code: gr.HTML
    code_file: gr.Button
    csv: gr.Button
    json: gr.Button
    jsonl: gr.Button
    text: gr.Textbox

    def __post_init__(self) -> None:
        missing = [one.name for one in fields(self) if getattr(self, one.name) is None]
        if missing:
            raise ValueError(f"not laid out: {missing}")


def lay_out() -> Layout:
    """Make the components in the present place of the page."""
    made: dict[str, Any] = {}
    with gr.Row(elem_classes="gw-found-choose"):
        made["run"] = gr.Dropdown(
            [], label="Run", filterable=False, elem_id="found-run", min_width=220, scale=2
        )
        made["rule"] = gr.Radio(
            [(title, rule) for rule, title in words.RULES.items()],
            value="flexible",
            label="An answer counts",
            elem_id="found-rule",
            min_width=260,
            scale=3,
        )
    made["note"] = gr.HTML(EMPTY, elem_id="found-note")
    with gr.Column(visible=False, elem_classes="gw-found-results") as body:
        made["body"] = body
        made["sentence"] = gr.HTML(elem_id="found-sentence")
        made["table"] = gr.HTML(elem_id="found-table", js_on_load=_TABLE_JS)
        with gr.Row(elem_classes="gw-found-plots"):
            made["tokens"], made["seconds"] = _plot("found-tokens"), _plot("found-seconds")
        for title, is_open, part in _PARTS:
            with gr.Accordion(title, open=is_open, elem_classes="gw-more") as fold:
                made |= part()
            made |= {f"{name}_fold": fold for name in _FOLDS if title.startswith(name.capitalize())}
        with gr.Row(elem_classes="gw-toolbar"):
            made["csv"] = gr.Button("Items × cells .csv", size="sm", elem_id="found-csv")
            made["json"] = gr.Button("Figures .json", size="sm", elem_id="found-json")
            made["jsonl"] = gr.Button("Traces .jsonl", size="sm", elem_id="found-jsonl")
        made["text"] = gr.Textbox(visible=False)
    return Layout(**made)


def _plot(name: str) -> gr.Plot:
    return gr.Plot(
        show_label=False,
        container=False,
        min_width=260,
        elem_id=name,
        elem_classes=["gw-plot", f"gw-found-h{HEIGHT}"],
    )


def _pairs() -> dict[str, Any]:
    with gr.Row(elem_classes="gw-found-choose"):
        first = gr.Dropdown([], label="First", filterable=False, elem_id="found-first", min_width=200)
        second = gr.Dropdown([], label="Second", filterable=False, elem_id="found-second", min_width=200)
    pair = gr.HTML(elem_id="found-pair", js_on_load=_PICK_JS)
    with gr.Accordion("All pairs", open=False, elem_classes="gw-more"):
        pairs = gr.HTML(elem_id="found-pairs", js_on_load=_PICK_JS)
    return {"first": first, "second": second, "pair": pair, "pairs": pairs}


def _items() -> dict[str, Any]:
    with gr.Row(elem_classes="gw-found-choose"):
        shown = gr.Radio(
            [(title, name) for name, title in FILTERS.items()],
            value="all",
            label="Show",
            elem_id="found-filter",
            min_width=300,
            scale=3,
        )
        search = gr.Textbox(
            label="Search", placeholder="in questions and answers", max_lines=1, max_length=200,
            elem_id="found-search", min_width=180, scale=2,
        )  # fmt: skip
    return {"filter": shown, "search": search, "items": gr.HTML(elem_id="found-items", js_on_load=_PICK_JS)}


def _trace() -> dict[str, Any]:
    return {"trace": gr.HTML(TRACE_HINT, elem_id="found-trace", js_on_load=_TRACE_JS)}


def _votes() -> dict[str, Any]:
    votes = gr.HTML(elem_id="found-votes")
    with gr.Row(elem_classes="gw-found-plots"):
        return {"votes": votes, "calibration": _plot("found-calibration"), "draws": _plot("found-draws")}


def _spread() -> dict[str, Any]:
    places, spreads = gr.HTML(elem_id="found-places"), gr.HTML(elem_id="found-spreads")
    return {"places": places, "spreads": spreads, "curve": _plot("found-curve")}


def _beside() -> dict[str, Any]:
    other = gr.Dropdown([], label="The other run", filterable=False, elem_id="found-other")
    return {"other": other, "beside": gr.HTML(BESIDE_HINT, elem_id="found-beside")}


def _reading() -> dict[str, Any]:
    gr.HTML(
        '<p class="gw-muted">Answers are read out of what the model wrote: another way of reading asks it '
        "nothing again.</p>"
    )
    with gr.Row(elem_classes="gw-found-choose"):
        kinds = [(_KIND_TITLES.get(kind, kind), kind) for kind in KINDS]
        kind = gr.Dropdown(
            [AS_RUN, *kinds], value=AS_RUN, label="Kind of answer", filterable=False,
            elem_id="found-kind", min_width=160,
        )  # fmt: skip
        forms = [(form.shown, name) for name, form in FORMS.items()]
        form = gr.Dropdown(
            [AS_RUN, *forms], value=AS_RUN, label="Form, for the strict reading", filterable=False,
            elem_id="found-form", min_width=160,
        )  # fmt: skip
    with gr.Row(elem_classes="gw-found-choose"):
        pattern = gr.Textbox(
            label="Own pattern", placeholder=r"answer: (\d+)", max_lines=1, max_length=1000,
            info="A regular expression: its group, or the whole match, is the answer. Empty: as the run.",
            elem_id="found-pattern", min_width=220, scale=3,
        )  # fmt: skip
        pick = gr.Radio(
            [FIRST, LAST], value=FIRST, label="Which match", elem_id="found-pick", min_width=140, scale=1
        )
    read = gr.Button("Read again", size="sm", elem_id="found-read")
    named = {"kind": kind, "form": form, "pattern": pattern, "pick": pick, "read": read}
    return named | {"read_error": gr.HTML(elem_id="found-read-error")}


def _code() -> dict[str, Any]:
    with gr.Row(elem_classes="gw-found-choose"):
        cell = gr.Dropdown(
            [], label="Combination", filterable=False, elem_id="found-code-cell", min_width=200
        )
        file = gr.Button("Download .py", size="sm", elem_id="found-code-file", interactive=False, scale=0)
    return {"code_cell": cell, "code_file": file, "code": gr.HTML(CODE_HINT, elem_id="found-code")}


_PARTS = (
    ("Two cells compared", True, _pairs),
    ("Items", True, _items),
    ("One item, every call", True, _trace),
    ("Votes", False, _votes),
    ("Spread: position, prompts, decodings, examples", False, _spread),
    ("Two runs beside each other", False, _beside),
    ("Read the answers another way", False, _reading),
    ("The same in Python", False, _code),
)
