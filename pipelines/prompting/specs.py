"""A run of the prompt lab as data: which items are put to which models, by which prompts, strategies and ways
of drawing, and how the answers are read. Every combination is a cell of the grid. Standard library and core
only.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, check_model, from_dict, knob
from pipelines.prompting.differences import told_apart
from pipelines.prompting.extraction.reading import Reading
from pipelines.prompting.prompt.spec import PromptSpec
from pipelines.prompting.strategies.asking import Decoding
from pipelines.prompting.strategies.registry import kind, most, settings
from pipelines.prompting.tasks.registry import kind_named
from pipelines.prompting.tools.toolbox import ToolSpec

OWN = "own"  # the task of a visitor who brings items
MOST_CELLS, MOST_ANSWERS = 64, 50_000
_MOST_OF = {"models": 8, "prompts": 8, "strategies": 16, "decodings": 8}


@dataclass(frozen=True)
class Strategy:
    """One of the registry with its settings; ``title`` tells two of a name apart."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    def __post_init__(self) -> None:
        settings(self.name, dict(self.settings))  # raises for what it does not know
        if not isinstance(self.title, str) or len(self.title) > 80:
            raise SpecError("title", self.title, "text of at most 80 characters")

    @property
    def called(self) -> str:
        return self.title or kind(self.name).title

    def own(self, numbers: bool) -> Any:
        """Its settings; ``numbers``: the answers of the task are numbers."""
        return settings(self.name, dict(self.settings), numbers)


@dataclass(frozen=True)
class Answers:
    """How responses are read; ``kind`` empty lets the wanted answers decide."""

    kind: str = ""
    form: str = "answer_is"
    pattern: str = ""
    pick: str = "first"
    day_first: bool = False
    labels: tuple[str, ...] = ()
    alone: bool = True  # an answer and nothing else is in the form

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        if self.kind:
            self.reading()
        else:
            Reading("text", self.form, pattern=self.pattern, pick=self.pick)

    def reading(self) -> Reading:
        """Of a kind that was named."""
        return Reading(**dataclasses.asdict(self))


@dataclass(frozen=True)
class PromptLabSpec:
    """``items`` are the visitor's own, as the text of a CSV, JSON or JSON Lines file, for the task ``own``;
    ``columns`` are ``role=column`` where their names do not tell. ``n`` of the items are asked, chosen by
    ``seed``; examples come from the rest. Prices are per million tokens, 0 for none."""

    name: str = knob("", label="Name", help="How the run is called in lists.", max_chars=80)
    task: str = knob(
        "arithmetic",
        label="Task",
        help="A task set of the list, or own for items of one's own.",
        max_chars=200,
    )
    items: str = knob("", label="Items", help="CSV, JSON or JSON Lines.", max_chars=2_000_000, hidden=True)
    columns: tuple[str, ...] = knob(
        (), label="Columns", help="role=column: question, answer, choices, rationale.", high=8, hidden=True
    )
    file: str = knob(
        "", label="File", help="Of a public task set: a file of this machine's disk in place of the Hub.",
        max_chars=1000, advanced=True,
    )  # fmt: skip
    n: int = knob(50, label="Items", help="How many are asked.", low=1, high=2000, step=1)
    seed: int = knob(0, label="Seed", help="Which items, and every draw.", low=0, high=2**31 - 1, step=1)
    rotate: bool = knob(
        False,
        label="Every place for the right option",
        help="Of multiple choice: each item is asked as often as it has options, with these moved on by one, "
        "so that it shows whether the place decides.",
        advanced=True,
    )
    models: tuple[str, ...] = knob(
        ("house/story-instruct",), label="Models", help="One or several.", high=8, max_chars=300
    )
    strategies: tuple[Strategy, ...] = (Strategy("direct"), Strategy("cot"))
    prompts: tuple[PromptSpec, ...] = (PromptSpec(),)
    decodings: tuple[Decoding, ...] = (Decoding(),)
    answers: Answers = Answers()
    tools: ToolSpec = field(default_factory=ToolSpec)
    price_prompt: float = knob(
        0.0, label="Price of prompts", help="Per million tokens.", low=0, high=1e6, advanced=True
    )
    price_written: float = knob(
        0.0, label="Price of answers", help="Per million tokens.", low=0, high=1e6, advanced=True
    )

    def __post_init__(self) -> None:
        for name in ("strategies", "prompts", "decodings"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check(self)
        for name, most_ in _MOST_OF.items():
            found = getattr(self, name)
            if not 1 <= len(found) <= most_:
                raise SpecError(name, len(found), f"1 to {most_} of them")
            if len(set(map(str, found))) < len(found):
                raise SpecError(name, str(found[-1]), "each of them once")
        for model in self.models:
            check_model("models", model)
        if self.task != OWN and kind_named(self.task)[0].made and self.file:
            raise SpecError("file", self.file, "nothing for a task set that is written here")
        if (self.task == OWN) != bool(self.items):
            accepted = "items exactly where the task is own"
            raise SpecError("items", self.items[:60], accepted)
        self._check_size()

    def _check_size(self) -> None:
        cells = sum(1 for _ in self.cells())
        if cells > MOST_CELLS:
            accepted = f"at most {MOST_CELLS} combinations of model, prompt, strategy and decoding"
            raise SpecError("strategies", f"{cells} combinations", accepted)
        drawn = self.most_answers
        if drawn > MOST_ANSWERS:
            accepted = f"at most {MOST_ANSWERS:,} answers in all: take fewer items, samples or combinations"
            raise SpecError("n", f"{drawn:,} answers", accepted)

    @property
    def most_answers(self) -> int:
        """Texts that the models write at most."""
        each = sum(most(s.name, s.own(False)).samples for s in self.strategies)
        return self.n * each * len(self.models) * len(self.prompts) * len(self.decodings)

    def cells(self) -> Iterator["Cell"]:
        """The grid, a model's cells beside each other, so that each is loaded once."""
        for model in self.models:
            for p in range(len(self.prompts)):
                for d in range(len(self.decodings)):
                    for s in range(len(self.strategies)):
                        yield Cell(model, s, p, d)

    def title(self, cell: "Cell") -> str:
        """What tells the cell from the others of this grid.

        >>> spec = PromptLabSpec(models=("house/a", "house/b"))
        >>> [spec.title(cell) for cell in spec.cells()][:2]
        ['Direct · house/a', 'Chain of thought · house/a']
        """
        parts = [self.strategies[cell.strategy].called]
        if len(self.models) > 1:
            parts.append(cell.model)
        if len(self.prompts) > 1:
            parts.append(told_apart(self.prompts, "prompt")[cell.prompt])
        if len(self.decodings) > 1:
            parts.append(told_apart(self.decodings, "decoding")[cell.decoding])
        return " · ".join(parts)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PromptLabSpec":
        """From JSON: strategies by name or as ``{"name": …, "settings": {…}}``."""
        if not isinstance(values, dict):
            raise SpecError("spec", values, "a JSON object with the spec's fields")
        given = dict(values)
        for name, made in (
            ("strategies", _strategy),
            ("prompts", _part(PromptSpec)),
            ("decodings", _part(Decoding)),
        ):
            if name in given:
                given[name] = tuple(made(one) for one in _list(name, given[name]))
        for name, made in (("answers", Answers), ("tools", ToolSpec)):
            if name in given:
                given[name] = _part(made)(given[name])
        return from_dict(cls, given)

    def to_dict(self) -> dict[str, Any]:
        return _plain(dataclasses.asdict(self))


@dataclass(frozen=True)
class Cell:
    """One combination: the model's name and places in the spec's lists."""

    model: str
    strategy: int
    prompt: int = 0
    decoding: int = 0


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise SpecError(name, value, "a list")
    return list(value)


def _strategy(value: Any) -> Strategy:
    return Strategy(value) if isinstance(value, str) else _part(Strategy)(value)


def _part(cls: type) -> Any:
    return lambda value: value if isinstance(value, cls) else from_dict(cls, value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
