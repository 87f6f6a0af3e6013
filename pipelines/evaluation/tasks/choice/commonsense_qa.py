"""CommonsenseQA (Talmor et al. 2019): everyday knowledge, five options, asked by their letters."""

from pipelines.core.errors import SpecError
from pipelines.evaluation.tasks.choice.choosing import ACC, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, among, labelled, text
from pipelines.evaluation.tasks.choice.posing import Posed, letters
from pipelines.evaluation.tasks.task import HubPlace

_LABELS = ("A", "B", "C", "D", "E")


def pose(row: Fields) -> Posed:
    """As the Hub has it, or as its authors: the question an object with stem and choices."""
    asked = row.get("question")
    nested = (
        asked if isinstance(asked, dict) else {"stem": text(row, "question"), "choices": row.get("choices")}
    )
    options, labels = labelled(nested.get("choices"), "choices")
    if labels != _LABELS:
        raise SpecError("choices", labels, "five, labelled A to E")
    if not isinstance(nested.get("stem"), str):
        raise SpecError("question", asked, "a text, or an object with the text as stem")
    question = f"Question: {nested['stem'].strip()}"
    return letters(question, options, among(row, "answerKey", labels))


COMMONSENSE_QA = ChoiceTask(
    name="commonsense_qa",
    title="CommonsenseQA",
    about="Everyday knowledge: one of five words or short phrases.",
    metrics=(ACC,),
    fields={
        "question": "the question",
        "choices": "five options: text and label of each",
        "answerKey": "A to E",
    },
    licence="MIT",
    source="Talmor et al. 2019, validation split",
    hub=HubPlace("tau/commonsense_qa", "", "validation", "train"),
    pose=pose,
)
