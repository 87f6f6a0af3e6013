"""Remembers the encodings and lines of recent texts, so that scrolling through a long one encodes it once."""

import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from pipelines.tokenization.encode import Encoded, encode
from pipelines.tokenization.lines import line_starts
from pipelines.tokenization.loaded import LoadedTokenizer

_MAX_ROWS = 6_000_000  # tokens and lines together; a token takes some 150 bytes
_LONG = 50_000  # characters from which threads are worth their making
_OVERHEAD = 100  # what a result of no rows counts, so that there is an end of those too


class Memo:
    """Results by what they are made from, the least recently used forgotten first. For one thread."""

    def __init__(self, max_rows: int = _MAX_ROWS):
        self._max_rows, self._rows = max_rows, 0
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def encoded(self, tokenizer: LoadedTokenizer, text: str, add_special_tokens: bool) -> Encoded:
        """As :func:`~pipelines.tokenization.encode.encode`. The tokenizer itself is part of the key: one that
        was read anew is another."""
        ((encoded, _),) = self.timed([tokenizer], text, add_special_tokens)
        return encoded

    def timed(
        self, tokenizers: Sequence[LoadedTokenizer], text: str, add_special_tokens: bool
    ) -> list[tuple[Encoded, float]]:
        """The encoding by each tokenizer with the seconds that it took when it was done. A long text is
        encoded on all cores at once, one tokenizer on each."""

        def make(tokenizer: LoadedTokenizer) -> tuple[Encoded, float]:
            tokenizer.make_tables()
            began = time.perf_counter()
            encoded = encode(tokenizer, text, add_special_tokens=add_special_tokens)
            return encoded, time.perf_counter() - began

        keys = {tokenizer: (tokenizer, _digest(text), add_special_tokens) for tokenizer in tokenizers}
        missing = [tokenizer for tokenizer, key in keys.items() if key not in self._kept]
        if len(missing) > 1 and len(text) >= _LONG:
            with ThreadPoolExecutor(min(len(missing), os.cpu_count() or 1)) as pool:
                made = dict(zip(missing, pool.map(make, missing), strict=True))
        else:
            made = {}
        return [
            self._get(key, lambda one=one: made.get(one) or make(one), lambda both: len(both[0]))
            for one, key in keys.items()
        ]

    def line_starts(self, text: str, width: int) -> np.ndarray:
        """As :func:`~pipelines.tokenization.lines.line_starts`."""
        return self._get((_digest(text), width), lambda: line_starts(text, width), len)

    def _get(self, key: Hashable, make: Callable[[], Any], rows_of: Callable[[Any], int]) -> Any:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        made = make()
        rows = rows_of(made) + _OVERHEAD
        self._kept[key] = made, rows
        self._rows += rows
        while self._rows > self._max_rows and len(self._kept) > 1:
            _, (_, forgotten) = self._kept.popitem(last=False)
            self._rows -= forgotten
        return made


def _digest(text: object) -> Hashable:
    """Stands for the text in a key; what is no text is left for the encoder to refuse."""
    if not isinstance(text, str):
        return None
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
