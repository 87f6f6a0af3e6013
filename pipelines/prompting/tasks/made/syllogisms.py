"""Whether a statement about three made-up kinds of things follows from two others.

An argument is decided, not remembered. Of what is, or is not, an a, a b and a c there are eight sorts. *All*
and *no* say that some sorts have nothing in them; *some* says that among some sorts there is something.
Premises and the denial of the conclusion can all be true if and only if every *some* among them has a sort
left; then the conclusion does not follow.

Where it matters whether a kind may be empty ("All unicorns are white, so some are"), people disagree: such
arguments are left out.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.made.drawing import drawn

KIND = Kind(
    "syllogisms",
    "Syllogisms",
    "Say whether a conclusion follows from two statements about made-up things.",
    labels=("yes", "no"),
)
_NOUNS = (
    "tavs", "morks", "pellins", "drabbles", "quorms", "zorbs", "lempos", "grints", "fendles", "blorps",
    "wexers", "yoms", "kurls", "snivets", "hoppins", "dorvins", "vints", "pruggs", "mibs", "jaskets",
    "trulls", "noffs",
)  # fmt: skip
_ARTICLE = {
    "all": "All {x} are {y}",
    "no": "No {x} are {y}",
    "some": "Some {x} are {y}",
    "some not": "Some {x} are not {y}",
}
_DENIED = {"all": "some not", "some not": "all", "no": "some", "some": "no"}
_UNIVERSAL = ("all", "no")
_SORTS = range(8)  # bit 0: is of the first kind, bit 1: of the second, bit 2: of the third
_IN = tuple(sum(1 << sort for sort in _SORTS if sort >> kind & 1) for kind in range(3))
_EVERY = (1 << len(_SORTS)) - 1


@dataclass(frozen=True)
class Statement:
    """``form`` (``all``, ``no``, ``some``, ``some not``) of the kinds ``x`` and ``y``, 0 to 2."""

    form: str
    x: int
    y: int

    @property
    def sorts(self) -> int:
        """As a mask over the eight sorts: those that have nothing (all, no), or among which is something."""
        other = _IN[self.y] if self.form in ("no", "some") else _EVERY & ~_IN[self.y]
        return _IN[self.x] & other

    @property
    def universal(self) -> bool:
        return self.form in _UNIVERSAL

    @property
    def denied(self) -> "Statement":
        return Statement(_DENIED[self.form], self.x, self.y)

    def told(self, nouns: Sequence[str]) -> str:
        return _ARTICLE[self.form].format(x=nouns[self.x], y=nouns[self.y])


Argument = tuple[Statement, Statement, Statement]


def world(statements: Sequence[Statement], peopled: bool) -> list[int] | None:
    """One sort for each thing that has to be there so that all the statements are true, None if they cannot
    all be. ``peopled`` says that there are some of each kind."""
    left = _EVERY
    for statement in statements:
        left &= ~statement.sorts if statement.universal else _EVERY
    wanted = [s.sorts for s in statements if not s.universal] + list(_IN if peopled else ())
    found: list[int] = []
    for sorts in (left & mask for mask in wanted):
        if not sorts:
            return None
        if not any(sorts >> sort & 1 for sort in found):
            found.append(next(sort for sort in _SORTS if sorts >> sort & 1))
    return found


@cache
def arguments() -> dict[bool, tuple[Argument, ...]]:
    """Follows → the arguments: premises of the first and second and of the second and third kind, a
    conclusion of the first and third."""
    found: dict[bool, list[Argument]] = {True: [], False: []}
    for argument in product(_of(0, 1), _of(1, 2), _of(0, 2)):
        verdicts = {world((*argument[:2], argument[2].denied), peopled) is None for peopled in (False, True)}
        if len(verdicts) == 1:
            found[verdicts.pop()].append(argument)
    return {follows: tuple(some) for follows, some in found.items()}


def _of(a: int, b: int) -> list[Statement]:
    return [Statement(form, *pair) for form in _ARTICLE for pair in ((a, b), (b, a))]


def items(seed: int) -> Iterator[Item]:
    """As many conclusions follow as do not."""
    return drawn(KIND.name, seed, _written, KIND.labels)


def _written(rng: random.Random, answer: str) -> Item:
    argument = rng.choice(arguments()[answer == "yes"])
    nouns = rng.sample(_NOUNS, 3)
    first, second, conclusion = (statement.told(nouns) for statement in argument)
    premises = [first, second] if rng.random() < 0.5 else [second, first]
    steps = _proof(argument, nouns) if answer == "yes" else _counterexample(argument, nouns)
    return Item(
        "",
        f"{premises[0]}. {premises[1]}. Does it follow that {_inside(conclusion)}?",
        answer,
        rationale=concluded(steps, answer),
        fields={"forms": ", ".join(statement.form for statement in argument)},
    )


def _proof(argument: Argument, nouns: Sequence[str]) -> str:
    """Of *all* and *no*: what would break them breaks a premise. Of *some*: here is one."""
    *premises, conclusion = argument
    if conclusion.universal:
        cases = " ".join(
            f"One that is {_sort(sort, nouns)} cannot be: {_inside(premise.told(nouns))}."
            for sort in _listed(conclusion.sorts)
            for premise in [next(p for p in premises if p.universal and p.sorts >> sort & 1)]
        )
        return f"{cases} So {_inside(conclusion.told(nouns))}."
    said = next(p for p in premises if not p.universal)
    law = next(p for p in premises if p.universal)
    one = next(_listed(said.sorts & ~law.sorts))
    return (
        f"{said.told(nouns)}. As {_inside(law.told(nouns))}, one of them is {_sort(one, nouns)}. "
        f"So {_inside(conclusion.told(nouns))}."
    )


def _counterexample(argument: Argument, nouns: Sequence[str]) -> str:
    *premises, conclusion = argument
    things = world((*premises, conclusion.denied), peopled=True) or []
    there = "; ".join(f"one is {_sort(sort, nouns)}" for sort in things)
    return (
        f"Let there be only {len(things)} thing{'s' * (len(things) > 1)}: {there}. Then both statements are "
        f"true, but it is not true that {_inside(conclusion.told(nouns))}."
    )


def _sort(sort: int, nouns: Sequence[str]) -> str:
    """``a tav, a mork and no pellin``."""
    parts = [f"{'a' if sort >> kind & 1 else 'no'} {noun[:-1]}" for kind, noun in enumerate(nouns)]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _listed(mask: int) -> Iterator[int]:
    return (sort for sort in _SORTS if mask >> sort & 1)


def _inside(statement: str) -> str:
    return statement[0].lower() + statement[1:]
