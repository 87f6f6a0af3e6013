"""What a model writes on from contexts, many at once. A text ends where lm-evaluation-harness ends it: before
the first of its stop strings or of the model's end token in words, and when the model ends it.
"""

from collections.abc import Sequence

import torch

from pipelines.evaluation.answering.encoding import Encoder
from pipelines.evaluation.records import Progress, Write
from pipelines.generation.memory import usable_bytes
from pipelines.generation.together.batching import Batching
from pipelines.generation.together.packed import Mix, mix_of
from pipelines.generation.together.row import Manner, Row
from pipelines.generation.together.stops import cut_at
from pipelines.models.ends import end_tokens
from pipelines.models.loader import LoadedModel

_ROWS = {"cpu": 48}
_MOST_ROWS = 128
_NOTE = "evaluation.mix"  # what the model's notes remember


class Writer:
    """As many rows at once as suit the device."""

    def __init__(self, loaded: LoadedModel, encoder: Encoder):
        self._loaded, self._encoder, self._ends = loaded, encoder, end_tokens(loaded)
        self._added = loaded.tokenizer.get_added_vocab()
        self._end = loaded.tokenizer.eos_token or ""

    def write(self, writes: Sequence[Write], advance: Progress) -> list[tuple[str, ...]]:
        """A context that leaves no room for the new tokens loses its beginning. ``advance`` hears of each
        that is written; it may raise to stop."""
        rows = self._rows(writes)
        found: dict[int, tuple[str, ...]] = {}

        def done(number: int, some: Sequence[Row], _seconds: float) -> None:
            texts = tuple(self._text(writes[number], row) for row in some)
            found[number] = texts + texts[:1] * (writes[number].samples - len(texts))
            advance(1)

        with torch.inference_mode():
            self._batching().write(rows, lambda: advance(0), done)
        return [found[number] for number in range(len(writes))]

    def _batching(self) -> Batching:
        notes, device = self._loaded.notes, self._loaded.device.type
        mix = notes.get(_NOTE) or mix_of(self._loaded.model)
        notes[_NOTE] = mix
        most = 1 if mix is Mix.ALONE else _ROWS.get(device, _MOST_ROWS)
        return Batching(self._loaded, mix, most, usable_bytes(self._loaded))

    def _rows(self, writes: Sequence[Write]) -> list[Row]:
        """One for each sample; greedy, all are one."""
        made: list[Row] = []
        for new in sorted({write.max_new_tokens for write in writes}):
            some = [number for number, write in enumerate(writes) if write.max_new_tokens == new]
            prompts = self._encoder.prompts([writes[number].context for number in some], new)
            for number, ids in zip(some, prompts, strict=True):
                made += self._samples(number, writes[number], ids)
        return made

    def _samples(self, number: int, write: Write, ids: list[int]) -> list[Row]:
        room = max(1, min(write.max_new_tokens, self._encoder.length - len(ids)))
        manner = Manner(write.until, write.temperature, write.top_p, write.seed)
        stops = frozenset(self._added[stop] for stop in write.until if stop in self._added)
        given = (manner, ids, room, self._loaded.tokenizer, self._ends - stops, stops)
        many = write.samples if write.temperature > 0 else 1
        return [Row(number, sample, *given) for sample in range(max(1, many))]

    def _text(self, write: Write, row: Row) -> str:
        """Decoded for itself, without the context before it, as the harness does."""
        text = self._loaded.tokenizer.decode(row.ids, skip_special_tokens=True)
        cut = cut_at(text, (*write.until, self._end))
        return text if cut < 0 else text[:cut]
