"""What a round has written: which prompt is next, two answers to it and the pair that they become, or more
answers that are to be put in an order.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

from pipelines.core.errors import ConflictError
from pipelines.core.ids import new_id
from pipelines.preferences.incoming import taken_in
from pipelines.preferences.prompts import messages_of, prompts_of
from pipelines.preferences.queue import open_to, serve
from pipelines.preferences.records import NO_NUMBER, Answer, Making, Message, Pair, Round, Several
from pipelines.preferences.rows import as_json
from pipelines.preferences.specs import RoundSpec
from pipelines.preferences.store import PreferenceStore, put_pairs
from pipelines.preferences.writing import Encode, Written, decodings, models_of, seed_of, written


class Maker:
    """Two who ask at once in one process get two prompts; from two processes both may get the same."""

    def __init__(self, store: PreferenceStore, runtime: Any, encode: Encode):
        self._store, self._runtime, self._encode = store, runtime, encode
        self._busy: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def made(self, found: Round, visitor: str, spec: RoundSpec, prompt: str) -> Iterator[Making]:
        """Moments of a pair for ``prompt``, or for the next one of the round where it is empty. It is kept,
        and open for the visitor, when both texts are whole."""
        yield from self._answered(
            found, spec, prompt, lambda said, number: self._blind(found, visitor, spec, said, number)
        )

    def several(self, found: Round, spec: RoundSpec, prompt: str, count: int) -> Iterator[Several]:
        """Moments of so many answers, in an order by chance. Nothing is kept: that is for their ranking."""
        yield from self._answered(
            found, spec, prompt, lambda said, number: self._shuffled(found, spec, said, number, count)
        )

    def _answered(
        self, found: Round, spec: RoundSpec, prompt: str, write: Callable[..., Iterator[Any]]
    ) -> Iterator[Any]:
        if prompt:
            yield from write(messages_of(spec, prompt), NO_NUMBER)
            return
        with self._next(found) as (number, text):
            yield from write(messages_of(spec, text), number)

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
        flipped, now = bool(secrets.randbits(1)), Written(("", ""))
        seed = self._seed(found, spec, prompt)
        with closing(written(self._runtime, self._encode, spec, prompt, seed)) as moments:
            for now in moments:
                left, right = reversed(now.texts) if flipped else now.texts
                if not now.whole:
                    yield Making(prompt, left, right, now.loading)
        if not now.whole:
            raise ConflictError("One of the answers broke off, so the pair was not kept; ask for another.")
        pair = self._pair(found, spec, prompt, seed, now)
        yield Making(prompt, left, right, done=True, pair=self._kept(found, visitor, pair, number, flipped))

    def _shuffled(
        self, found: Round, spec: RoundSpec, prompt: tuple[Message, ...], number: int, count: int
    ) -> Iterator[Several]:
        seed, order = self._seed(found, spec, prompt), random.SystemRandom().sample(range(count), count)
        models = models_of(spec, count)
        settings = [one.to_dict() for one in decodings(spec, seed, count)]
        with closing(written(self._runtime, self._encode, spec, prompt, seed, count)) as moments:
            for now in moments:
                answers = tuple(Answer(now.texts[place], models[place], settings[place]) for place in order)
                yield Several(prompt, answers, seed, number, now.loading, now.whole)
        if not now.whole:
            raise ConflictError("One of the answers broke off; ask for others.")

    def _seed(self, found: Round, spec: RoundSpec, prompt: tuple[Message, ...]) -> int:
        return seed_of(spec, prompt, self._store.tries(found.id, as_json([asdict(one) for one in prompt])))

    def _pair(
        self, found: Round, spec: RoundSpec, prompt: tuple[Message, ...], seed: int, now: Written
    ) -> Pair:
        a, b = (one.to_dict() for one in decodings(spec, seed))
        models = (spec.model_a, spec.model_b)
        return Pair(new_id(), found.id, prompt, *now.texts, *models, a, b, seed, created=time.time())

    def _kept(self, found: Round, visitor: str, pair: Pair, number: int, flipped: bool) -> str:
        """The id under which the pair is open now."""
        kept, _ = taken_in(found.id, [pair], found.spec.repeat_share)
        with self._store.write() as connection:
            open_to(connection, found.id, visitor)
            put_pairs(connection, found.id, kept, number)
            serve(connection, kept[0].id, visitor, flipped)
        return kept[0].id
