"""What every encoder task has: sequences to read, a loss, and measures of the answers.

A lesson is bound to its rows. It knows tokenizers and logits; nothing of jobs, trainers or adapters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipelines.training.rows.examples import Example
from pipelines.training.tuning.specs import EncoderSpec

IGNORED = -100  # a target that does not count, as everywhere in torch

Sequence_ = dict[str, Any]  # one sequence: input_ids, what is learnt at them, what its answer is read with
Batch = dict[str, torch.Tensor]
_TEXT = ("input_ids", "token_type_ids")


@dataclass(frozen=True)
class Answer:
    """A held-out row with what came of it, for people: its number in its file, the ``loss`` of the answer in
    nats a target, what was read, what was ``wanted``, what was ``given`` and whether that is ``right``."""

    row: int
    loss: float
    prompt: str
    wanted: str
    given: str
    right: bool


class Lesson:
    """``training`` and ``held_out`` are sequences. ``best`` is the measure by which the best checkpoint is
    chosen, the higher the better, but for the loss. ``labels`` are those of the head, in the order of its
    outputs; empty for a
    task that has none. ``cut`` is the share of the rows that did not fit into ``max_length``."""

    auto_class: ClassVar[Any]
    best: ClassVar[str]
    pipeline_tag: ClassVar[str]

    def __init__(
        self, spec: EncoderSpec, tokenizer: Any, training: Sequence[Example], held_out: Sequence[Example]
    ):
        self.spec, self.tokenizer = spec, tokenizer
        self.examples = (list(training), list(held_out))
        self._cuts: list[bool] = []
        self.labels: tuple[str, ...] = self._labels()
        self.training = self._sequences(self.examples[0])
        self.cut = sum(self._cuts) / max(1, len(self._cuts))
        self.held_out = self._sequences(self.examples[1])

    def config(self) -> dict[str, Any]:
        """What the model's config is told beside its own."""
        if not self.labels:
            return {}
        return {
            "num_labels": len(self.labels),
            "id2label": dict(enumerate(self.labels)),
            "label2id": {label: number for number, label in enumerate(self.labels)},
        }

    def collate(self, sequences: Sequence[Sequence_], seed: int = 0) -> Batch:
        """The sequences side by side, padded on the right; ``seed`` is for tasks that draw."""
        return padded(sequences, self.tokenizer)

    def forward(self, model: torch.nn.Module, batch: Batch) -> tuple[torch.Tensor, Any]:
        """The loss, and the outputs that :meth:`answers` reads."""
        outputs = model(**batch)
        return outputs.loss, outputs

    def answers(self, outputs: Any, batch: Batch, sequences: Sequence[Sequence_]) -> list[Any]:
        """One answer a sequence, small enough to keep."""
        raise NotImplementedError

    def measure(self, answers: list[Any]) -> dict[str, float]:
        """The measures over the answers to all held-out sequences, in their order."""
        raise NotImplementedError

    def losses(self, outputs: Any, batch: Batch) -> list[float]:
        """The loss of each sequence, in nats a target."""
        return mean_losses(outputs.logits, batch["labels"])

    def given(self, answers: list[Any]) -> list[str]:
        """The answer to each held-out example as text, for the rows that are shown."""
        raise NotImplementedError

    def answered(self, answers: list[Any], losses: list[float]) -> list[Answer]:
        """The held-out rows with what was answered; ``answers`` and ``losses`` are those of all held-out
        sequences, in their order."""
        raise NotImplementedError

    def _labels(self) -> tuple[str, ...]:
        return ()

    def _sequences(self, examples: Sequence[Example]) -> list[Sequence_]:
        raise NotImplementedError


def padded(sequences: Sequence[Sequence_], tokenizer: Any) -> Batch:
    """input_ids[item, token], token_type_ids where the model reads them, and the attention mask."""
    width = max(len(sequence["input_ids"]) for sequence in sequences)
    pads = {"input_ids": tokenizer.pad_token_id or 0, "token_type_ids": tokenizer.pad_token_type_id}
    batch = {
        name: rows([sequence[name] for sequence in sequences], width, pads[name])
        for name in _TEXT
        if name in sequences[0]
    }
    ones = [[1] * len(sequence["input_ids"]) for sequence in sequences]
    return {**batch, "attention_mask": rows(ones, width, 0)}


def rows(lists: Sequence[Sequence[int]], width: int, pad: int) -> torch.Tensor:
    """Lists of numbers → a tensor[item, width], padded on the right."""
    made = np.full((len(lists), width), pad, np.int64)
    for place, numbers in enumerate(lists):
        made[place, : len(numbers)] = numbers
    return torch.from_numpy(made)


def mean_losses(logits: torch.Tensor, targets: torch.Tensor) -> list[float]:
    """logits[item, …, class] and targets[item, …] → the mean cross-entropy over each item's targets that
    count; 0 for an item without one."""
    flat = cross_entropy(
        logits.float().flatten(0, -2), targets.flatten(), ignore_index=IGNORED, reduction="none"
    ).reshape(len(targets), -1)
    counts = (targets.reshape(len(targets), -1) != IGNORED).sum(1)
    return (flat.sum(1) / counts.clamp(min=1)).tolist()


def counted(batch: Batch) -> int:
    """Over how many targets the loss of this batch is a mean."""
    for name in ("targets", "labels"):
        if name in batch and batch[name].ndim > 1:
            return max(1, int((batch[name] != IGNORED).sum()))
    return len(batch["input_ids"])


def text_of(encoded: Any, place: int | None = None) -> Sequence_:
    """input_ids and token_type_ids of what a tokenizer gave; ``place`` picks one of several windows."""
    names = (name for name in _TEXT if name in encoded)
    return {name: encoded[name] if place is None else encoded[name][place] for name in names}
