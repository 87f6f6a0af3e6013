"""Calls answered by a model in memory, many at once.

Texts that are under way share each forward; where one is over, the next prompt takes its place. The samples
of one prompt are read once. A text is the same whatever shares its batch, but for the rounding of sums.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.memory import usable_bytes
from pipelines.generation.setting import room_after
from pipelines.generation.together.batching import Batching
from pipelines.generation.together.packed import Mix, mix_of
from pipelines.generation.together.row import Manner, Row
from pipelines.models.ends import end_tokens
from pipelines.models.loader import LoadedModel
from pipelines.prompting.calling.caller import Check, Done, settings_of, unchecked, unheard
from pipelines.prompting.calling.rendering import Render, renderer
from pipelines.prompting.calls import Call, Reply, Text

_ROWS = {"cpu": 48}
_MOST_ROWS = 128
_LOOKED_AT = 16  # numbers of each tensor, for a model's mark
_MIX = "calling.mix"  # what the model's notes remember


class LocalCaller:
    """A :class:`~pipelines.prompting.calling.caller.Caller`. ``render`` makes the ids that the model reads,
    by default by its chat template; ``rows`` is how many texts may be under way, 0 for as many as suit the
    device. Raises :class:`GlassworksError` for a model that does not continue text."""

    exact = True

    def __init__(self, loaded: LoadedModel, render: Render | None = None, rows: int = 0):
        loaded.need("causal-lm")
        self.name, self._loaded = loaded.name, loaded
        self._render = render or renderer(loaded)
        self._mix = mix = loaded.notes.get(_MIX) or mix_of(loaded.model)
        loaded.notes[_MIX] = mix
        most = rows or _ROWS.get(loaded.device.type, _MOST_ROWS)
        self._rows = 1 if mix is Mix.ALONE else most
        self._ends = end_tokens(loaded)
        self._added = loaded.tokenizer.get_added_vocab()
        self._mark = mark_of(loaded)

    def answer(
        self, calls: Sequence[Call], check: Check = unchecked, done: Done = unheard
    ) -> tuple[Reply, ...]:
        replies: dict[int, Reply] = {}

        def reply(number: int, given: Reply) -> None:
            replies[number] = given
            done(number, given)

        waiting: list[Row] = []
        for number, call in enumerate(calls):
            try:
                waiting += self._rows_of(number, call)
            except GlassworksError as error:
                reply(number, Reply((), 0, 0.0, str(error)))
        with torch.inference_mode():
            batching = Batching(self._loaded, self._mix, self._rows, usable_bytes(self._loaded))
            batching.write(
                waiting, check, lambda number, *given: reply(number, _reply(calls[number], *given))
            )
        return tuple(replies[number] for number in range(len(calls)))

    def count(self, call: Call) -> int:
        return len(self._ids(call))

    def told(self, call: Call) -> Mapping[str, Any]:
        try:
            read: Any = self._ids(call)
        except GlassworksError as error:
            read = str(error)
        return {"model": self.name, "mark": self._mark, "read": read, **settings_of(call)}

    def _rows_of(self, number: int, call: Call) -> list[Row]:
        """One a sample; greedy, all are one."""
        ids, room = self._ids(call), call.max_new_tokens
        context = self._loaded.context_length
        if context is not None and len(ids) > context:
            raise GlassworksError(
                f"The prompt has {len(ids):,} tokens, and the context of {self.name} holds {context:,}: take "
                "fewer examples or a shorter text."
            )
        room = max(1, room_after(self._loaded, len(ids), room))
        stops = frozenset(self._added[stop] for stop in call.stop if stop in self._added)
        many = call.samples if call.temperature > 0 else 1
        manner = Manner(call.stop, call.temperature, call.top_p, call.seed)
        given = (manner, ids, room, self._loaded.tokenizer, self._ends - stops, stops)
        return [Row(number, sample, *given) for sample in range(max(1, many))]

    def _ids(self, call: Call) -> list[int]:
        try:
            ids = self._render(call.messages, call.begun)
        except (ValueError, TypeError) as error:  # half a surrogate pair, for one
            raise GlassworksError("The prompt is no text that the tokenizer can read.") from error
        if not ids:
            raise GlassworksError("The prompt is empty.")
        return ids


def mark_of(loaded: LoadedModel) -> str:
    """Tells a model from another of the same name, by some numbers of each of its tensors; the same on every
    device."""
    made = hashlib.sha256(json.dumps(loaded.model.config.to_dict(), sort_keys=True, default=str).encode())
    for name, tensor in (*loaded.model.named_parameters(), *loaded.model.named_buffers()):
        flat = tensor.detach().flatten()
        some = flat[:: max(1, len(flat) // _LOOKED_AT)][:_LOOKED_AT].float().cpu()
        made.update(f"{name} {tuple(tensor.shape)}".encode() + some.numpy().tobytes())
    return made.hexdigest()[:24]


def _reply(call: Call, rows: Sequence[Row], seconds: float) -> Reply:
    """A greedy text stands there as often as it was asked for."""
    texts = tuple(Text(row.text, len(row.ids), row.finish) for row in rows)
    missing = max(1, call.samples) - len(texts)
    return Reply(texts + texts[:1] * missing, len(rows[0].prompt), seconds)
