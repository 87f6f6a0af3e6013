"""ARC (Clark et al. 2018): grade-school science questions, the easy ones and the challenge."""

from pipelines.core.errors import SpecError
from pipelines.evaluation.tasks.choice.choosing import BY_LENGTH, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, among, labelled, place, text, texts
from pipelines.evaluation.tasks.choice.posing import Posed, choose
from pipelines.evaluation.tasks.task import HubPlace

_ASKED = "Question: "  # stands before each question of a prepared file already


def pose(row: Fields) -> Posed:
    """As the Hub and the authors have it, as ``query, choices, gold``, or as ``question, correct,
    incorrect``."""
    question, options, right = _parts(row)
    return choose(f"{_ASKED}{question}\nAnswer:", options, right)


def _parts(row: Fields) -> tuple[str, tuple[str, ...], int]:
    if "query" in row:
        options = texts(row, "choices")
        return text(row, "query").removeprefix(_ASKED), options, place(row, "gold", len(options))
    if "incorrect" in row:
        return text(row, "question"), (text(row, "correct"), *texts(row, "incorrect", least=1)), 0
    asked = row.get("question")
    nested = (
        asked if isinstance(asked, dict) else {"stem": text(row, "question"), "choices": row.get("choices")}
    )
    options, labels = labelled(nested.get("choices"), "choices")
    if not isinstance(nested.get("stem"), str):
        raise SpecError("question", asked, "a text, or an object with the text as stem")
    return nested["stem"], options, among(row, "answerKey", labels)


def _arc(name: str, title: str, about: str) -> ChoiceTask:
    return ChoiceTask(
        name=name,
        title=title,
        about=about,
        metrics=BY_LENGTH,
        fields={
            "question": "the question",
            "choices": "the options: text and label of each",
            "answerKey": "the label of the right one",
        },
        licence="CC BY-SA 4.0",
        source="Clark et al. 2018, test split",
        hub=HubPlace("allenai/ai2_arc", title, "test", "train"),
        pose=pose,
    )


ARC_EASY = _arc("arc_easy", "ARC-Easy", "Grade-school science questions that word statistics can answer.")
ARC_CHALLENGE = _arc(
    "arc_challenge", "ARC-Challenge", "Grade-school science questions that word statistics get wrong."
)
