"""PIQA (Bisk et al. 2020): everyday aims, each with a way that works and one that does not."""

from pipelines.evaluation.tasks.choice.choosing import BY_LENGTH, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, place, text, texts
from pipelines.evaluation.tasks.choice.posing import Posed, choose
from pipelines.evaluation.tasks.task import HubPlace

_ASKED = "Question: "


def pose(row: Fields) -> Posed:
    """As published, or as ``query, choices, gold``."""
    if "query" in row:
        goal, options, named = text(row, "query").removeprefix(_ASKED), texts(row, "choices"), "gold"
    else:
        goal, options, named = text(row, "goal"), (text(row, "sol1"), text(row, "sol2")), "label"
    return choose(f"{_ASKED}{goal}\nAnswer:", options, place(row, named, len(options)))


PIQA = ChoiceTask(
    name="piqa",
    title="PIQA",
    about="Everyday physics: which of two ways reaches an aim.",
    metrics=BY_LENGTH,
    fields={
        "goal": "the aim",
        "sol1": "one way",
        "sol2": "another",
        "label": "0 or 1: the way that works",
    },
    licence="AFL-3.0",
    source="Bisk et al. 2020, validation split",
    hub=HubPlace("baber/piqa", "", "validation", "train"),
    pose=pose,
)
