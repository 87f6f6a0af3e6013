"""An item's messages: system, examples, the item in its template. The same spec, pool and item bring the same
messages, in any order of asking and after a restart. Knows no model; MiniLM is loaded only where examples are
to be near.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item, Message
from pipelines.prompting.prompt.choosing import Twins, balanced, by_label, drawn
from pipelines.prompting.prompt.form import Example, Form, check_named
from pipelines.prompting.prompt.labels import shown_answers
from pipelines.prompting.prompt.spec import (
    ALWAYS,
    ASKED,
    BALANCED,
    FIRST,
    HAND,
    NEAREST,
    NEAREST_LAST,
    RANDOM,
    SHUFFLED,
    TRUE,
    PromptSpec,
)
from pipelines.prompting.prompt.template import parse


class Neighbours(Protocol):
    """Over the pool's questions, in its order (:class:`~pipelines.prompting.prompt.nearest.Neighbours`)."""

    def ranked(self, question: str) -> Sequence[int]:
        """All places, the nearest first, ties in the order of the pool."""
        ...

    def prepare(self, questions: Sequence[str]) -> None:
        """Look at many questions at once, which takes less time than one by one."""
        ...


class Builder:
    """Raises :class:`SpecError` for a template that names a column which an item of the pool lacks, for more
    examples than the pool has, for an id that it has not, and for labels that cannot be flipped."""

    def __init__(self, spec: PromptSpec, pool: Sequence[Item] = (), neighbours: Neighbours | None = None):
        self.spec = spec
        self._pool = tuple(pool) if spec.shots else ()
        self._form = Form(spec)
        self._neighbours = neighbours
        self._places = {item.id: place for place, item in enumerate(self._pool)}
        self._check_pool()
        self._labels = shown_answers(self._pool, spec.labels, spec.seed)
        self._asked = tuple(map(self._form.asked, self._pool))
        self._twins = Twins(self._pool, self._asked)
        self._eligible = {False: frozenset(range(len(self._pool)))}
        self._eligible[True] = frozenset(at for at, item in enumerate(self._pool) if item.rationale.strip())

    def build(
        self,
        item: Item,
        instruction: str,
        with_rationales: bool,
        question: str | None = None,
        shots: int | None = None,
    ) -> tuple[Message, ...]:
        """The messages that ask ``item``, the last of them the user's. ``question`` stands in its question's
        place. ``shots`` asks for fewer examples than the spec; 0 for none, where something else than the
        answer is asked for. Raises :class:`SpecError` for a column that the item lacks."""
        examples = self.examples(item, with_rationales, shots)
        said = instruction if self.spec.instructed or not examples else ""
        return self._form.messages(examples, self._form.asked(item, said, question))

    def examples(self, item: Item, with_rationales: bool, shots: int | None = None) -> tuple[Example, ...]:
        """In the order in which they are shown; fewer than asked for where no more are left besides the item
        itself."""
        worked = self._worked(with_rationales)
        most = self.spec.shots if shots is None else min(shots, self.spec.shots)
        if not most:
            return ()
        allowed = self._eligible[worked]
        if not allowed:
            none = f"examples with worked solutions: none of these {len(self._pool)} has one"
            raise SpecError("rationales", self.spec.rationales, none)
        allowed -= self._twins.of(item, self._form.asked(item))
        chosen = list(islice(self._chosen(item, allowed), most))
        return tuple(self._example(place, worked) for place in self._ordered(item, chosen))

    def prepare(self, items: Sequence[Item]) -> None:
        """For many items, before the first of them is built: their questions are then compared with the
        pool's in batches. Brings the same messages as without."""
        if self.spec.shots and (self.spec.choice == NEAREST or self.spec.order == NEAREST_LAST):
            self._near().prepare([item.question for item in items])

    def _worked(self, asked: bool) -> bool:
        if self.spec.labels != TRUE:
            return False
        return asked if self.spec.rationales == ASKED else self.spec.rationales == ALWAYS

    def _chosen(self, item: Item, allowed: frozenset[int]) -> Iterator[int]:
        """Places of the pool, the first to be shown first."""
        rng = random.Random(f"examples {self.spec.seed} {item.id}")
        if self.spec.choice == BALANCED:
            return balanced(rng, by_label(self._pool, allowed))
        ways = {
            HAND: lambda: (self._places[one] for one in self.spec.examples),
            FIRST: lambda: range(len(self._pool)),
            RANDOM: lambda: drawn(rng, len(self._pool)),
            NEAREST: lambda: self._near().ranked(item.question),
        }
        return (place for place in ways[self.spec.choice]() if place in allowed)

    def _ordered(self, item: Item, chosen: list[int]) -> list[int]:
        if self.spec.order == SHUFFLED:
            random.Random(f"order {self.spec.order_seed} {item.id}").shuffle(chosen)
        if self.spec.order == NEAREST_LAST:
            wanted = set(chosen)
            return [place for place in self._near().ranked(item.question) if place in wanted][::-1]
        return chosen

    def _example(self, place: int, worked: bool) -> Example:
        item, label = self._pool[place], self._labels[place]
        response = self._form.answered(item, label, worked)
        return Example(item.id, self._asked[place], response, label, item.answer)

    def _near(self) -> Neighbours:
        if self._neighbours is None:
            from pipelines.prompting.prompt.nearest import Neighbours as ByMiniLM

            self._neighbours = ByMiniLM([item.question for item in self._pool])
        return self._neighbours

    def _check_pool(self) -> None:
        spec, there = self.spec, len(self._pool)
        if spec.shots > there:
            raise SpecError("shots", spec.shots, f"at most the {there:,} examples that there are")
        if len(self._places) < there:
            raise SpecError("pool", f"{there - len(self._places)} ids again", "examples with an id each")
        for one in spec.examples if spec.shots and spec.choice == HAND else ():
            if one not in self._places:
                some = ", ".join(list(self._places)[:5])
                raise SpecError(
                    "examples", one, f"ids of the {there:,} examples: {some}{' …' if there > 5 else ''}"
                )
        check_columns(spec, self._pool)


def check_columns(spec: PromptSpec, items: Sequence[Item]) -> None:
    """Raise :class:`SpecError` for a variable of the template that an item's data lacks: before a run, so
    that it does not fail half-way."""
    parts = parse(spec.template)
    seen: set[tuple[str, ...]] = set()
    for item in items:
        columns = tuple(item.fields)
        if columns not in seen:
            seen.add(columns)
            check_named(parts, columns, f"item {item.id}")
