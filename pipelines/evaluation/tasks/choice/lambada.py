"""LAMBADA (Paperno et al. 2016): the last word of a passage, which only the whole of it tells."""

from pipelines.core.errors import SpecError
from pipelines.evaluation.tasks.choice.columns import Fields, text
from pipelines.evaluation.tasks.choice.continuing import ContinuingTask
from pipelines.evaluation.tasks.task import HubPlace


def split(row: Fields) -> tuple[str, str]:
    """The last word, with the space before it.

    >>> split({"text": "She closed the door"})
    ('She closed the', ' door')
    """
    context, space, last = text(row, "text").rpartition(" ")
    if not space:
        raise SpecError("text", row["text"], "a passage of several words")
    return context, f" {last}"


def _lambada(name: str, title: str, about: str, hub: HubPlace) -> ContinuingTask:
    return ContinuingTask(
        name=name,
        title=title,
        about=about,
        fields={"text": "the passage, its last word the one that is asked"},
        licence="CC BY 4.0",
        source="Paperno et al. 2016, test split",
        hub=hub,
        split=split,
    )


LAMBADA_OPENAI = _lambada(
    "lambada_openai",
    "LAMBADA (OpenAI)",
    "The last word of a passage; the text as OpenAI prepared it, with its capitals and quotes.",
    HubPlace("EleutherAI/lambada_openai", "default", "test"),
)
LAMBADA_STANDARD = _lambada(
    "lambada_standard",
    "LAMBADA",
    "The last word of a passage; the text as it was published, in small letters and parted tokens.",
    HubPlace("cimec/lambada", "", "test", "validation"),
)
