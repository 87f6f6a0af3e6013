"""The items of a cell as a script has them: what was asked first, word for word as the run sent it, and for
the strategies that ask something else later, those messages with a slot.
"""

from collections.abc import Callable
from typing import Any

from pipelines.core.errors import ConflictError
from pipelines.prompting.calls import Item, Message
from pipelines.prompting.lab.records import Record
from pipelines.prompting.prompt.form import Form
from pipelines.prompting.prompt.spec import PromptSpec
from pipelines.prompting.strategies.least_to_most import questions_in, told

SLOT = "⟦…⟧"
Row = dict[str, Any]


def rows_of(
    strategy: str, settings: Any, prompt: PromptSpec, items: list[Item], records: list[Record]
) -> tuple[list[Row], str, int]:
    """(an object for each item, the text that stands for the slot, how many items are left out because the
    run came to no message of theirs). Raises :class:`ConflictError` where none is left."""
    asked = {record.item: record for record in records if record.trace}
    slot, rows = _slot(prompt, items), []
    for item in items:
        record = asked.get(item.id)
        later = record and _later(strategy, settings, Form(prompt), prompt, item, record, slot)
        if record is None or later is None:
            continue
        own = {"id": item.id, "question": item.question, "answer": item.answer, "choices": list(item.choices)}
        first = [_message(one["role"], one["content"]) for one in record.trace[0]["messages"]]
        rows.append(own | {"messages": first} | later)
    if not rows:
        raise ConflictError(
            "This combination has asked nothing yet, so there is no prompt to put in a script."
        )
    return rows, slot, len(items) - len(rows)


def _slot(prompt: PromptSpec, items: list[Item]) -> str:
    """What stands in no text of the data."""
    said = "".join([prompt.template, prompt.system, *(str(item) for item in items)])
    slot = SLOT
    while slot in said:
        slot = f"⟦{slot}⟧"
    return slot


def _later(
    strategy: str, settings: Any, form: Form, prompt: PromptSpec, item: Item, record: Record, slot: str
) -> dict[str, Any] | None:
    """The messages of later rounds; None where the run does not tell them."""
    if strategy == "tot":  # whose judgements see no examples
        return {"judge": _told(form.messages((), form.asked(item, slot)))}
    if strategy != "least_to_most":
        return {}
    framed = _frame(settings, form, prompt, item, record)
    if framed is None:
        return None
    return {
        "simpler": _told(framed(settings.solve, slot)),
        "whole": _told(framed(settings.instruction, slot)),
    }


def _frame(
    settings: Any, form: Form, prompt: PromptSpec, item: Item, record: Record
) -> Callable[[str, str], tuple[Message, ...]] | None:
    """(instruction, question) → messages, with the examples that the run has shown this item: they are found
    around what is known to have been asked second."""
    if not prompt.shots:
        return lambda instruction, question: form.messages((), form.asked(item, instruction, question))
    if len(record.trace) < 2:
        return None
    split, second = record.trace[:2]
    simpler = questions_in(split["texts"][0]["text"], item.question)[: settings.questions]
    known = told(item.question, [], simpler[0]) if simpler else None
    said = settings.solve if simpler else settings.instruction
    *before, last = (Message(one["role"], one["content"]) for one in second["messages"])
    for instruction in (said, ""):
        for form_of in ("Q: {}\nA:", "{}"):
            ending = form_of.replace("{}", form.asked(item, instruction, known))
            if not last.content.endswith(ending):
                continue
            start = last.content[: -len(ending)]
            shown = bool(start) or len(before) > bool(prompt.system)

            def framed(instruction: str, question: str, start=start, form_of=form_of, shown=shown) -> Any:
                asked = form.asked(item, instruction if prompt.instructed or not shown else "", question)
                return (*before, Message("user", start + form_of.replace("{}", asked)))

            return framed
    return None


def _told(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [_message(one.role, one.content) for one in messages]


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
