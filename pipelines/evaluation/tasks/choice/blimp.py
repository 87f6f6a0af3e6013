"""BLiMP (Warstadt et al. 2020): minimal pairs for 67 points of English grammar."""

from pipelines.evaluation.tasks.choice.blimp_paradigms import PARADIGMS
from pipelines.evaluation.tasks.choice.choosing import ACC, ChoiceTask
from pipelines.evaluation.tasks.choice.pairs import FIELDS, paradigm, pose
from pipelines.evaluation.tasks.task import HubPlace

BLIMP = ChoiceTask(
    name="blimp",
    title="BLiMP",
    about="Which of two sentences is English, at 67 points of grammar; no knowledge is needed.",
    metrics=(ACC,),
    fields=FIELDS,
    licence="CC BY 4.0",
    source="Warstadt et al. 2020",
    hub=HubPlace("nyu-mll/blimp", "{part}", "train"),
    parts=PARADIGMS,
    even=True,
    examples="none",
    pose=pose,
    parted=paradigm,
)
