"""Where in a text the answer to a question stands."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipelines.common.spans import best_spans
from pipelines.core.errors import GlassworksError
from pipelines.models.loader import LoadedModel
from pipelines.prediction.requests import Answers, AnswerSpan
from pipelines.prediction.windows import batches_of, outputs_of, windows_of

_LONGEST = 30  # tokens of an answer
_WINDOW = 384
_SHOWN = 3


def answer(loaded: LoadedModel, question: str, context: str) -> Iterator[Any]:
    """Answers; None between two batches. That there is no answer is said by each window's first token; of all
    windows the one that is least sure of it counts."""
    windows = windows_of(loaded, context, before=question, longest=_WINDOW)
    starts: list[np.ndarray] = []
    ends: list[np.ndarray] = []
    for batch in batches_of(windows):
        outputs = outputs_of(loaded, batch)
        for place, window in enumerate(batch):
            starts.append(outputs.start_logits[place, : len(window.ids)].float().cpu().numpy())
            ends.append(outputs.end_logits[place, : len(window.ids)].float().cpu().numpy())
        yield None
    spans, total = best_spans(starts, ends, [window.inside for window in windows], _LONGEST, 8 * _SHOWN)
    if not spans:
        raise GlassworksError("The context has no words in which an answer could stand.")
    nothing = min(float(start[0] + end[0]) for start, end in zip(starts, ends, strict=True))
    whole = np.logaddexp(total, nothing)
    found: dict[tuple[int, int], AnswerSpan] = {}
    for span in spans:  # windows overlap: the same place may come twice
        offsets = windows[span.window].offsets
        where = offsets[span.first][0], offsets[span.last][1]
        found.setdefault(where, AnswerSpan(*where, float(np.exp(span.score - whole))))
    may_be_none = bool(getattr(loaded.model.config, "answers_may_be_missing", False))
    yield Answers(
        tuple(found.values())[:_SHOWN],
        float(np.exp(nothing - whole)),
        not (may_be_none and nothing > spans[0].score),
        len(windows),
    )
