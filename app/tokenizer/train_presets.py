"""Tokenizers in the manner of well-known models, one click away: what they set in the form. No Gradio."""

from dataclasses import dataclass
from typing import Any

from pipelines.tokenization.specs import TokenizerSpec

_SENTINELS = 100  # as many as T5 has: its training hides spans behind them


@dataclass(frozen=True)
class Preset:
    """``values`` are fields of a :class:`TokenizerSpec`; the vocabulary's size is left as it stands, since a
    small text does not give 30,000 tokens."""

    label: str
    values: dict[str, Any]


_PLAIN = {
    "min_frequency": TokenizerSpec.min_frequency,
    "normalizer": "none",
    "lowercase": False,
    "strip_accents": False,
    "split_digits": False,
    "byte_fallback": False,
    "template": "none",
}
PRESETS = (
    Preset("Glassworks' own", TokenizerSpec().to_dict()),
    Preset(
        "GPT-2 style byte-level BPE",
        {**_PLAIN, "algorithm": "bpe", "byte_level": True, "special_tokens": ["bos+eos+unk=<|endoftext|>"]},
    ),
    Preset(
        "BERT style WordPiece",
        {
            **_PLAIN,
            "algorithm": "wordpiece",
            "byte_level": False,
            "lowercase": True,
            "strip_accents": True,
            "template": "cls+sep",
            "special_tokens": ["pad=[PAD]", "unk=[UNK]", "cls=[CLS]", "sep=[SEP]", "mask=[MASK]"],
        },
    ),
    Preset(
        "T5 style Unigram",
        {
            **_PLAIN,
            "algorithm": "unigram",
            "byte_level": False,
            "normalizer": "nfkc",
            "template": "eos",
            "special_tokens": [
                *("pad=<pad>", "eos=</s>", "unk=<unk>"),
                *(f"<extra_id_{number}>" for number in range(_SENTINELS)),
            ],
        },
    ),
)
SET = tuple(PRESETS[1].values)  # the fields that a preset sets
