"""A tag for each word. Words become pieces; the first piece of a word speaks for it, and learns alone."""

from collections.abc import Sequence
from typing import Any

from transformers import AutoModelForTokenClassification

from pipelines.common.metrics import accuracy, entities, entity_scores
from pipelines.common.spans import first_pieces
from pipelines.core.errors import GlassworksError
from pipelines.training.rows.examples import Tagged
from pipelines.training.tuning.encoders.base import IGNORED, Answer, Batch, Lesson, Sequence_, rows, text_of

OUTSIDE = "O"


class Tagging(Lesson):
    auto_class = AutoModelForTokenClassification
    best = "entity_f1"
    pipeline_tag = "token-classification"

    def collate(self, sequences: Sequence[Sequence_], seed: int = 0) -> Batch:
        batch = super().collate(sequences)
        targets = [sequence["targets"] for sequence in sequences]
        return {**batch, "labels": rows(targets, batch["input_ids"].shape[1], IGNORED)}

    def answers(self, outputs: Any, batch: Batch, sequences: Sequence[Sequence_]) -> list[list[str]]:
        """The tag of each word; a word that was cut off counts as outside of every name."""
        best = outputs.logits.argmax(-1).tolist()
        return [
            [OUTSIDE if place is None else self.labels[line[place]] for place in sequence["firsts"]]
            for line, sequence in zip(best, sequences, strict=True)
        ]

    def measure(self, answers: list[list[str]]) -> dict[str, float]:
        wanted = [list(example.tags) for example in self.examples[1]]
        scores = entity_scores(wanted, answers)
        flat = [[tag for tags in side for tag in tags] for side in (wanted, answers)]
        return {
            "entity_f1": scores.f1,
            "entity_precision": scores.precision,
            "entity_recall": scores.recall,
            "accuracy": accuracy(*flat),
            **{f"f1_{name}": value for name, value in scores.types.items()},
        }

    def given(self, answers: list[list[str]]) -> list[str]:
        return [" ".join(tags) for tags in answers]

    def answered(self, answers: list[list[str]], losses: list[float]) -> list[Answer]:
        found = []
        for one, tags, loss in zip(self.examples[1], answers, losses, strict=True):
            wanted, given = (_names(one.words, side) for side in (one.tags, tags))
            found.append(Answer(one.row, loss, " ".join(one.words), wanted, given, wanted == given))
        return found

    def _labels(self) -> tuple[str, ...]:
        """``O``, then beginning and inside of each type, so that no type can only begin."""
        types = set()
        for example in (example for side in self.examples for example in side):
            types |= {_type(example, tag) for tag in example.tags if tag != OUTSIDE}
        if not types:
            raise GlassworksError("No row has a tag other than O: there is nothing to find.")
        return (OUTSIDE, *(f"{prefix}-{name}" for name in sorted(types) for prefix in "BI"))

    def _sequences(self, examples: Sequence[Tagged]) -> list[Sequence_]:
        numbers = {label: number for number, label in enumerate(self.labels)}
        return [self._read(example, numbers) for example in examples]

    def _read(self, example: Tagged, numbers: dict[str, int]) -> Sequence_:
        encoded = self.tokenizer(
            " ".join(example.words),
            truncation=True,
            max_length=self.spec.max_length,
            return_offsets_mapping=True,
        )
        firsts = first_pieces(_places(example.words), encoded["offset_mapping"])
        targets = [IGNORED] * len(encoded["input_ids"])
        for place, tag in zip(firsts, example.tags, strict=True):
            if place is not None:
                targets[place] = numbers[tag]
        self._cuts.append(bool(firsts) and firsts[-1] is None)
        return {**text_of(encoded), "targets": targets, "firsts": firsts}


def _places(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where each word stands when one space is put between them."""
    found, at = [], 0
    for word in words:
        found.append((at, at + len(word)))
        at += len(word) + 1
    return found


def _names(words: Sequence[str], tags: Sequence[str]) -> str:
    """
    >>> _names(["Ann", "saw", "New", "York"], ["B-PER", "O", "B-LOC", "I-LOC"])
    'Ann (PER), New York (LOC)'
    """
    found = (f"{' '.join(words[first:end])} ({type_})" for type_, first, end in entities(tags))
    return ", ".join(found) or "no name"


def _type(example: Tagged, tag: str) -> str:
    prefix, dash, name = tag.partition("-")
    if prefix not in ("B", "I") or not (dash and name):
        raise GlassworksError(
            f"Row {example.row} has the tag {tag!r}; accepted are O, B-<type> for the first word of a name "
            "and I-<type> for the others."
        )
    return name
