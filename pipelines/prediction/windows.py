"""A text, alone or after another, as the model reads it: in one window, or in several that overlap where it
is too long for one. Knows tokenizers and tensors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.loader import LoadedModel

_LONGEST = 512  # tokens of a window, where the model sets no limit
_OVERLAP = 0.25
_BATCH = 8


@dataclass(frozen=True)
class Window:
    """``ids`` and ``types``[token]; ``offsets``[token] are characters of the text that is windowed, and
    ``inside``[token] says which tokens are of it."""

    ids: list[int]
    types: list[int] | None
    offsets: list[tuple[int, int]]
    inside: np.ndarray


def windows_of(loaded: LoadedModel, text: str, before: str = "", longest: int = _LONGEST) -> list[Window]:
    """``text`` in windows; each begins with ``before``, if there is such a text. Raises :class:`SpecError`
    when ``before`` leaves no room."""
    tokenizer = loaded.tokenizer
    if not tokenizer.is_fast:
        raise GlassworksError(f"{loaded.name} has a tokenizer that does not say where its tokens stand.")
    size = min(loaded.context_length or longest, longest)
    room = size - len(tokenizer(before, "" if before else None).input_ids)
    if room < 8:
        raise SpecError("text", before, f"a text of at most {size - 16:,} tokens beside a context")
    encoded = tokenizer(
        *((before, text) if before else (text,)),
        truncation="only_second" if before else True,
        max_length=size,
        stride=int(room * _OVERLAP),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    part = 1 if before else 0
    return [
        Window(
            encoded["input_ids"][place],
            encoded["token_type_ids"][place] if "token_type_ids" in encoded else None,
            encoded["offset_mapping"][place],
            np.array([sequence == part for sequence in encoded.sequence_ids(place)]),
        )
        for place in range(len(encoded["input_ids"]))
    ]


def batches_of(windows: list[Window]) -> list[list[Window]]:
    return [windows[place : place + _BATCH] for place in range(0, len(windows), _BATCH)]


@torch.inference_mode()
def outputs_of(loaded: LoadedModel, windows: list[Window]) -> Any:
    """The model's outputs for some windows, padded on the right."""
    width = max(len(window.ids) for window in windows)
    pad = loaded.tokenizer.pad_token_id or 0
    given = {
        "input_ids": [_padded(window.ids, width, pad) for window in windows],
        "attention_mask": [_padded([1] * len(window.ids), width, 0) for window in windows],
    }
    if windows[0].types is not None:
        given["token_type_ids"] = [_padded(window.types or [], width, 0) for window in windows]
    return loaded.model(**{name: torch.tensor(rows, device=loaded.device) for name, rows in given.items()})


def _padded(numbers: list[int], width: int, pad: int) -> list[int]:
    return [*numbers, *[pad] * (width - len(numbers))]
