"""What a question means after what was said before, and other ways to put it: by a model that can be asked,
else by rule.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from pipelines.rag.answering.helped import one_question, passage, wordings
from pipelines.rag.answering.requests import HYPOTHETICAL, QUERIES, REWRITE, Turn
from pipelines.rag.answering.standalone import by_rule

TOKENS = {REWRITE: 80, QUERIES: 200, HYPOTHETICAL: 160}  # that such a help may be long


@dataclass(frozen=True)
class Understood:
    """As the fields of a :class:`~pipelines.rag.answering.moments.Moment` are."""

    standalone: str
    rewritten: str = ""
    queries: tuple[str, ...] = ()
    hypothetical: str = ""


Help = Callable[[str, str, tuple[Turn, ...], int], Generator[None, None, str]]  # form, question, turns, count


def stand_alone(
    question: str, turns: tuple[Turn, ...], help: Help | None
) -> Generator[None, None, Understood]:
    """The question as it can be searched; without ``help`` by rule. Yields None while the model writes."""
    if not turns:
        return Understood(question)
    if help is None:
        ruled = by_rule(question, turns)
        return Understood(ruled, "rule" if ruled != question else "")
    said = one_question((yield from help(REWRITE, question, turns, 0)), question)
    return Understood(said or question, "model" if said else "")


def other_ways(known: Understood, count: int, invent: bool, help: Help) -> Generator[None, None, Understood]:
    """With up to ``count`` other wordings, and with an invented answer."""
    question, queries, invented = known.standalone, (), ""
    if count:
        queries = wordings((yield from help(QUERIES, question, (), count)), question, count)
    if invent:
        invented = passage((yield from help(HYPOTHETICAL, question, (), 0)))
    return Understood(question, known.rewritten, queries, invented)
