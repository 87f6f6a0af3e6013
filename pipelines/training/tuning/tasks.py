"""What a model can be tuned for: a name, the rows it learns from, and the models that can learn it. Standard
library only.
"""

from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.training.rows.examples import (
    Answered,
    Asked,
    Chat,
    Completion,
    Labelled,
    Pair,
    Plain,
    Rated,
    Tagged,
)


@dataclass(frozen=True)
class Task:
    """``examples`` are the classes of rows that it takes; ``bases`` the capabilities of which the base model
    needs one; ``capability`` is what the tuned model can do. ``measure`` is the chief one on held-out rows,
    by which the best checkpoint is kept: the higher the better, but for the loss."""

    name: str
    title: str
    job: str
    examples: tuple[type, ...]
    bases: tuple[str, ...]
    capability: str
    words: str
    measure: str = "loss"

    @property
    def causal(self) -> bool:
        """Whether what is learnt are tokens of a text that goes on."""
        return self.capability == "causal-lm"

    @property
    def compares(self) -> bool:
        """Whether answers are learnt from by which are better: of a row only the last reply counts."""
        return self.name in PREFERENCES and not self.asks

    @property
    def asks(self) -> bool:
        """Whether the model writes the answers itself, to prompts."""
        return Asked in self.examples


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("instruct", "Instructions", "sft", (Chat, Completion), ("causal-lm",), "causal-lm",
             "Learns to answer: from prompts with completions, or from conversations."),
        Task("continue", "More text", "sft", (Plain,), ("causal-lm",), "causal-lm",
             "Goes on with pretraining, on text of another kind."),
        Task("classify", "Classify texts", "encoder", (Labelled,), ("encoder", "masked-lm"),
             "sequence-classification", "Gives a text one of several labels.", "macro_f1"),
        Task("tag", "Tag words (NER)", "encoder", (Tagged,), ("encoder", "masked-lm"),
             "token-classification", "Finds names of people, places and things in a text.", "entity_f1"),
        Task("answer", "Find answers", "encoder", (Answered,), ("encoder", "masked-lm"),
             "question-answering", "Finds the part of a text that answers a question.", "f1"),
        Task("fill", "Fill masks", "encoder", (Plain,), ("encoder", "masked-lm"), "masked-lm",
             "Guesses words that are hidden in a text.", "top5"),
    )
}  # fmt: skip

# Learning from preferences; each is a job kind of the same name.
PREFERENCES: dict[str, Task] = {
    task.name: task
    for task in (
        Task("dpo", "Preferences (DPO)", "dpo", (Pair,), ("causal-lm",), "causal-lm",
             "Learns to answer as in the preferred ones of pairs of answers, held near to the base."),
        Task("kto", "Rated answers (KTO)", "kto", (Rated, Pair), ("causal-lm",), "causal-lm",
             "Learns from single answers that are good or bad; pairs count as one of each."),
        Task("orpo", "Preferences (ORPO)", "orpo", (Pair,), ("causal-lm",), "causal-lm",
             "Learns the preferred answers as a tuning would, and their odds over the others, in one."),
        Task("reward", "Reward model", "reward", (Pair,), ("causal-lm",), "sequence-classification",
             "Gives an answer a number: the better, the higher."),
        Task("grpo", "Rewards (GRPO)", "grpo", (Asked,), ("causal-lm",), "causal-lm",
             "Learns from which of its own answers to a prompt get more reward than others.", "reward"),
        Task("rloo", "Rewards (RLOO)", "rloo", (Asked,), ("causal-lm",), "causal-lm",
             "The same, each answer weighed against the mean of the others.", "reward"),
    )
}  # fmt: skip
_ALL = TASKS | PREFERENCES


def task_named(name: object) -> Task:
    """Raises :class:`SpecError` naming ``task``."""
    if name not in _ALL:
        raise SpecError("task", name, f"one of {', '.join(map(repr, _ALL))}")
    return _ALL[name]


def tasks_of(job: str) -> tuple[str, ...]:
    """The names of a job kind's tasks."""
    return tuple(task.name for task in TASKS.values() if task.job == job)
