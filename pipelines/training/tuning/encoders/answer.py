"""The part of a text that answers a question. A text too long for one window is read in several that overlap;
an answer that a window does not hold is, for that window, at its first token, and so is that of a question
without one.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForQuestionAnswering

from pipelines.common.metrics import exact_match, token_f1
from pipelines.common.spans import TokenSpan, best_spans
from pipelines.core.errors import GlassworksError
from pipelines.training.rows.examples import Answered
from pipelines.training.tuning.encoders.base import Answer, Batch, Lesson, Sequence_, mean_losses, text_of

LONGEST = 30  # tokens of an answer
NONE = "no answer"  # for people, in the place of one
_STRIDE = 0.25  # of a window: what it shares with the next


class Answering(Lesson):
    auto_class = AutoModelForQuestionAnswering
    best = "f1"
    pipeline_tag = "question-answering"

    @property
    def may_be_none(self) -> bool:
        """Whether some question of the training has no answer: only then is none given."""
        return any(not example.answers for example in self.examples[0])

    def config(self) -> dict[str, Any]:
        return {"answers_may_be_missing": self.may_be_none}

    def collate(self, sequences: Sequence[Sequence_], seed: int = 0) -> Batch:
        ends = {
            f"{end}_positions": torch.tensor([sequence[end] for sequence in sequences])
            for end in ("start", "end")
        }
        return {**super().collate(sequences), **ends}

    def answers(self, outputs: Any, batch: Batch, sequences: Sequence[Sequence_]) -> list[Any]:
        """(the best spans, the score of no answer) of each window."""
        starts, ends = (logits.float().cpu().numpy() for logits in (outputs.start_logits, outputs.end_logits))
        return [
            _in_window(start, end, sequence)
            for start, end, sequence in zip(starts, ends, sequences, strict=True)
        ]

    def measure(self, answers: list[Any]) -> dict[str, float]:
        pairs = list(zip(self.examples[1], self.given(answers), strict=True))
        return {
            "f1": float(np.mean([token_f1(example.answers, said) for example, said in pairs])),
            "exact_match": float(np.mean([exact_match(example.answers, said) for example, said in pairs])),
        }

    def losses(self, outputs: Any, batch: Batch) -> list[float]:
        sides = (
            mean_losses(getattr(outputs, f"{end}_logits"), batch[f"{end}_positions"])
            for end in ("start", "end")
        )
        return [sum(both) / 2 for both in zip(*sides, strict=True)]

    def answered(self, answers: list[Any], losses: list[float]) -> list[Answer]:
        """The loss of a question is the mean over its windows."""
        of: dict[int, list[float]] = defaultdict(list)
        for sequence, loss in zip(self.held_out, losses, strict=True):
            of[sequence["example"]].append(loss)
        rows = enumerate(zip(self.examples[1], self.given(answers), strict=True))
        return [
            Answer(
                one.row,
                float(np.mean(of[number])),
                f"{one.question}\n{one.context}",
                " | ".join(dict.fromkeys(one.answers)) or NONE,
                given or NONE,
                exact_match(one.answers, given) == 1.0,
            )
            for number, (one, given) in rows
        ]

    def given(self, answers: list[Any]) -> list[str]:
        best: dict[int, tuple[float, str]] = defaultdict(lambda: (-np.inf, ""))
        none: dict[int, float] = defaultdict(lambda: np.inf)
        for sequence, (span, nothing) in zip(self.held_out, answers, strict=True):
            number = sequence["example"]
            none[number] = min(none[number], nothing)
            if span and span.score > best[number][0]:
                best[number] = span.score, _text(self.examples[1][number], sequence, span)
        said = (best[number] for number in range(len(self.examples[1])))
        return [
            "" if self.may_be_none and none[number] > score else text
            for number, (score, text) in enumerate(said)
        ]

    def _sequences(self, examples: Sequence[Answered]) -> list[Sequence_]:
        return [
            sequence for number, example in enumerate(examples) for sequence in self._windows(example, number)
        ]

    def _windows(self, example: Answered, number: int) -> list[Sequence_]:
        question = shortened(self.tokenizer, example.question, self.spec.max_length // 2)
        encoded = self.tokenizer(
            question,
            example.context,
            truncation="only_second",
            max_length=self.spec.max_length,
            stride=_stride(self.tokenizer, question, self.spec.max_length),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        self._cuts.append(question != example.question)
        return [self._window(example, number, encoded, place) for place in range(len(encoded["input_ids"]))]

    def _window(self, example: Answered, number: int, encoded: Any, place: int) -> Sequence_:
        inside = np.array([part == 1 for part in encoded.sequence_ids(place)])
        offsets = encoded["offset_mapping"][place]
        start, end = _target(example, offsets, inside)
        return {
            **text_of(encoded, place),
            "start": start,
            "end": end,
            "offsets": offsets,
            "inside": inside,
            "example": number,
        }


def shortened(tokenizer: Any, text: str, most: int) -> str:
    """The text, cut after so many tokens."""
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
        "offset_mapping"
    ]
    return text if len(offsets) <= most else text[: offsets[most - 1][1]]


def _stride(tokenizer: Any, question: str, max_length: int) -> int:
    room = max_length - len(tokenizer(question, "").input_ids)
    if room < 4:
        raise GlassworksError(
            f"max_length accepts more than {max_length}: a question leaves no room for a text."
        )
    return min(int(max_length * _STRIDE), room // 2)


def _target(example: Answered, offsets: Sequence[tuple[int, int]], inside: np.ndarray) -> tuple[int, int]:
    """The first and last token of the first answer that lies in the window, else (0, 0)."""
    for answer, begin in zip(example.answers, example.starts, strict=True):
        finish = begin + len(answer)
        if example.context[begin:finish] != answer:
            raise GlassworksError(
                f"Row {example.row}: the context has not {answer[:40]!r} at character {begin}, as its answer "
                "says."
            )
        hit = [i for i in np.flatnonzero(inside) if offsets[i][0] < finish and offsets[i][1] > begin]
        if hit and offsets[hit[0]][0] <= begin and offsets[hit[-1]][1] >= finish:
            return int(hit[0]), int(hit[-1])
    return 0, 0


def _in_window(start: np.ndarray, end: np.ndarray, sequence: Sequence_) -> tuple[TokenSpan | None, float]:
    length = len(sequence["inside"])
    spans, _ = best_spans([start[:length]], [end[:length]], [sequence["inside"]], LONGEST)
    return (spans[0] if spans else None), float(start[0] + end[0])


def _text(example: Answered, sequence: Sequence_, span: TokenSpan) -> str:
    offsets = sequence["offsets"]
    return example.context[offsets[span.first][0] : offsets[span.last][1]]
