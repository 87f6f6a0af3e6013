"""What the parts of an evaluation hand to each other: what a model is asked, what it says, and how an item
came out. Knows no model, no file and no page. Standard library only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Ask:
    """How likely is ``continuation`` after ``context``? Tokens are told apart as lm-evaluation-harness does:
    spaces at the end of a context belong to the continuation. An empty context is the text's beginning."""

    context: str
    continuation: str


@dataclass(frozen=True)
class Said:
    """``log_prob`` is in nats, of all ``tokens`` of the continuation together; ``greedy``: each of them is
    the likeliest. ``cut`` is how many tokens at the front of the context the model had no room for.
    ``pieces`` are (token, log-probability) for whoever looks at them, empty where nobody does."""

    log_prob: float
    greedy: bool
    tokens: int
    cut: int = 0
    pieces: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Write:
    """What the model is to write on from ``context``: until one of ``until``, which is left out, until it
    ends the text itself, or ``max_new_tokens``. ``temperature`` 0 is greedy."""

    context: str
    until: tuple[str, ...] = ()
    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    samples: int = 1
    seed: int = 0


class Answerer(Protocol):
    """A model that answers, in the order it is asked; it sorts and batches for itself."""

    name: str

    def score(self, asks: Sequence[Ask]) -> list[Said]: ...

    def write(self, writes: Sequence[Write]) -> list[tuple[str, ...]]:
        """Of each, as many texts as samples."""
        ...

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        """``{"role", "content"}`` as the context of an answer, by the model's own template; GlassworksError
        where it has none."""
        ...

    def scores(self) -> bool:
        """Whether it can score: False for a server that gives no log-probabilities of a prompt."""
        ...


@dataclass(frozen=True)
class Item:
    """One row of a task, ready to be asked. ``part`` is the subset it belongs to (a subject, a paradigm).
    ``fields`` is the row as it was published; ``shots`` are the rows of the solved examples that stand before
    it, drawn for each item anew as lm-evaluation-harness does."""

    id: str
    fields: Mapping[str, Any]
    part: str = ""
    shots: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Option:
    """One of the continuations among which a model chose, as it was scored."""

    text: str
    log_prob: float
    tokens: int
    greedy: bool
    wanted: bool


@dataclass(frozen=True)
class Outcome:
    """How an item came out: ``values`` has each metric of this item alone. ``prompt`` is what the model was
    given; ``options`` what was scored, or ``texts`` what it wrote; ``read`` what the filters took from that,
    by their names; ``wanted`` the right answer in words. ``details`` are JSON values for the item's view."""

    id: str
    part: str
    values: Mapping[str, float]
    prompt: str
    wanted: str
    options: tuple[Option, ...] = ()
    texts: tuple[str, ...] = ()
    read: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """``name`` is lm-evaluation-harness's, with the filter's behind a comma where there is one
    (``exact_match,strict-match``). ``pooled`` says how the items' values become one figure: ``mean``,
    or ``perplexity`` (the exponential of minus their mean). ``share``: a value is 0 or 1 and the figure a
    percentage. ``weight`` names the value by which an item counts in the mean (of IFEval's instruction
    level: how many instructions it has); empty: all count alike. An item that has no value of a metric
    (pass@8 of five answers, a grade that the judge did not give) does not count in it."""

    name: str
    about: str
    higher_is_better: bool = True
    pooled: str = "mean"
    share: bool = True
    weight: str = ""


@dataclass(frozen=True)
class Figure:
    """A metric over items, with the standard error as lm-evaluation-harness reckons it (n − 1)."""

    metric: str
    value: float
    stderr: float
    count: int


Progress = Callable[[int], None]  # so many asks more are answered; may raise to stop
