"""The loop itself: one forward for the rows of all columns, then a step of each column. Knows no events of a
model's loading and no measures.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.comparing import DecodeStep
from pipelines.generation.loop.batch import Batch, Said
from pipelines.generation.loop.column import Column, Feed, Given, Setting
from pipelines.generation.loop.telling import given_of


class Run:
    """:meth:`steps` once. ``setting`` may lack the prompt's hidden states: they are put in here.

    What a strategy cannot do ends its own column; ``faults`` then says why, by the column's index. Only where
    no other column has gone to its end is it raised.
    """

    def __init__(self, setting: Setting, columns: Sequence[Column]):
        self._setting, self._columns = setting, list(columns)
        self._batch = Batch(setting.loaded.model, any(one.needs_states for one in columns))
        self._starts: dict[int, int] = {}  # the first row of each column; at first all share the prompt's
        self.faults: dict[int, str] = {}
        self.began = 0.0  # time.perf_counter

    def steps(self) -> Iterator[DecodeStep | None]:
        """None after each part of a long prompt, then what each step brought."""
        self.began = time.perf_counter()
        said, hidden = yield from self._batch.prefill(self._setting.prompt_ids)
        setting = replace(self._setting, prompt_hidden=hidden)
        for column in list(self._columns):
            self._tried(column, column.begin, setting)
        given = {column.index: _given(said) for column in self._columns}
        while feeds := self._step(given):
            yield self._news()
            given = self._forward(feeds)
        yield self._news()

    @torch.inference_mode()
    def _step(self, given: dict[int, Given]) -> dict[int, Feed]:
        """What each column that is not over feeds next; empty when all are."""
        feeds = {}
        for column in [one for one in self._columns if not one.over]:
            feed = self._tried(column, column.step, given.get(column.index))
            if feed is not None and not column.over:
                feeds[column.index] = feed
        self._setting.tracer.flush()
        return feeds

    def _tried(self, column: Column, function: Callable[[Any], Any], value: Any) -> Any:
        """What the column's function returns; a column that fails is left out from now on."""
        try:
            return function(value)
        except GlassworksError as error:
            self.faults[column.index] = str(error)
            self._columns.remove(column)
            if not self._columns:
                raise
        return None

    def _forward(self, feeds: dict[int, Feed]) -> dict[int, Given]:
        """One forward for the rows of all; each column gets back what was said after its own."""
        parents, tokens, places = [], [], {}
        for index, feed in feeds.items():
            first = self._starts.get(index, 0)
            places[index] = slice(len(tokens), len(tokens) + len(feed.tokens))
            parents += [first + parent for parent in feed.parents]
            tokens += feed.tokens
        self._starts = {index: place.start for index, place in places.items()}
        if not tokens:
            return {}
        whole = _given(self._batch.feed(parents, tokens))
        return {i: whole.rows(place) for i, place in places.items() if place.stop > place.start}

    def _news(self) -> DecodeStep:
        wrote: list[Any] = []
        beams: list[Any] = []
        for column in self._columns:
            texts, trees = column.news()
            wrote += texts
            beams += trees
        return DecodeStep(tuple(wrote), tuple(beams))


@torch.inference_mode()
def _given(said: Said) -> Given:
    return given_of(said.logits, hidden=said.hidden, layers=said.layers)
