"""Words that several views of the tab share."""

from app.tokenizer.chips import count_of
from pipelines.preferences.prompts import bundled
from pipelines.preferences.records import Round

TAB = "preferences"


def pairs_of(count: int) -> str:
    return count_of(count, "pair")


def evaluation_of(round: Round) -> tuple[str, ...]:
    """The prompts that what is trained on this round is voted on again with."""
    return bundled("revote") if round.spec.purpose == "collect" else ()


def span(low: float, high: float) -> str:
    """An interval of shares.

    >>> span(0.25, 0.5)
    '25 to 50 %'
    """
    return f"{100 * low:.0f} to {100 * high:.0f} %"
