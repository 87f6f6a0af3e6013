"""Measure a house adapter on rows that neither trained it nor chose its checkpoint.

    python -m assets.recipes.minilm_measure MODEL minilm-data/<task>/test.jsonl minilm-data/<task>/train.jsonl

MODEL is a folder or a name. Prints each measure with an interval of 95 % over the rows (over the sentences
for the F1 of names, Wilson's for the accuracy), beside what needs no training: the commoner label, the usual
tokens; for questions the first sentence, the sentence that has most words of the question, and the base with
a random head. Questions are answered as ``/predict`` answers them, in windows of 384 tokens.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipelines.common.intervals import mean_interval
from pipelines.common.metrics import EntityCounts, entity_counts, exact_match, token_f1
from pipelines.common.proportions import proportion
from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import LoadedModel, load_model
from pipelines.models.weights import read_weights
from pipelines.prediction.answer import answer
from pipelines.training.rows.examples import Answered, Example
from pipelines.training.rows.formats import examples_of
from pipelines.training.rows.reading import read
from pipelines.training.tuning.encoders import lesson_of
from pipelines.training.tuning.encoders.base import Lesson
from pipelines.training.tuning.specs import EncoderSpec

_BATCH = 32
_DRAWS = 2000
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\"']*")

Figures = dict[str, Any]


def measured(model: str, test: Path, train: Path, untrained: bool = True) -> Figures:
    """Every measure of the model's task as {mean, low, high}; ``untrained``: that of the base with a random
    head too, where the task has it."""
    place = Catalogue(Settings()).place(model)
    lineage = json.loads((place.folder / "glassworks.json").read_text())
    spec = EncoderSpec.from_dict(lineage["spec"])
    sides = [examples_of(read(file), spec.task).examples for file in (train, test)]
    loaded = load_model(place.name, place.folder, torch.device("cpu"), place.base)
    lesson = lesson_of(spec, loaded.tokenizer, *sides)
    if spec.task == "answer":
        return {"rows": len(sides[1]), **_spans(lesson, loaded, untrained)}
    by_task = {"classify": _labels, "tag": _names, "fill": _tokens}
    return {"rows": len(sides[1]), **by_task[spec.task](lesson, answered(loaded, lesson))}


@torch.inference_mode()
def answered(loaded: LoadedModel, lesson: Lesson) -> list[Any]:
    """The model's answer to each held-out sequence."""
    found: list[Any] = []
    for place in range(0, len(lesson.held_out), _BATCH):
        sequences = lesson.held_out[place : place + _BATCH]
        batch = lesson.collate(sequences)
        found += lesson.answers(lesson.forward(loaded.model, batch)[1], batch, sequences)
    return found


def _labels(lesson: Lesson, answers: list[Any]) -> Figures:
    wanted = [example.label for example in lesson.examples[1]]
    right = sum(a == b for a, b in zip(wanted, lesson.given(answers), strict=True))
    found = proportion(right, len(wanted))
    usual, _ = Counter(example.label for example in lesson.examples[0]).most_common(1)[0]
    return {
        **lesson.measure(answers),
        "accuracy": {"mean": found.share, "low": found.low, "high": found.high},
        "commoner_label": float(np.mean([label == usual for label in wanted])),
    }


def _names(lesson: Lesson, answers: list[Any]) -> Figures:
    counts = [entity_counts(e.tags, tags) for e, tags in zip(lesson.examples[1], answers, strict=True)]
    return {**lesson.measure(answers), "entity_f1": _ratio(counts)}


def _spans(lesson: Lesson, loaded: LoadedModel, untrained: bool) -> Figures:
    examples = lesson.examples[1]
    said = {
        "": _asked(loaded, examples),
        "first_sentence_": [sentences(example)[0].strip() for example in examples],
        "nearest_sentence_": [nearest_sentence(example) for example in examples],
    }
    if untrained:
        said["random_head_"] = _asked(_untrained(lesson, loaded), examples)
    measures = (("f1", token_f1), ("exact_match", exact_match))
    return {f"{who}{name}": _over(f, examples, given) for who, given in said.items() for name, f in measures}


def _asked(loaded: LoadedModel, examples: Sequence[Answered]) -> list[str]:
    """As ``/predict`` answers: of a text with windows too."""
    said = []
    for example in examples:
        *_, found = answer(loaded, example.question, example.context)
        said.append(example.context[found.spans[0].start : found.spans[0].end])
    return said


def _untrained(lesson: Lesson, loaded: LoadedModel) -> LoadedModel:
    """The base with a head that begins at random."""
    torch.manual_seed(0)
    base = Catalogue(Settings()).place(lesson.spec.base)
    model = read_weights(base, lesson.auto_class, loaded.model.dtype).eval()
    return replace(loaded, model=model)


def _tokens(lesson: Lesson, answers: list[Any]) -> Figures:
    rows = [np.asarray(wanted[:, None] == best) for wanted, best in answers]
    figures: Figures = dict(lesson.measure(answers))
    for name, top in (("top1", 1), ("top5", 5)):
        hits = [(float(row[:, :top].any(1).sum()), float(len(row))) for row in rows]
        figures[name] = _drawn(np.array(hits), lambda sums: sums[0] / sums[1])
    return figures


def nearest_sentence(example: Answered) -> str:
    """The sentence of the context that has the most words of the question."""
    asked = set(re.findall(r"\w+", example.question.lower()))
    return max(sentences(example), key=lambda s: len(asked & set(re.findall(r"\w+", s.lower())))).strip()


def sentences(example: Answered) -> list[str]:
    return _SENTENCE.findall(example.context) or [example.context]


def _over(measure: Callable[..., float], examples: Sequence[Example], given: Sequence[str]) -> Figures:
    return _interval([measure(example.answers, said) for example, said in zip(examples, given, strict=True)])


def _interval(values: Sequence[float]) -> Figures:
    found = mean_interval(values)
    return {"mean": found.mean, "low": found.low, "high": found.high}


def _ratio(counts: Sequence[EntityCounts]) -> Figures:
    table = np.array([(c.right, c.given, c.wanted) for c in counts], float)
    return _drawn(table, lambda sums: 2 * sums[0] / max(1.0, sums[1] + sums[2]))


def _drawn(table: np.ndarray, figure: Callable[[np.ndarray], float]) -> Figures:
    """A figure of sums over rows, and the middle 95 % of it over draws of as many rows."""
    rng = np.random.default_rng(0)
    draws = [figure(table[rng.integers(len(table), size=len(table))].sum(0)) for _ in range(_DRAWS)]
    low, high = np.quantile(draws, (0.025, 0.975))
    return {"mean": float(figure(table.sum(0))), "low": float(low), "high": float(high)}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    name = f"path:{folder.resolve()}" if folder.is_dir() else sys.argv[1]
    print(json.dumps(measured(name, Path(sys.argv[2]), Path(sys.argv[3])), indent=2))
