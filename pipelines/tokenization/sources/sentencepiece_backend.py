"""SentencePiece itself behind the methods of ``tokenizers.Tokenizer`` that this topic uses.

A model is not translated into the tokenizers library's format: that one composes characters differently and
adds scores in another precision, so the ids would now and then be others than the model's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sentencepiece import SentencePieceProcessor

from pipelines.tokenization.sources.sentencepiece_proto import PieceType, SentencePieceModel


@dataclass(frozen=True)
class SentencePieceEncoding:
    """One text, or a pair, as tokens; the fields are those of :class:`tokenizers.Encoding`."""

    ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]
    type_ids: list[int]
    attention_mask: list[int]
    special_tokens_mask: list[int]

    def __len__(self) -> int:
        return len(self.ids)


class SentencePieceBackend:
    """``begin`` and ``end`` are control tokens put around a text with ``add_special_tokens``, None for
    none."""

    def __init__(
        self,
        processor: SentencePieceProcessor,
        proto: SentencePieceModel,
        begin: int | None = None,
        end: int | None = None,
    ):
        self.processor, self.proto = processor, proto
        self.begin, self.end = begin, end
        self._ids = {piece: id_ for id_, piece in enumerate(proto.pieces)}
        self._control = frozenset(proto.of_type(PieceType.CONTROL))
        self._is_byte = np.array([kind is PieceType.BYTE for kind in proto.types])

    @cached_property
    def steps(self) -> tuple[tuple[str, dict[str, Any], SentencePieceProcessor], ...]:
        """(name, settings, a processor that normalises so far): the normaliser's switches turned on one by
        one.

        A field that follows another of the same number overrules it: so are the switches set.
        """
        proto = self.proto
        switches = {
            "remove_extra_whitespaces": (4, proto.remove_extra_whitespaces),
            "add_dummy_prefix": (3, proto.add_dummy_prefix),
            "escape_whitespaces": (5, proto.escape_whitespaces),
        }
        on = [name for name, (_, value) in switches.items() if value]
        plain = [("charsmap", {"rules": proto.normalizer})] if proto.has_charsmap else []
        named = [*plain, *((name, {}) for name in on)]
        found = []
        for place, (name, settings) in enumerate(named):
            done = {known for known, _ in named[: place + 1]}
            bits = b"".join(bytes([number << 3, name_ in done]) for name_, (number, _) in switches.items())
            whole = self.processor.serialized_model_proto() + bytes([3 << 3 | 2, len(bits)]) + bits
            last = place == len(named) - 1
            found.append((name, settings, self.processor if last else _processor(whole)))
        return tuple(found)

    def encode(
        self, sequence: str, pair: str | None = None, is_pretokenized: bool = False,
        add_special_tokens: bool = True,
    ) -> SentencePieceEncoding:  # fmt: skip
        """The model's own ids; ``offsets`` are characters, all bytes of one character having its span."""
        first = self._one(sequence, 0, add_special_tokens)
        return first if pair is None else _joined(first, self._one(pair, 1, add_special_tokens))

    def encode_batch(
        self, input: Sequence[Any], is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[SentencePieceEncoding]:
        """Texts, or (text, pair) tuples."""
        return [
            self.encode(
                *((row, None) if isinstance(row, str) else row), add_special_tokens=add_special_tokens
            )
            for row in input
        ]

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """Control tokens vanish, or stand in the text by their names."""
        ids = [int(id_) for id_ in ids]
        if skip_special_tokens:
            return self.processor.decode([id_ for id_ in ids if id_ not in self._control])
        parts: list[list[int]] = [[]]
        for id_ in ids:
            if id_ in self._control:
                parts += [[id_], []]
            else:
                parts[-1].append(id_)
        named = (
            self.proto.pieces[p[0]] if p and p[0] in self._control else self.processor.decode(p)
            for p in parts
        )
        return "".join(named)

    def token_to_id(self, token: str) -> int | None:
        return self._ids.get(token)

    def id_to_token(self, id: int) -> str | None:
        return self.proto.pieces[id] if 0 <= id < len(self.proto.pieces) else None

    def get_vocab(self, with_added_tokens: bool = True) -> dict[str, int]:
        return dict(self._ids)

    def get_vocab_size(self, with_added_tokens: bool = True) -> int:
        return len(self._ids)

    def num_special_tokens_to_add(self, is_pair: bool) -> int:
        return (1 + is_pair) * sum(id_ is not None for id_ in (self.begin, self.end))

    def _one(self, text: str, type_id: int, with_special: bool) -> SentencePieceEncoding:
        found = self.processor.encode(text, out_type="offset_mapping")
        ids, offsets = list(found["ids"]), self._whole_characters(found["ids"], found["offsets"])
        special = [0] * len(ids)
        if with_special and self.begin is not None:
            ids, offsets, special = [self.begin, *ids], [(0, 0), *offsets], [1, *special]
        if with_special and self.end is not None:
            ids, offsets, special = [*ids, self.end], [*offsets, (0, 0)], [*special, 1]
        pieces = self.proto.pieces
        tokens = [pieces[id_] for id_ in ids]
        return SentencePieceEncoding(ids, tokens, offsets, [type_id] * len(ids), [1] * len(ids), special)

    def _whole_characters(self, ids: list[int], offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """SentencePiece gives a character to the last of its bytes; here all of them have its span."""
        is_byte = self._is_byte[ids] if ids else np.zeros(0, bool)
        if not is_byte.any():
            return offsets
        spans = np.asarray(offsets)
        filled = np.flatnonzero(is_byte & (spans[:, 1] > spans[:, 0]))
        empty = np.flatnonzero(is_byte & (spans[:, 1] == spans[:, 0]))
        after = np.searchsorted(filled, empty)
        known = after < len(filled)
        spans[empty[known]] = spans[filled[after[known]]]
        return list(map(tuple, spans.tolist()))


def _processor(data: bytes) -> SentencePieceProcessor:
    processor = SentencePieceProcessor()
    processor.load_from_serialized_proto(data)
    return processor


def _joined(first: SentencePieceEncoding, second: SentencePieceEncoding) -> SentencePieceEncoding:
    return SentencePieceEncoding(
        first.ids + second.ids,
        first.tokens + second.tokens,
        first.offsets + second.offsets,
        first.type_ids + second.type_ids,
        first.attention_mask + second.attention_mask,
        first.special_tokens_mask + second.special_tokens_mask,
    )
