"""What each part of a tokenizer makes of a text: added tokens, normaliser, pre-tokenizer, model,
post-processor.

Members of a Sequence are shown one by one. The parts are the library's own, applied as its ``encode`` applies
them, so that the last stage has the ids of ``encode``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.tokenization.encode import check_text
from pipelines.tokenization.loaded import LoadedTokenizer

MAX_CHARS = 20_000
_ADDED = "added_tokens"
PARTS = (_ADDED, "normalizer", "pre_tokenizer", "model", "post_processor")


@dataclass(frozen=True)
class Piece:
    """``text`` as it stands after a stage; ``start`` and ``end`` are the characters of the original text that
    it came from. ``id`` is there once the piece is a token."""

    text: str
    start: int
    end: int
    id: int | None = None


@dataclass(frozen=True, eq=False)
class Stage:
    """``part`` is one of :data:`PARTS`, ``name`` the component's type, ``settings`` what it was set to.

    ``origins[char, 2]`` says for each character of all pieces' texts, joined, where it came from; normaliser
    stages alone have it.
    """

    part: str
    name: str
    settings: Mapping[str, Any]
    pieces: tuple[Piece, ...]
    origins: np.ndarray | None = field(default=None)

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def stages(tokenizer: LoadedTokenizer, text: str, *, add_special_tokens: bool = True) -> tuple[Stage, ...]:
    """All stages in order. Raises SpecError for text that is none or has more than :data:`MAX_CHARS`."""
    check_text(text)
    if len(text) > MAX_CHARS:
        raise SpecError(
            "text", f"{len(text):,} characters", f"at most {MAX_CHARS:,} characters in the stage view"
        )
    if tokenizer.source == "sentencepiece":
        from pipelines.tokenization.stages_sentencepiece import sentencepiece_stages

        return sentencepiece_stages(tokenizer, text, add_special_tokens)
    from pipelines.tokenization.stages_library import library_stages

    return library_stages(tokenizer, text, add_special_tokens)


def members(definition: Any) -> list[dict[str, Any]]:
    """The components of one part of a tokenizer.json in order, Sequences opened, none for None.

    >>> [m["type"] for m in members({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type":
    "Strip"}]})] ['NFC', 'Strip']
    """
    if not isinstance(definition, dict):
        return []
    if definition.get("type") != "Sequence":
        return [definition]
    inner = next((value for value in definition.values() if isinstance(value, list)), [])
    return [found for item in inner for found in members(item)]


def settings_of(member: Mapping[str, Any]) -> dict[str, Any]:
    """What a component is set to, without its type; long values (a compiled map of characters) are cut."""
    return {key: _short(value) for key, value in member.items() if key != "type"}


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return value if len(text) <= 500 else f"{text[:60]}… ({len(text):,} characters)"
