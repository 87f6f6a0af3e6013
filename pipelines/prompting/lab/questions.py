"""What a run asks: the items that are chosen, those that examples may be taken from, and how answers are
read. Standard library and core only, but for what a public set needs to be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.prompting.calls import Item
from pipelines.prompting.extraction.kinds import LABEL, NUMBER
from pipelines.prompting.extraction.reading import Reading, reading_for
from pipelines.prompting.measures.positions import arranged, rotations
from pipelines.prompting.specs import OWN, Answers, PromptLabSpec
from pipelines.prompting.tasks.made.all import MADE, made
from pipelines.prompting.tasks.own.reading import read_items
from pipelines.prompting.tasks.public.loading import from_file, from_hub
from pipelines.prompting.tasks.public.sets import PUBLIC
from pipelines.prompting.tasks.registry import kind_named
from pipelines.prompting.tasks.task_set import TaskSet

_POOL = 200  # made items beside the asked ones, for examples


@dataclass(frozen=True)
class Questions:
    """``asked`` are put to the models; ``pool`` are others that examples may come from."""

    asked: TaskSet
    pool: tuple[Item, ...]
    reading: Reading

    @property
    def numbers(self) -> bool:
        """Whether the answers are numbers."""
        return self.reading.kind == NUMBER


def questions_of(spec: PromptLabSpec) -> Questions:
    """Raises :class:`SpecError` for a task that is not there and items that cannot be read."""
    asked, pool = _made(spec) if spec.task in MADE else _chosen(_found(spec), spec)
    if spec.rotate:
        asked = _rotated(asked)
    return Questions(asked, pool, reading_of(spec.answers, (*asked.items, *pool)))


def from_the_hub(spec: PromptLabSpec) -> bool:
    """Whether its items have to be fetched first."""
    return spec.task != OWN and not spec.file and not kind_named(spec.task)[0].made


def reading_of(answers: Answers, items: Sequence[Item]) -> Reading:
    """As the visitor says, or as the wanted answers of these items suggest."""
    wanted, options = [item.answer for item in items], any(item.choices for item in items)
    guessed = reading_for(wanted, options, answers.form)
    if not answers.kind:
        told = {"pattern": answers.pattern, "pick": answers.pick, "alone": answers.alone}
        return replace(guessed, day_first=answers.day_first, **told)
    if answers.kind == LABEL and not answers.labels:
        labels = guessed.labels or tuple(sorted(set(wanted)))
        answers = replace(answers, labels=labels)
    return answers.reading()


def _rotated(asked: TaskSet) -> TaskSet:
    """Each item once with its right option at every place."""
    if not any(item.choices for item in asked.items):
        raise SpecError("rotate", True, "false for items without options")
    turned = (
        [arranged(item, order) for order in rotations(len(item.choices))] if item.choices else [item]
        for item in asked.items
    )
    return TaskSet(asked.name, tuple(chain.from_iterable(turned)))


def _made(spec: PromptLabSpec) -> tuple[TaskSet, tuple[Item, ...]]:
    """Those after the asked ones are written as well: none of them repeats one."""
    written = made(spec.task, spec.n + _POOL, spec.seed)
    asked = TaskSet(spec.task, written.items[: spec.n])
    return asked, written.items[spec.n :]


def _found(spec: PromptLabSpec) -> TaskSet:
    if spec.task == OWN:
        pairs = (pair.partition("=") for pair in spec.columns)
        return read_items(spec.items, {role.strip(): column.strip() for role, _, column in pairs})
    kind, part = kind_named(spec.task)
    public = PUBLIC[kind.name]
    if spec.file:
        return from_file(public, Path(spec.file), part)
    return from_hub(public, part, Settings().home.resolve() / "task_sets")  # fetched once


def _chosen(found: TaskSet, spec: PromptLabSpec) -> tuple[TaskSet, tuple[Item, ...]]:
    """Of a set that ends. Where all are asked, examples come from among them: never an item for itself."""
    asked = found.chosen(spec.n, spec.seed)
    ids = {item.id for item in asked.items}
    rest = tuple(item for item in found.items if item.id not in ids)
    shots = max(prompt.shots for prompt in spec.prompts)
    if shots and len(rest) < shots and not spec.rotate:  # a rotated item is not known for what it is
        rest = found.items
    if shots > len(rest):
        raise SpecError("shots", shots, f"at most {len(rest)} examples, as there are items")
    return asked, rest
