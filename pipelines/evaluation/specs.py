"""An evaluation as data: which tasks are put to which models, and how. Standard library and core only."""

from dataclasses import dataclass
from typing import Any

from pipelines.core.corpus_names import check_corpus_name
from pipelines.core.errors import SpecError
from pipelines.core.fields import check, check_model, from_dict, knob, to_dict

TEXT = "text:"  # before a corpus: language modelling on its documents
WHOLE = "whole"
MOST_MODELS, MOST_TASKS, MOST_ITEMS = 16, 32, 100_000


@dataclass(frozen=True)
class EvalSpec:
    """``tasks`` are names of the registry, ``name/part`` for one of a task's subsets, or ``text:`` and a
    corpus for language modelling. Every task is put to every model. Of ``file`` the rows are read in place
    of the Hub's, in the task's published format: a file of the owner's disk, or an upload."""

    name: str = knob("", label="Name", help="How the run is called in lists.", max_chars=80)
    models: tuple[str, ...] = knob(
        ("house/story-base",), label="Models", help="One or several.", high=MOST_MODELS, max_chars=300
    )
    tasks: tuple[str, ...] = knob(
        ("story_cloze",), label="Tasks", help="One or several.", high=MOST_TASKS, max_chars=200
    )
    file: str = knob("", label="File", help="Of one task: its rows in the published format.", max_chars=1000)
    limit: int = knob(
        0, label="Limit", help="The first so many items of each part; 0 for all.", low=0, high=MOST_ITEMS
    )
    num_fewshot: int = knob(
        0, label="Examples", help="Solved ones that stand before each item.", low=0, high=64, step=1
    )
    seed: int = knob(1234, label="Seed", help="Of the examples and of what is drawn.", low=0, high=2**31 - 1)
    chat: bool = knob(
        False, label="Chat template", help="Put each item as a message, by the model's own template."
    )
    checkpoints: bool = knob(
        False, label="Every checkpoint", help="Of a run: also as it stood at each step that is kept."
    )
    samples: int = knob(
        1, label="Samples", help="Answers to each item, where pass@k is asked for.", low=1, high=200, step=1
    )
    judge: str = knob("", label="Judge", help="The model that judges answers; empty for none.", max_chars=300)
    weights: str = knob(
        WHOLE,
        label="Weights",
        help="whole: as the models are loaded everywhere. int8, nf4: their linear layers in 8 or 4 bits.",
        choices=(WHOLE, "int8", "nf4"),
        advanced=True,
    )
    batch_tokens: int = knob(
        0,
        label="Batch",
        help="Tokens that are read at once; 0 lets the memory decide.",
        low=0,
        high=1_000_000,
        advanced=True,
    )
    context_length: int = knob(
        0,
        label="Context",
        help="Of language modelling, in tokens; 0 for the model's own.",
        low=0,
        high=1_000_000,
        advanced=True,
    )
    stride: int = knob(
        0,
        label="Stride",
        help="Tokens by which the window moves on; 0 for the whole context: faster, with less before each.",
        low=0,
        high=1_000_000,
        advanced=True,
    )
    fresh: bool = knob(
        False, label="Ask again", help="Also what is known already from an earlier run.", advanced=True
    )
    reader: str = knob(
        "",
        label="Reader",
        help="Whose texts and file are read; set by the page.",
        max_chars=80,
        hidden=True,
    )

    def __post_init__(self) -> None:
        check(self)
        for name in ("models", "tasks"):
            given = getattr(self, name)
            if not given or len(set(given)) < len(given):
                raise SpecError(name, given, "one or several different names")
        for model in self.models:
            check_model("models", model)
        if self.judge:
            check_model("judge", self.judge)
        if self.file and len(self.tasks) > 1:
            raise SpecError("file", self.file, "nothing where several tasks are asked: it is the rows of one")
        if self.stride and self.context_length and self.stride > self.context_length:
            raise SpecError("stride", self.stride, f"at most context_length, {self.context_length}")
        for corpus in self.corpora():
            check_corpus_name(corpus, "tasks")
            if self.file:
                raise SpecError(
                    "file", self.file, f"nothing with {TEXT}{corpus}, which names its own documents"
                )

    def corpora(self) -> tuple[str, ...]:
        """Those on which language modelling is measured."""
        return tuple(task.removeprefix(TEXT) for task in self.tasks if task.startswith(TEXT))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "EvalSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)


def fewer_bits(spec: EvalSpec) -> dict[str, str]:
    """The setting of the weights where it is not the usual, which results got without it do not name."""
    return {} if spec.weights == WHOLE else {"weights": spec.weights}
