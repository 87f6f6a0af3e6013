"""Remembers the encodings and lines of recent texts, so that scrolling through a long one encodes it once.

A long text is encoded in threads, on all cores: the library leaves Python's lock alone meanwhile, so that the
worker goes on answering other requests.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from pipelines.runtime.messages import Waiting
from pipelines.tokenization.encode import Encoded, check_text, encode
from pipelines.tokenization.lines import line_starts
from pipelines.tokenization.loaded import LoadedTokenizer

_MAX_ROWS = 6_000_000  # tokens and lines together; a token takes some 150 bytes
_LONG = 50_000  # characters from which a text is left to the threads
_OVERHEAD = 100  # what a result of no rows counts, so that there is an end of those too

Timed = tuple[Encoded, float]


class Memo:
    """Results by what they are made from, the least recently used forgotten first. Safe to share."""

    def __init__(self, max_rows: int = _MAX_ROWS):
        self._max_rows, self._rows = max_rows, 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, Future[Timed]] = {}
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="encode")

    def encoded(
        self, tokenizers: Sequence[LoadedTokenizer], text: str, add_special_tokens: bool
    ) -> Iterator[Any]:
        """The text by each tokenizer, as :func:`~pipelines.tokenization.encode.encode` gives it. A generator,
        for ``yield from``: it yields Waiting until all are there. The tokenizer itself is part of the key:
        one that was read anew is another."""
        timed = yield from self.timed(tokenizers, text, add_special_tokens)
        return [encoded for encoded, _ in timed]

    def timed(
        self, tokenizers: Sequence[LoadedTokenizer], text: str, add_special_tokens: bool
    ) -> Iterator[Any]:
        """As :meth:`encoded`, each with the seconds that encoding took when it was done."""
        check_text(text)
        digest = _digest(text)
        found = [self._begun(one, text, digest, add_special_tokens) for one in tokenizers]
        while not all(future.done() for future in found):
            yield Waiting()
        return [future.result() for future in found]

    def line_starts(self, text: str, width: int) -> np.ndarray:
        """As :func:`~pipelines.tokenization.lines.line_starts`."""
        key = (_digest(text), width)
        starts = self._known(key)
        return self._keep(key, line_starts(text, width)) if starts is None else starts

    def _begun(self, one: LoadedTokenizer, text: str, digest: bytes, special: bool) -> "Future[Timed]":
        """The encoding, or its making: a text that is short is encoded here and now."""
        key = (one, digest, special)
        with self._lock:
            if (known := self._known(key)) is not None:
                return _done(lambda: known)
            if key in self._making:
                return self._making[key]
            if len(text) < _LONG:
                return _done(lambda: self._keep(key, _encode(one, text, special)))
            future = self._making[key] = self._pool.submit(_encode, one, text, special)
        future.add_done_callback(lambda made: self._arrived(key, made))
        return future

    def _arrived(self, key: Hashable, made: "Future[Timed]") -> None:
        with self._lock:
            self._making.pop(key, None)
            if made.exception() is None:
                self._keep(key, made.result())

    def _known(self, key: Hashable) -> Any:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, key: Hashable, made: Any) -> Any:
        rows = len(made[0] if isinstance(made, tuple) else made) + _OVERHEAD
        with self._lock:
            self._kept[key] = made, rows
            self._rows += rows
            while self._rows > self._max_rows and len(self._kept) > 1:
                _, (_, forgotten) = self._kept.popitem(last=False)
                self._rows -= forgotten
        return made


def _encode(tokenizer: LoadedTokenizer, text: str, add_special_tokens: bool) -> Timed:
    tokenizer.make_tables()
    began = time.perf_counter()
    encoded = encode(tokenizer, text, add_special_tokens=add_special_tokens)
    return encoded, time.perf_counter() - began


def _done(make: Callable[[], Timed]) -> "Future[Timed]":
    future: Future[Timed] = Future()
    try:
        future.set_result(make())
    except Exception as error:
        future.set_exception(error)
    return future


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
