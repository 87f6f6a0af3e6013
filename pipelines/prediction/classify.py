"""The labels of a text, or of a pair of texts."""

from collections.abc import Iterator
from typing import Any

import torch

from pipelines.models.loader import LoadedModel
from pipelines.prediction.requests import Label, Labels
from pipelines.prediction.windows import batches_of, outputs_of, windows_of


def classify(loaded: LoadedModel, text: str, second: str) -> Iterator[Any]:
    """Labels; None between two batches. Of a pair, the second may be long."""
    windows = windows_of(loaded, second, before=text) if second else windows_of(loaded, text)
    total = torch.zeros(loaded.model.config.num_labels)
    weight = 0
    for batch in batches_of(windows):
        for logits, window in zip(outputs_of(loaded, batch).logits.float().cpu(), batch, strict=True):
            tokens = max(1, int(window.inside.sum()))
            total += tokens * _probabilities(loaded, logits)
            weight += tokens
        yield None
    names = loaded.model.config.id2label
    found = [Label(str(names[number]), float(p / weight)) for number, p in enumerate(total)]
    yield Labels(tuple(sorted(found, key=lambda label: -label.probability)), len(windows))


def _probabilities(loaded: LoadedModel, logits: torch.Tensor) -> torch.Tensor:
    """Labels that exclude each other share a probability of 1; of others, each has its own."""
    several = loaded.model.config.problem_type == "multi_label_classification"
    return logits.sigmoid() if several else logits.softmax(-1)
