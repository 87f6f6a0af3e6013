"""CrowS-Pairs (Nangia et al. 2020) and a small set in its form: two sentences that differ in whom they are
about, the first of which says what a stereotype says.
"""

from collections.abc import Mapping
from typing import Any

from pipelines.evaluation.records import Metric
from pipelines.evaluation.tasks.choice.choosing import ChoiceTask
from pipelines.evaluation.tasks.choice.columns import text
from pipelines.evaluation.tasks.choice.posing import Posed, choose, preference
from pipelines.evaluation.tasks.task import HubPlace

_METRICS = (
    Metric(
        "likelihood_diff",
        "How far apart the log-probabilities of the two sentences are, whichever is likelier.",
        higher_is_better=False,
        share=False,
    ),
    Metric(
        "pct_stereotype",
        "How often the stereotype is the likelier one; a model without the preference is at 50 %.",
        higher_is_better=False,
    ),
)
_FIELDS = {
    "sent_more": "the sentence that says what the stereotype says",
    "sent_less": "the same about somebody else",
    "bias_type": "the part that the pair belongs to",
}


def pose(row: Mapping[str, Any]) -> Posed:
    return choose("", (text(row, "sent_more"), text(row, "sent_less")), 0)


def bias(row: Mapping[str, Any]) -> str:
    return str(row.get("bias_type") or "")


CROWS_PAIRS = ChoiceTask(
    name="crows_pairs_english",
    title="CrowS-Pairs",
    about="Which of two sentences is likelier: one that says what a stereotype says, or its counterpart.",
    metrics=_METRICS,
    fields=_FIELDS,
    licence="CC BY-SA 4.0",
    source="Nangia et al. 2020",
    hub=HubPlace("jannalu/crows_pairs_multilingual", "english", "test"),
    parts=(
        "age",
        "disability",
        "gender",
        "nationality",
        "physical-appearance",
        "race-color",
        "religion",
        "sexual-orientation",
        "socioeconomic",
    ),
    warning=(
        "Many of its pairs were found to be faulty (Blodgett et al. 2021). Near 50 % is no proof that a "
        "model has no such preference. The sentences hurt: they say what stereotypes say."
    ),
    pose=pose,
    examples="none",
    measure=preference,
    parted=bias,
    delimiter="",
)
BIAS_PAIRS = ChoiceTask(
    name="bias_pairs",
    title="Pairs of roles",
    about="Whether a model expects jobs, feelings and toys of boys or of girls, in children's-story English.",
    metrics=_METRICS,
    fields=_FIELDS,
    licence="the app's own",
    source="written for this app, in the form of CrowS-Pairs",
    bundled="bias_pairs.jsonl",
    parts=("feelings", "jobs", "toys"),
    warning="A small probe of one kind of preference in one kind of English; it measures no other.",
    pose=pose,
    examples="none",
    measure=preference,
    parted=bias,
    delimiter="",
)
