"""MMLU (Hendrycks et al. 2021): exam questions of 57 subjects, four options, asked by their letters."""

from pipelines.evaluation.tasks.choice.choosing import ACC, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, place, text, texts
from pipelines.evaluation.tasks.choice.mmlu_subjects import SUBJECTS
from pipelines.evaluation.tasks.choice.posing import Posed, letters
from pipelines.evaluation.tasks.task import HubPlace

_LETTERS = "ABCD"


def pose(row: Fields) -> Posed:
    """``answer`` is a letter or its place; the options a list, or in columns A to D."""
    if "choices" in row:
        options = texts(row, "choices", least=len(_LETTERS))[: len(_LETTERS)]
    else:
        options = tuple(text(row, letter) for letter in _LETTERS)
    return letters(text(row, "question").strip(), options, place(row, "answer", len(options)))


def describe(part: str) -> str:
    """
    >>> describe("high_school_us_history")
    'The following are multiple choice questions (with answers) about high school us history.\\n\\n'
    """
    about = f" about {part.replace('_', ' ')}" if part else ""
    return f"The following are multiple choice questions (with answers){about}.\n\n"


MMLU = ChoiceTask(
    name="mmlu",
    title="MMLU",
    about="Exam questions of 57 subjects, from primary school to the professions.",
    metrics=(ACC,),
    fields={
        "subject": "the part that it belongs to",
        "question": "the question",
        "choices": "four options",
        "answer": "the right one: A to D, or 0 to 3",
    },
    licence="MIT",
    source="Hendrycks et al. 2021, test split",
    hub=HubPlace("cais/mmlu", "{part}", "test", "dev"),
    parts=SUBJECTS,
    warning="Small models stay near 25 %, which is guessing.",
    examples="first",
    pose=pose,
    describe=describe,
    parted=lambda row: str(row.get("subject") or ""),
)
