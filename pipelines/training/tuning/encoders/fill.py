"""Hidden tokens, guessed from both sides, on text of one's own."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForMaskedLM

from pipelines.core.errors import GlassworksError
from pipelines.training.objectives.masked import IGNORED, drawn, logits_at, vocabulary_of
from pipelines.training.objectives.seeded import generators
from pipelines.training.rows.examples import Plain
from pipelines.training.tuning.encoders.base import (
    Answer,
    Batch,
    Lesson,
    Sequence_,
    mean_losses,
    padded,
    rows,
    text_of,
)

_TOP = 5
_LEAST = 4  # ordinary tokens of a sequence from which something is asked


class Filling(Lesson):
    """Measured against the tokens that are the most frequent in the training text, whatever stands around."""

    auto_class = AutoModelForMaskedLM
    best = "top5"
    pipeline_tag = "fill-mask"

    def collate(self, sequences: Sequence[Sequence_], seed: int = 0) -> Batch:
        """``positions``[item, asked] and, there, ``targets``[item, asked]; the same seed hides the same."""
        asked = [self._hidden(sequence["input_ids"], seed) for sequence in sequences]
        shown = [
            {**sequence, "input_ids": ids} for sequence, (ids, _, _) in zip(sequences, asked, strict=True)
        ]
        width = max(len(positions) for _, positions, _ in asked)
        return {
            **padded(shown, self.tokenizer),
            "positions": rows([positions for _, positions, _ in asked], width, 0),
            "targets": rows([targets for _, _, targets in asked], width, IGNORED),
        }

    def forward(self, model: torch.nn.Module, batch: Batch) -> tuple[torch.Tensor, Any]:
        given = {name: value for name, value in batch.items() if name not in ("positions", "targets")}
        # the layers of an adapter stand inside the model that it wraps
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        logits = logits_at(inner, batch["positions"], **given)
        loss = cross_entropy(logits.flatten(0, 1).float(), batch["targets"].flatten(), ignore_index=IGNORED)
        return loss, logits

    def answers(self, outputs: Any, batch: Batch, sequences: Sequence[Sequence_]) -> list[Any]:
        """(the wanted tokens, the likeliest of each) of each sequence."""
        best = outputs.topk(_TOP, dim=-1).indices.cpu().numpy()
        targets = batch["targets"].cpu().numpy()
        return [(t[t != IGNORED], b[t != IGNORED]) for t, b in zip(targets, best, strict=True)]

    def measure(self, answers: list[Any]) -> dict[str, float]:
        wanted = np.concatenate([targets for targets, _ in answers])
        hits = wanted[:, None] == np.concatenate([best for _, best in answers])
        usual = wanted[:, None] == np.array(self._usual())[None, :]
        return {
            "top1": float(hits[:, 0].mean()),
            "top5": float(hits.any(1).mean()),
            "unigram_top1": float(usual[:, 0].mean()),
            "unigram_top5": float(usual.any(1).mean()),
        }

    def losses(self, outputs: Any, batch: Batch) -> list[float]:
        return mean_losses(outputs, batch["targets"])

    def given(self, answers: list[Any]) -> list[str]:
        return [self.tokenizer.decode(best[:, 0].tolist()) for _, best in answers]

    def answered(self, answers: list[Any], losses: list[float]) -> list[Answer]:
        """A row a window: the text as it was read, what stood in its gaps and what was guessed first."""
        found = zip(self.held_out, answers, losses, strict=True)
        return [
            Answer(
                self.examples[1][sequence["example"]].row,
                loss,
                self.tokenizer.decode(self._hidden(sequence["input_ids"], 0)[0].tolist()),
                self._words(targets),
                self._words(best[:, 0]),
                bool((targets == best[:, 0]).all()),
            )
            for sequence, (targets, best), loss in found
        ]

    def _words(self, ids: np.ndarray) -> str:
        return " · ".join(self.tokenizer.decode([id_]).strip() for id_ in ids.tolist())

    def _usual(self) -> list[int]:
        special = vocabulary_of(self.tokenizer).special
        counts = Counter(
            id_ for sequence in self.training for id_ in sequence["input_ids"] if not special[id_]
        )
        return [id_ for id_, _ in counts.most_common(_TOP)]

    def _sequences(self, examples: Sequence[Plain]) -> list[Sequence_]:
        """Each text in windows, one after the other; what is left over and tiny is left out."""
        special = vocabulary_of(self.tokenizer).special
        found = [
            {**sequence, "example": number}
            for number, example in enumerate(examples)
            for sequence in self._windows(example)
        ]
        kept = [s for s in found if np.count_nonzero(~special[s["input_ids"]]) >= _LEAST]
        if not kept:
            raise GlassworksError(f"No text is long enough to hide something: {_LEAST} tokens are needed.")
        return kept

    def _windows(self, example: Plain) -> list[Sequence_]:
        encoded = self.tokenizer(
            example.text, truncation=True, max_length=self.spec.max_length, return_overflowing_tokens=True
        )
        self._cuts.append(False)
        return [text_of(encoded, place) for place in range(len(encoded["input_ids"]))]

    def _hidden(self, ids: list[int], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the model sees, which positions it is asked for, and what stood there."""
        words = vocabulary_of(self.tokenizer)
        row = np.array(ids, np.int64)
        asked = max(1, round(self.spec.mask_share * np.count_nonzero(~words.special[row])))
        ((row, rng),) = generators(row[None, :], seed)
        return drawn(row, rng, asked, words)
