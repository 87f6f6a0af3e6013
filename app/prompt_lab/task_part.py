"""Which items are asked: a task set of the list, or a visitor's own, pasted or as a file."""

from pathlib import Path
from typing import Any

import gradio as gr

from app.errors import message_of
from app.prompt_lab.fields import Fields
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import SpecError
from pipelines.prompting.specs import OWN, PromptLabSpec
from pipelines.prompting.tasks.own.columns import ROLES, columns_of
from pipelines.prompting.tasks.own.limits import OWN as LIMITS
from pipelines.prompting.tasks.own.rows import rows_of
from pipelines.prompting.tasks.registry import KINDS, kind_named

_BY_NAME = ("by its name", "")
_EXAMPLE = "question,answer\nHow many legs have two dogs?,8\nHow many wheels has a car?,4"


class TaskPart:
    """Laid out in the present place of the page, :meth:`own_part` in a later one."""

    def __init__(self) -> None:
        start = PromptLabSpec().task
        self.task = gr.Dropdown(
            task_choices(), value=start, label="Task set", info=task_words(start), elem_id="lab-task"
        )
        self.part = gr.Dropdown(
            [("All of it", "")], value="", label="Part", visible=False, elem_id="lab-part"
        )  # fmt: skip
        with gr.Row(elem_classes="gw-ask-numbers"):
            self.count = Fields(
                PromptLabSpec(), "lab", lambda name, knob: name in ("n", "seed"), boxes=("n",)
            )
        self.count.more("lab", lambda name, knob: name == "rotate")
        self.turning = self.count.components["rotate"]  # seen where the items have options
        self.turning.visible = False

    def own_part(self) -> None:
        """Items of one's own and a file of a public set; folded."""
        self.items = gr.State("")
        self.names = gr.State(())
        with gr.Accordion("Bring items of your own", open=False, elem_classes="gw-more") as self.fold:
            self.text = gr.Textbox(
                label="Paste items",
                info="CSV with a head, JSON, or JSON lines; a question and its answer, perhaps choices and "
                "a worked solution. Every other column can be named in the template.",
                placeholder=_EXAMPLE,
                lines=5,
                max_lines=10,
                elem_id="lab-paste",
            )
            self.file = gr.File(
                label="or upload .csv, .json, .jsonl", file_types=[".csv", ".tsv", ".json", ".jsonl", ".txt"],
                height=120,
            )  # fmt: skip
            self.error = gr.HTML()
            self.add = gr.Button("Use these items", size="sm", elem_id="lab-add")
            with gr.Row(elem_classes="gw-tune-roles"):
                self.roles = {
                    role: gr.Dropdown(
                        [_BY_NAME], value="", label=role.capitalize(), min_width=120, visible=False,
                        elem_id=f"lab-role-{role}",
                    )
                    for role in ROLES
                }  # fmt: skip
        with gr.Accordion("A public set from a file", open=False, elem_classes="gw-more"):
            self.path = gr.Textbox(
                label="File",
                info="Of a public task set, on this machine's disk, in place of the Hub. For the owner.",
                max_length=1000,
                max_lines=1,
                elem_id="lab-file",
            )

    @property
    def inputs(self) -> list[Any]:
        return [self.task, self.part, self.items, self.path, *self.roles.values(), *self.count.inputs]

    @property
    def outputs(self) -> list[Any]:
        return [*self.inputs, self.names, self.error, self.fold]

    def values(self, given: dict[Any, Any]) -> dict[str, Any]:
        """Of the spec; raises SpecError for own items that are not there yet."""
        task, items = str(given[self.task] or ""), given[self.items]
        if task == OWN and not items:
            raise SpecError("items", "nothing", "items: bring them below, or choose a task set of the list")
        named = task if not given[self.part] or "/" in task else f"{task}/{given[self.part]}"
        asked = {"task": named, **self.count.values(given)}
        if task == OWN:
            columns = tuple(f"{role}={given[one]}" for role, one in self.roles.items() if given[one])
            return asked | {"items": items, "columns": columns}
        return asked | {"file": "" if kind_named(named)[0].made else str(given[self.path] or "").strip()}

    def shown(self, values: dict[str, Any]) -> dict[Any, Any]:
        """Updates that put the fields of a spec into the form."""
        whole = values.get("task", PromptLabSpec().task)
        task, _, part = whole.partition("/")
        items = values.get("items", "")
        updates = self._owned(items) if items else self._without()
        given = dict(line.partition("=")[::2] for line in values.get("columns", ()))
        for role, column in given.items() if items else ():
            updates[self.roles[role]] = gr.update(value=column, **_choices(items))
        return {
            **updates,
            self.items: items,
            self.path: values.get("file", ""),
            self.error: "",
            **self.count.shown(values),
            **self.chosen(task, part, keeping=True),
        }

    def chosen(self, task: str, part: str = "", keeping: bool = False) -> dict[Any, Any]:
        """What hangs on the task set: its words and its parts."""
        parts = KINDS[task].parts if task in KINDS else ()
        choices = [("All of it", ""), *((one.replace("_", " "), one) for one in parts)]
        value = {"value": task} if keeping else {}
        return {
            self.task: gr.update(info=task_words(task), **value),
            self.part: gr.Dropdown(choices=choices, value=part, visible=bool(parts)),
        }

    def added(self, text: str, file: str | None) -> dict[Any, Any]:
        """The pasted items or the file become the task; what was typed stays, also when it is refused."""
        try:
            told = _read(file) if file else text or ""
            rows_of(told)  # raises for what is no table
        except Exception as error:
            return {self.error: error_html(message_of(error))}
        return {
            self.items: told,
            self.path: "",
            self.error: "",
            **self._owned(told),
            **self.chosen(OWN, keeping=True),
        }

    def _owned(self, items: str) -> dict[Any, Any]:
        made = _choices(items)
        return {one: gr.Dropdown(value="", visible=True, **made) for one in self.roles.values()}

    def _without(self) -> dict[Any, Any]:
        return {one: gr.Dropdown(choices=[_BY_NAME], value="", visible=False) for one in self.roles.values()}


def task_choices() -> list[tuple[str, str]]:
    made = [(kind.title, name) for name, kind in KINDS.items() if kind.made]
    public = [(f"{kind.title} · public", name) for name, kind in KINDS.items() if not kind.made]
    return [*made, *public, ("Items of your own", OWN)]


def task_words(task: object) -> str:
    """What the set tests."""
    if task == OWN:
        return "Bring questions with their answers below."
    return KINDS[task].about if isinstance(task, str) and task in KINDS else ""


def found_columns(items: str, given: tuple[str, ...] = ()) -> dict[str, str | tuple[str, ...]]:
    """Role → column, as they were found in a visitor's items. Raises SpecError."""
    return columns_of(rows_of(items), dict(line.partition("=")[::2] for line in given))


def _choices(items: str) -> dict[str, Any]:
    names = dict.fromkeys(name for row in rows_of(items) for name in row.values)
    return {"choices": [_BY_NAME, *((name, name) for name in names)]}


def _read(file: str) -> str:
    path = Path(file)
    size = path.stat().st_size
    if size > LIMITS.bytes:
        raise SpecError("items", f"a file of {size:,} bytes", f"at most {LIMITS.bytes / 1e6:g} MB")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError("items", path.name, "a file of text in UTF-8") from None
