"""The sets that come with the app: short, in the English of children's stories, for models that know no other
and machines without a network.
"""

from pipelines.evaluation.tasks.choice import pairs
from pipelines.evaluation.tasks.choice.choosing import ACC, BY_LENGTH, ChoiceTask
from pipelines.evaluation.tasks.choice.columns import Fields, place, text, texts
from pipelines.evaluation.tasks.choice.posing import Posed, choose

_OURS = {"licence": "the app's own", "source": "written for this app"}
_POINTS = (  # of grammar
    "adjective_order", "agreement_across", "article", "determiner_noun", "ever", "infinitive", "many_much",
    "number_agreement", "participle", "progressive", "pronoun_case", "question_order", "reflexive_gender",
    "reflexive_number", "verb_after_did", "who_which",
)  # fmt: skip
_SUMS = ("addition", "counting", "story", "subtraction")


def pose_cloze(row: Fields) -> Posed:
    """The story, and two sentences that could end it."""
    endings = texts(row, "endings")
    return choose(text(row, "story"), endings, place(row, "label", len(endings)))


def pose_sum(row: Fields) -> Posed:
    """A question in words or figures, and numbers as its answers."""
    options = texts(row, "choices")
    return choose(text(row, "question"), options, place(row, "label", len(options)))


def pose_reading(row: Fields) -> Posed:
    options = texts(row, "choices")
    asked = f"{text(row, 'story')}\nQuestion: {text(row, 'question')}\nAnswer:"
    return choose(asked, options, place(row, "label", len(options)))


def kind_of(row: Fields) -> str:
    return str(row.get("part") or "")


MINIMAL_PAIRS = ChoiceTask(
    name="minimal_pairs",
    title="Minimal pairs",
    about="Which of two sentences is English, in words of children's stories; made from templates.",
    metrics=(ACC,),
    fields=pairs.FIELDS,
    bundled="minimal_pairs.jsonl",
    parts=_POINTS,
    examples="none",
    even=True,
    pose=pairs.pose,
    parted=pairs.paradigm,
    **_OURS,
)
STORY_CLOZE = ChoiceTask(
    name="story_cloze",
    title="Story endings",
    about="Which of two sentences ends a short story sensibly.",
    metrics=BY_LENGTH,
    fields={"story": "its beginning", "endings": "two sentences", "label": "0 or 1: the sensible one"},
    bundled="story_cloze.jsonl",
    pose=pose_cloze,
    **_OURS,
)
ARITHMETIC = ChoiceTask(
    name="arithmetic",
    title="Small sums",
    about="Sums of small numbers, in figures and in little stories; four numbers to choose from.",
    metrics=BY_LENGTH,
    fields={
        "question": "the sum, up to its answer",
        "choices": "numbers",
        "label": "the place of the right one",
        "part": "kind",
    },
    bundled="arithmetic.jsonl",
    parts=_SUMS,
    even=True,
    pose=pose_sum,
    parted=kind_of,
    **_OURS,
)
STORY_READING = ChoiceTask(
    name="story_reading",
    title="Reading questions",
    about="What a short story tells: one of four answers, each of which occurs in it or could.",
    metrics=BY_LENGTH,
    fields={
        "story": "the story",
        "question": "about it",
        "choices": "four answers",
        "label": "the right one",
    },
    bundled="story_reading.jsonl",
    pose=pose_reading,
    **_OURS,
)
BUNDLED = (MINIMAL_PAIRS, STORY_CLOZE, ARITHMETIC, STORY_READING)
