"""Texts of different lengths that one forward continues at once: padded on the left, so that all end in the
same column. Knows no tokenizer and no strategy.

Where the cache is plain keys and values, new texts may join those that are under way, and columns that are
padding in all of them are cut off. Layers with a window are left as they are but for rows that go. A model
that does not say the same beside padding reads one text at a time.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from pipelines.generation.loop.cache import GrowingLayer, growing_cache, select_rows
from pipelines.models.last import last_rows, takes
from pipelines.models.virtual import virtual_tokens

_PLAIN = (DynamicLayer, GrowingLayer)
_TOKENS = {"cpu": 4096}  # of all rows in one forward of a prompt; the caller is asked in between
_MOST_TOKENS = 16_384
_PAYS = 16  # tokens at the beginning of all prompts
_NOTICED = 0.1  # of the logits' own spread: far more than rounding, far less than a wrong position


class Mix(Enum):
    """How texts may share a forward."""

    ALONE = "one text at a time"
    TOGETHER = "texts that begin together"
    JOIN = "texts may join those under way"


def mix_of(model: Any) -> Mix:
    """What the model's cache and its handling of padding allow; two short forwards."""
    if not (takes(type(model), "past_key_values") and takes(type(model), "attention_mask")):
        return Mix.ALONE
    layers = [type(layer) for layer in growing_cache(model.config).layers]
    if not all(layer in (*_PLAIN, DynamicSlidingWindowLayer) for layer in layers) or not _bears_padding(
        model
    ):
        return Mix.ALONE
    return Mix.JOIN if all(layer in _PLAIN for layer in layers) else Mix.TOGETHER


class Packed:
    """``prompts`` are read at once; :attr:`logits` [rows, vocabulary], float32, are what follows the last
    token of each. ``context`` is the model's, None where it has no limit."""

    def __init__(self, model: Any, mix: Mix, prompts: Sequence[Sequence[int]], context: int | None = None):
        self._model, self._mix, self._context = model, mix, context
        self._virtual = virtual_tokens(model)
        self._cache: Any = growing_cache(model.config)
        self._keeps_past = takes(type(model), "past_key_values")
        self._prompts = [list(ids) for ids in prompts]
        self._ids, self._mask = _padded(self._prompts, model.device)

    @property
    def columns(self) -> int:
        return self._mask.shape[1]

    def __len__(self) -> int:
        return len(self._mask)

    @torch.inference_mode()
    def read(self, check: Callable[[], object]) -> torch.Tensor:
        """The prompts, a part at a time; how all of them begin, such as the same examples, is read once."""
        shared = _shared(self._prompts) if self._mix is Mix.JOIN else 0
        if not shared:
            return self._parts(self._ids, self._mask, check)
        first = Packed(self._model, self._mix, [self._prompts[0][:shared]], self._context)
        first.read(check)
        first.keep([0] * len(self))
        ids, mask = _padded([prompt[shared:] for prompt in self._prompts], self._mask.device)
        self._cache = first._cache
        logits = self._parts(ids, torch.cat([first._mask, mask], 1), check)
        self._put_padding_first(shared)
        return logits

    def _parts(self, ids: torch.Tensor, mask: torch.Tensor, check: Callable[[], object]) -> torch.Tensor:
        """``ids`` are the last columns of ``mask``."""
        most = _TOKENS.get(self._model.device.type, _MOST_TOKENS)
        new = ids.shape[1]
        width = max(1, most // len(self)) if self._keeps_past else new
        for begin in range(0, new, width):
            check()
            end = min(begin + width, new)
            logits = self._forward(ids[:, begin:end], mask[:, : mask.shape[1] - new + end])
        return logits

    def _put_padding_first(self, shared: int) -> None:
        """Of columns that are shared, padding, and a row's own."""
        columns = torch.arange(self.columns, device=self._mask.device)
        spare = (self._mask == 0).sum(-1)[:, None]
        own = torch.where(columns < spare + shared, columns - spare, columns)
        order = torch.where(columns < spare, columns + shared, own) + self._virtual
        before = torch.arange(self._virtual, device=order.device).expand(len(self), -1)
        order = torch.cat([before, order], 1)[:, None, :, None]  # [rows, heads, columns, width]
        made = growing_cache(self._model.config)
        for at, layer in enumerate(self._cache.layers):
            parts = (layer.keys, layer.values)
            moved = [p.gather(2, order.expand(-1, p.shape[1], -1, p.shape[3])) for p in parts]
            made.update(*moved, at)
        self._cache = made

    @torch.inference_mode()
    def step(self, tokens: Sequence[int]) -> torch.Tensor:
        """One token more for every row."""
        new = torch.tensor(tokens)[:, None]
        self._mask = pad(self._mask, (0, 1), value=1)
        if self._keeps_past:
            return self._forward(new, self._mask)
        self._ids = torch.cat([self._ids, new], 1)
        return self._forward(self._ids, self._mask)

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """These rows in this order, one perhaps several times, without columns that none of them needs."""
        if list(rows) == list(range(len(self))):
            return
        at = torch.tensor(rows, dtype=torch.long, device=self._mask.device)
        self._mask = self._mask[at]
        if not self._keeps_past:
            self._ids = self._ids[at.cpu()]
        elif self._mix is not Mix.JOIN:
            select_rows(self._cache, at)
        else:
            spare = int((self._mask.cumsum(-1) == 0).sum(-1).min()) if rows else 0
            self._cache = self._rebuilt([(self._cache, at, -spare)])
            self._mask = self._mask[:, spare:]

    @torch.inference_mode()
    def join(self, other: "Packed") -> None:
        """The other's rows behind these."""
        width = max(self.columns, other.columns)
        both = [(self, width - self.columns), (other, width - other.columns)]
        parts = [(one._cache, slice(None), more) for one, more in both]
        self._cache = self._rebuilt(parts)
        self._mask = torch.cat([pad(one._mask, (more, 0)) for one, more in both])

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """``ids`` [rows, new tokens] are the last columns of ``mask`` [rows, columns]."""
        given: dict[str, Any] = last_rows(self._model)
        if self._keeps_past:
            given |= {"past_key_values": self._cache, "use_cache": True}
        if self._mix is not Mix.ALONE:
            given |= _placed(self._model, mask, ids.shape[1], self._context)
        return self._model(input_ids=ids.to(self._model.device), **given).logits[:, -1].float()

    def _rebuilt(self, parts: Sequence[tuple[Any, Any, int]]) -> DynamicCache:
        """Of (cache, its rows, columns to put before them or, below 0, to cut off). Virtual tokens come
        before any padding."""
        made = growing_cache(self._model.config)
        for layer in range(len(parts[0][0].layers)):
            both = [_shifted(cache.layers[layer], rows, by, self._virtual) for cache, rows, by in parts]
            made.update(
                torch.cat([keys for keys, _ in both]), torch.cat([values for _, values in both]), layer
            )
        return made


def _padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids on the CPU and the mask on the device, both [rows, columns]."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    return ids, (torch.arange(longest) >= longest - lengths[:, None]).long().to(device)


def _shared(prompts: Sequence[list[int]]) -> int:
    """How many tokens all of them begin with, if it pays; something is left of each."""
    most = min(map(len, prompts)) - 1
    common = next((at for at in range(most) if len({prompt[at] for prompt in prompts}) > 1), most)
    return common if len(prompts) > 1 and common >= _PAYS else 0


def _shifted(layer: Any, rows: Any, by: int, virtual: int) -> list[torch.Tensor]:
    found = []
    for part in (layer.keys, layer.values):  # [rows, heads, columns, width]
        part = part[rows]
        before, rest = part[:, :, :virtual], part[:, :, virtual:]
        rest = rest[:, :, -by:] if by < 0 else pad(rest, (0, 0, by, 0))
        found.append(torch.cat([before, rest], 2) if virtual else rest)
    return found


def _placed(model: Any, mask: torch.Tensor, new: int, context: int | None) -> dict[str, torch.Tensor]:
    """The mask, and where a model takes them the positions of the last ``new`` columns: padding has none."""
    given = {"attention_mask": mask}
    if takes(type(model), "position_ids"):
        places = (mask.cumsum(-1) - 1).clamp_min(0)[:, -new:]
        # A text that is over is fed on until its row goes, perhaps past the last place that the model knows.
        given["position_ids"] = places if context is None else places.clamp_max(context - 1)
    return given


def _bears_padding(model: Any) -> bool:
    """Whether a text beside a longer one is continued as it is alone."""
    size = model.get_input_embeddings().num_embeddings
    short, long = [3 % size, 5 % size], [7 % size, 4 % size, 3 % size, 6 % size, 2 % size]
    try:
        alone = Packed(model, Mix.ALONE, [short]).read(lambda: None)
        beside = Packed(model, Mix.TOGETHER, [short, long]).read(lambda: None)[:1]
    except (RuntimeError, ValueError, TypeError, IndexError):
        return False
    return bool((alone - beside).abs().max() < _NOTICED * alone.std())
