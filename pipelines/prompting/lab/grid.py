"""The programs of a grid: what each cell asks about an item. Knows no model. Torch-free, but for MiniLM where
examples are to be near.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipelines.prompting.calls import Call, Item, Program
from pipelines.prompting.lab.questions import Questions, questions_of
from pipelines.prompting.prompt.builder import Builder, check_columns
from pipelines.prompting.specs import Cell, PromptLabSpec
from pipelines.prompting.strategies.asking import Asking
from pipelines.prompting.strategies.registry import begun
from pipelines.prompting.tools.base import Tool
from pipelines.prompting.tools.search import Searching
from pipelines.prompting.tools.toolbox import make


@dataclass(frozen=True)
class Grid:
    """``builders`` are by the prompt's place in the spec."""

    spec: PromptLabSpec
    questions: Questions
    builders: tuple[Builder, ...]
    tools: dict[str, Tool]

    @property
    def total(self) -> int:
        """Items of all cells."""
        return len(self.questions.asked.items) * sum(1 for _ in self.spec.cells())

    def settings(self, cell: Cell) -> Any:
        """Of the cell's strategy, as they suit the kind of answer."""
        return self.spec.strategies[cell.strategy].own(self.questions.numbers)

    def programs(self, cell: Cell) -> Iterator[tuple[str, Program]]:
        """(the item's id, its program), begun one by one as they are wanted."""
        for item in self.questions.asked.items:
            yield item.id, self.program(cell, item)

    def program(self, cell: Cell, item: Item) -> Program:
        asking = Asking(
            item=item,
            build=partial(self.builders[cell.prompt].build, item),
            settings=self.settings(cell),
            decoding=self.spec.decodings[cell.decoding],
            extract=partial(self.questions.reading.answer, choices=item.choices),
            tools=self.tools,
        )
        return begun(self.spec.strategies[cell.strategy].name, asking)

    def first_calls(self, cell: Cell, item: Item) -> tuple[Call, ...]:
        """What is asked before any reply."""
        program = self.program(cell, item)
        try:
            return next(program)
        finally:
            program.close()

    def prepare(self) -> None:
        """What is quicker for all items at once."""
        for builder in self.builders:
            builder.prepare(self.questions.asked.items)


def grid_of(spec: PromptLabSpec, search: Searching | None = None) -> Grid:
    """All that can fail by itself fails here: raises :class:`SpecError` for items, templates, examples and
    tools that do not fit together. ``search`` is that of the collection that the tools name."""
    questions = questions_of(spec)
    builders = tuple(Builder(prompt, questions.pool) for prompt in spec.prompts)
    for prompt in spec.prompts:
        check_columns(prompt, questions.asked.items)
    return Grid(spec, questions, builders, make(spec.tools, search))
