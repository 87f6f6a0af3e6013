"""What the numbers say, in one sentence: whether chain of thought beats direct answers, and whether
self-consistency loses to chain of thought. Nothing is claimed that the interval does not bear out.
"""

from pipelines.common.proportions import Proportion
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.measures.accuracy import share
from pipelines.prompting.measures.comparison import BETTER, UNCLEAR, WORSE, Comparison, compare
from pipelines.prompting.measures.graded import Cell

_MINUS = "\u2212"


def sentence(direct: Cell, cot: Cell, consistency: Cell | None = None, rule: str = FLEXIBLE) -> str:
    """One sentence in plain English. Raises :class:`SpecError` where the cells are not of the same items.

    ``On the same 200 items chain of thought is right on 81.5% and direct answering on 42.0%: 39.5 points more
    (95% interval 31.5 to 46.8, exact McNemar p < 0.001), so chain of thought beats direct answering; …``
    """
    first = compare(direct, cot, rule)
    if not first.items:
        return "No item has been answered yet, so nothing can be said."
    parts = [_gain(first, share(cot, rule), share(direct, rule))]
    if consistency is not None:
        parts.append(_keeps(compare(cot, consistency, rule), share(consistency, rule)))
    return "; ".join(parts) + _failures(direct, cot, consistency) + "."


def _gain(found: Comparison, cot: Proportion, direct: Proportion) -> str:
    ending = {
        BETTER: "so chain of thought beats direct answering",
        WORSE: "so chain of thought loses to direct answering",
        UNCLEAR: "so the two cannot be told apart",
    }[found.verdict]
    return (
        f"On the same {found.items:,} item{'s' * (found.items != 1)} chain of thought is right on "
        f"{_percent(cot)} and direct answering on {_percent(direct)}: {_measured(found)}, {ending}"
    )


def _keeps(found: Comparison, here: Proportion) -> str:
    ending = {
        BETTER: "so it beats chain of thought",
        WORSE: "so it loses to chain of thought",
        UNCLEAR: "so the two cannot be told apart and it is not shown to lose to chain of thought"
        + (
            f" (a loss of more than {_points(-found.paired.low)} is unlikely)" if found.paired.low < 0 else ""
        ),
    }[found.verdict]
    measured = _measured(found, "than chain of thought")
    return f"self-consistency is right on {_percent(here)}, {measured}, {ending}"


def _measured(found: Comparison, than: str = "") -> str:
    by = found.paired.difference
    more = f"{_points(abs(by))} {'more' if by > 0 else 'fewer'} {than}".rstrip() if by else "no difference"
    low, high = (_signed(100 * end) for end in (found.paired.low, found.paired.high))
    return f"{more} (95% interval {low} to {high}, exact McNemar {p_words(found.paired.p_value)})"


def p_words(p: float) -> str:
    """
    >>> p_words(0.0123), p_words(0.00001), p_words(1.0)
    ('p = 0.012', 'p < 0.001', 'p = 1.000')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _percent(found: Proportion) -> str:
    return f"{100 * found.share:.1f}%"


def _points(by: float) -> str:
    return f"{100 * by:.1f} points"


def _signed(value: float) -> str:
    text = f"{value:.1f}"
    return text.replace("-", _MINUS) if float(text) else "0.0"


def _failures(*cells: Cell | None) -> str:
    failed = sum(bool(one.error) for cell in cells if cell for one in cell.items)
    return f" (calls that failed, {failed:,} in all, count as wrong)" if failed else ""
