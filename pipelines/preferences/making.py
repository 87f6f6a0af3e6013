"""New pairs of a round: which prompt is next, two answers to it, and the pair that they become."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

from pipelines.core.errors import ConflictError
from pipelines.core.ids import new_id
from pipelines.preferences.incoming import taken_in
from pipelines.preferences.prompts import messages_of, prompts_of
from pipelines.preferences.queue import open_to, serve
from pipelines.preferences.records import Making, Message, Pair, Round
from pipelines.preferences.rows import NO_NUMBER, as_json
from pipelines.preferences.specs import RoundSpec
from pipelines.preferences.store import PreferenceStore, put_pairs
from pipelines.preferences.writing import Encode, Written, decodings, seed_of, written


class Maker:
    """Two who ask at once in one process get two prompts; from two processes both may get the same."""

    def __init__(self, store: PreferenceStore, runtime: Any, encode: Encode):
        self._store, self._runtime, self._encode = store, runtime, encode
        self._busy: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def made(self, found: Round, visitor: str, spec: RoundSpec, prompt: str) -> Iterator[Making]:
        """Moments of a pair for ``prompt``, or for the next one of the round where it is empty. It is kept,
        and open for the visitor, when both texts are whole."""
        if prompt:
            yield from self._blind(found, visitor, spec, messages_of(spec, prompt), NO_NUMBER)
            return
        with self._next(found) as (number, text):
            yield from self._blind(found, visitor, spec, messages_of(spec, text), number)

    def left(self, found: Round) -> int:
        """Prompts of the round that nothing was written to yet."""
        return len(set(range(len(prompts_of(found.spec)))) - self._store.used(found.id))

    @contextmanager
    def _next(self, found: Round) -> Iterator[tuple[int, str]]:
        """The first prompt that nothing was or is being written to, kept from others in the block."""
        prompts = prompts_of(found.spec)
        with self._lock:
            used = self._store.used(found.id)
            free = (n for n in range(len(prompts)) if n not in used and (found.id, n) not in self._busy)
            number = next(free, None)
            if number is None:
                raise ConflictError("Every prompt of this round has its pair; write one of your own.")
            self._busy.add((found.id, number))
        try:
            yield number, prompts[number]
        finally:
            with self._lock:
                self._busy.discard((found.id, number))

    def _blind(
        self, found: Round, visitor: str, spec: RoundSpec, prompt: tuple[Message, ...], number: int
    ) -> Iterator[Making]:
        flipped, now = bool(secrets.randbits(1)), Written()
        seed = seed_of(spec, prompt, self._store.tries(found.id, as_json([asdict(one) for one in prompt])))
        with closing(written(self._runtime, self._encode, spec, prompt, seed)) as moments:
            for now in moments:
                left, right = (now.b, now.a) if flipped else (now.a, now.b)
                if not now.whole:
                    yield Making(prompt, left, right, now.loading)
        if not now.whole:
            raise ConflictError("One of the answers broke off, so the pair was not kept; ask for another.")
        pair = self._pair(found, spec, prompt, seed, now)
        yield Making(prompt, left, right, done=True, pair=self._kept(found, visitor, pair, number, flipped))

    def _pair(
        self, found: Round, spec: RoundSpec, prompt: tuple[Message, ...], seed: int, now: Written
    ) -> Pair:
        a, b = (one.to_dict() for one in decodings(spec, seed))
        models = (spec.model_a, spec.model_b)
        return Pair(new_id(), found.id, prompt, now.a, now.b, *models, a, b, seed, created=time.time())

    def _kept(self, found: Round, visitor: str, pair: Pair, number: int, flipped: bool) -> str:
        """The id under which the pair is open now."""
        kept, _ = taken_in(found.id, [pair], found.spec.repeat_share)
        with self._store.write() as connection:
            open_to(connection, found.id, visitor)
            put_pairs(connection, found.id, kept, number)
            serve(connection, kept[0].id, visitor, flipped)
        return kept[0].id
