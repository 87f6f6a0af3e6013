"""What a tuned encoder says of a text: chances of labels as bars, parts of the text marked where they stand.

All text of users and models is escaped here.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Chance = tuple[str, float]  # label, probability from 0 to 1
Mark = tuple[int, int, str]  # start and end in characters, label
_MOST = 8


def prediction_html(told: Mapping[str, Any], context: str = "") -> str:
    """The answer of ``/predict``, by its kind; ``context`` is the text in which an answer was looked for."""
    if "labels" in told:
        return chances_html([(one["label"], one["probability"]) for one in told["labels"][:_MOST]])
    if "reward" in told:
        said = f"Reward {told['reward']:.3f}: what counts is the difference to that of another answer."
        return marked_html(told["answer"], [], said)
    if "entities" in told:
        marks = [(one["start"], one["end"], one["type"]) for one in told["entities"]]
        return marked_html(told["text"], marks, "" if marks else "No name was found.")
    if "candidates" in told:
        return _answered(told, context)
    gaps = (gap["candidates"][:_MOST] for gap in told["masks"])
    return "".join(chances_html([(one["text"], one["probability"]) for one in gap]) for gap in gaps)


def chances_html(chances: Sequence[Chance]) -> str:
    """The labels with their probabilities, in the order given."""
    rows = "".join(_chance(label, share) for label, share in chances)
    return (
        f'<section class="gw-prediction" aria-label="Prediction"><dl class="gw-chances">{rows}</dl></section>'
    )


def marked_html(text: str, marks: Sequence[Mark], said: str = "") -> str:
    """The text with its parts marked and named; ``said`` stands above it."""
    parts, at = [], 0
    for start, end, label in sorted(marks):
        if start < at or end <= start:  # marks that lie over each other: the first is shown
            continue
        parts += [escape(text[at:start]), _mark(text[start:end], label)]
        at = end
    head = f'<p class="gw-muted">{escape(said)}</p>' if said else ""
    body = "".join(parts) + escape(text[at:])
    return f'<section class="gw-prediction" aria-label="Prediction">{head}<p>{body}</p></section>'


def _answered(told: Mapping[str, Any], context: str) -> str:
    found, nothing = told["answer"], f"{100 * told['no_answer']:.0f} %"
    if found is None:
        return marked_html(context, [], f"The text does not answer it ({nothing} sure).")
    said = f"{100 * found['probability']:.0f} % sure; that there is no answer: {nothing}"
    return marked_html(context, [(found["start"], found["end"], "answer")], said)


def _chance(label: str, share: float) -> str:
    share = min(1.0, max(0.0, share))
    return (
        f'<dt>{escape(label)}</dt><dd class="gw-chance" aria-hidden="true">'
        f'<i style="width:{100 * share:.1f}%"></i></dd><dd>{100 * share:.1f} %</dd>'
    )


def _mark(text: str, label: str) -> str:
    named = f"<small>{escape(label)}</small>" if label else ""
    return f"<mark>{escape(text)}{named}</mark>"
