"""HellaSwag (Zellers et al. 2019): how a scene goes on, with wrong endings that a machine wrote."""

import re

from pipelines.evaluation.tasks.choice.choosing import BY_LENGTH, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, place, text, texts
from pipelines.evaluation.tasks.choice.posing import Posed, choose
from pipelines.evaluation.tasks.task import HubPlace

_BRACKETED = re.compile(r"\[.*?\]")


def pose(row: Fields) -> Posed:
    endings = texts(row, "endings")
    context = f"{text(row, 'ctx_a')} {str(row.get('ctx_b') or '').capitalize()}"
    query = cleaned(f"{text(row, 'activity_label')}: {context}")
    return choose(query, [cleaned(ending) for ending in endings], place(row, "label", len(endings)))


def cleaned(told: str) -> str:
    """Without the marks that the WikiHow half of the set kept.

    >>> cleaned("Wash [header] it. [title] Dry it. [step] Now")
    'Wash it.. Dry it. Now'
    """
    return _BRACKETED.sub("", told.strip().replace(" [title]", ". ")).replace("  ", " ")


HELLASWAG = ChoiceTask(
    name="hellaswag",
    title="HellaSwag",
    about="Which of four endings goes on from the beginning of a scene.",
    metrics=BY_LENGTH,
    fields={
        "activity_label": "what the scene is about",
        "ctx_a": "its beginning",
        "ctx_b": "the first words of the ending, may be empty",
        "endings": "four endings",
        "label": "0 to 3: the right one",
    },
    licence="MIT",
    source="Zellers et al. 2019, validation split",
    hub=HubPlace("Rowan/hellaswag", "", "validation", "train"),
    pose=pose,
)
