"""How texts become a batch, and the batch itself: no tokenizers library, so that the page may know them."""

from dataclasses import dataclass

import numpy as np

from pipelines.core.fields import check, knob

PADDING, SIDES = ("none", "longest", "max_length"), ("right", "left")
TRUNCATION = ("none", "longest_first", "only_first", "only_second")
MAX_TEXTS, MAX_CELLS = 64, 1_000_000
FILLER = -1


@dataclass(frozen=True)
class BatchSpec:
    """How texts become rows. With ``truncation``, a text longer than ``max_length`` goes on in further rows
    (chunks), each repeating the last ``stride`` tokens of the one before."""

    padding: str = knob("longest", label="Padding", choices=PADDING, help="Fill rows up to this length.")
    padding_side: str = knob("right", label="Padding side", choices=SIDES, help="Where rows are filled.")
    truncation: str = knob(
        "none", label="Truncation", choices=TRUNCATION, help="Which text of a pair is cut at max_length."
    )
    truncation_side: str = knob(
        "right", label="Truncation side", choices=SIDES, help="The end at which a text is cut."
    )
    max_length: int = knob(
        128, label="Longest row", help="Tokens of a row, special ones included.", low=1, high=100_000, step=1
    )
    stride: int = knob(
        0, label="Stride", help="Tokens that a chunk repeats of the one before.", low=0, high=100_000, step=1
    )
    add_special_tokens: bool = knob(
        True, label="Special tokens", help="Put BOS, CLS, SEP … around each text as for the model."
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Batch:
    """``input_ids[row, column]`` and, of the same axes, ``attention_mask``, ``token_type_ids``,
    ``special_tokens_mask`` and ``sequence_ids`` (0 first text, 1 its pair, −1 neither);
    ``offsets[row, column, 2]`` are characters of the row's text. Columns from ``lengths[row]`` on do not
    exist (rows are ragged without padding) and hold −1. ``text_index[row]`` is the text that a row comes
    from. ``tokens[i]`` is the string of the id ``token_ids[i]``, for every id in the batch, ids ascending."""

    input_ids: np.ndarray
    attention_mask: np.ndarray
    token_type_ids: np.ndarray
    special_tokens_mask: np.ndarray
    sequence_ids: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    text_index: np.ndarray
    token_ids: np.ndarray
    tokens: tuple[str, ...]
