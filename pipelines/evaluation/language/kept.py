"""The first tokens of a text, kept one by one to be looked at."""

from typing import Any

import numpy as np

from pipelines.evaluation.language.encoding import Encoded
from pipelines.evaluation.language.losses import Losses
from pipelines.evaluation.language.result import Shown
from pipelines.evaluation.language.windows import Window
from pipelines.models.pieces import texts_of


class Kept:
    """At most ``most`` tokens."""

    def __init__(self, tokenizer: Any, most: int):
        self._tokenizer, self._most = tokenizer, most
        self._pieces: list[Encoded] = []
        self._text = ""
        self._nats, self._ranks = np.full(most, np.nan, np.float32), np.zeros(most, np.int32)

    def note(self, text: str, piece: Encoded) -> None:
        """The next tokens of ``text``."""
        room = self._most - sum(map(len, self._pieces))
        if room > 0 and len(piece):
            self._pieces.append(piece[:room])
            self._text = text[: int(piece[:room].ends.max())]

    def add(self, window: Window, losses: Losses) -> None:
        at = slice(window.first, min(self._most, window.first + window.scored))
        if (count := at.stop - at.start) > 0:
            self._nats[at], self._ranks[at] = losses.nats[:count], losses.ranks[:count]

    def shown(self) -> Shown:
        if not self._pieces:
            return Shown()
        ids, starts, ends = (
            np.concatenate([getattr(one, name) for one in self._pieces]).astype(np.int32)
            for name in ("ids", "starts", "ends")
        )
        texts = texts_of(self._tokenizer, ids.tolist())
        return Shown(self._text, texts, ids, starts, ends, self._nats[: len(ids)], self._ranks[: len(ids)])
