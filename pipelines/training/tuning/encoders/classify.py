"""A label for a text, or for a pair of texts."""

from collections.abc import Sequence
from typing import Any

from transformers import AutoModelForSequenceClassification

from pipelines.common.metrics import accuracy, macro_f1
from pipelines.core.errors import GlassworksError
from pipelines.training.rows.examples import Labelled
from pipelines.training.tuning.encoders.base import Answer, Batch, Lesson, Sequence_, text_of

MOST_LABELS = 1000

_FEW = "All {rows:,} rows have the label {label!r}: there is nothing to tell apart. Is that the right column?"
_MANY = "The rows have {labels:,} labels, and at most {most:,} are accepted. Is that the right column?"


class Classifying(Lesson):
    auto_class = AutoModelForSequenceClassification
    best = "macro_f1"
    pipeline_tag = "text-classification"

    def config(self) -> dict[str, Any]:
        return {**super().config(), "problem_type": "single_label_classification"}

    def collate(self, sequences: Sequence[Sequence_], seed: int = 0) -> Batch:
        import torch

        batch = super().collate(sequences)
        return {**batch, "labels": torch.tensor([sequence["label"] for sequence in sequences])}

    def answers(self, outputs: Any, batch: Batch, sequences: Sequence[Sequence_]) -> list[int]:
        return outputs.logits.argmax(-1).tolist()

    def measure(self, answers: list[int]) -> dict[str, float]:
        wanted, given = [example.label for example in self.examples[1]], self.given(answers)
        return {"accuracy": accuracy(wanted, given), "macro_f1": macro_f1(wanted, given)}

    def given(self, answers: list[int]) -> list[str]:
        return [self.labels[answer] for answer in answers]

    def answered(self, answers: list[int], losses: list[float]) -> list[Answer]:
        rows = zip(self.examples[1], self.given(answers), losses, strict=True)
        return [
            Answer(
                row.row,
                loss,
                "\n".join(filter(None, (row.text, row.second))),
                row.label,
                given,
                row.label == given,
            )
            for row, given, loss in rows
        ]

    def _labels(self) -> tuple[str, ...]:
        """Also those that only held-out rows have: to miss them is counted."""
        found = sorted({example.label for side in self.examples for example in side})
        if len(found) < 2:
            rows = sum(map(len, self.examples))
            raise GlassworksError(_FEW.format(rows=rows, label=found[0] if found else ""))
        if len(found) > MOST_LABELS:
            raise GlassworksError(_MANY.format(labels=len(found), most=MOST_LABELS))
        return tuple(found)

    def _sequences(self, examples: Sequence[Labelled]) -> list[Sequence_]:
        numbers = {label: number for number, label in enumerate(self.labels)}
        return [{**self._read(example), "label": numbers[example.label]} for example in examples]

    def _read(self, example: Labelled) -> Sequence_:
        texts = (example.text, example.second) if example.second else (example.text,)
        encoded = self.tokenizer(*texts, truncation=True, max_length=self.spec.max_length)
        self._cuts.append(len(encoded["input_ids"]) >= self.spec.max_length and self._longer(texts))
        return text_of(encoded)

    def _longer(self, texts: tuple[str, ...]) -> bool:
        return len(self.tokenizer(*texts, verbose=False)["input_ids"]) > self.spec.max_length
