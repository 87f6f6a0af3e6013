"""WinoGrande (Sakaguchi et al. 2019): whom a sentence means. The sentence's end is scored after each name."""

from pipelines.core.errors import SpecError
from pipelines.evaluation.tasks.choice.choosing import ACC, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, place, text, texts
from pipelines.evaluation.tasks.choice.posing import Posed, fill
from pipelines.evaluation.tasks.task import HubPlace


def pose(row: Fields) -> Posed:
    """As published, or as ``context_options, continuation, gold``."""
    if "context_options" in row:
        contexts = texts(row, "context_options")
        return fill(contexts, text(row, "continuation"), place(row, "gold", len(contexts)))
    before, gap, after = text(row, "sentence").partition("_")
    if not gap or not after.strip():
        raise SpecError("sentence", row["sentence"], "a sentence with _ where the option stands")
    contexts = [before + text(row, name) for name in ("option1", "option2")]
    return fill(contexts, after.strip(), place(row, "answer", 2, first=1))


WINOGRANDE = ChoiceTask(
    name="winogrande",
    title="WinoGrande",
    about="Which of two names or things fills the gap in a sentence.",
    metrics=(ACC,),
    fields={
        "sentence": "a sentence with _ as its gap",
        "option1": "one filling",
        "option2": "another",
        "answer": "1 or 2: the right one",
    },
    licence="Apache-2.0 (the authors' repository); data CC BY",
    source="Sakaguchi et al. 2019, validation split",
    hub=HubPlace("allenai/winogrande", "winogrande_xl", "validation", "train"),
    pose=pose,
)
