"""The stages of a tokenizer of the tokenizers library, each made by the library's own component."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import PreTokenizedString, Regex, Tokenizer

from pipelines.tokenization.added import matcher
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.stage_view import Piece, Stage, members, settings_of

_EACH = Regex("(?m).")  # any one character, line ends included


@dataclass(frozen=True)
class _Segment:
    """Characters ``start`` to ``end`` of the text between added tokens; ``inner`` is the part of its
    normalised text that is meant, None for all. A segment with an ``id`` is an added token."""

    start: int
    end: int
    inner: tuple[int, int] | None = None
    id: int | None = None


def library_stages(tokenizer: LoadedTokenizer, text: str, add_special_tokens: bool) -> tuple[Stage, ...]:
    return tuple(_Walk(tokenizer, text).stages(add_special_tokens))


class _Walk:
    """One text on its way through one tokenizer."""

    def __init__(self, tokenizer: LoadedTokenizer, text: str):
        self._text, self._tokenizer, self._backend = text, tokenizer, tokenizer.backend
        self._definition = tokenizer.definition
        self._normalizers = _components(self._definition, "normalizer")
        self._added = self._backend.get_added_tokens_decoder()

    def stages(self, add_special_tokens: bool) -> Iterator[Stage]:
        segments = self._cut()
        if self._added:
            yield Stage("added_tokens", "AddedTokens", {"known": len(self._added)}, self._raw(segments))
        for count, (member, _) in enumerate(self._normalizers, 1):
            yield self._normalized(segments, count, member)
        segments = [part for segment in segments for part in self._cut_again(segment)]
        ready = [(s, None if s.id is not None else self._prepared(s)) for s in segments]
        for member, component in _components(self._definition, "pre_tokenizer"):
            for _, pretokenized in ready:
                if pretokenized is not None:
                    component.pre_tokenize(pretokenized)
            pieces = tuple(piece for item in ready for piece in self._splits(*item))
            yield Stage("pre_tokenizer", member["type"], settings_of(member), pieces)
        model = self._definition["model"]
        pieces = tuple(piece for item in ready for piece in self._tokens(*item))
        yield Stage("model", type(self._backend.model).__name__, settings_of(model), pieces)
        yield from self._processed(add_special_tokens)

    def _cut(self) -> list[_Segment]:
        find = matcher(self._added, normalized=False)
        spans = find.split(self._text) if find else [(0, len(self._text), None)]
        return [_Segment(start, end, id=id_) for start, end, id_ in spans]

    def _cut_again(self, segment: _Segment) -> list[_Segment]:
        """The second pass: tokens that are matched in the normalised text."""
        find = matcher(self._added, normalized=True, spell=self._spell) if segment.id is None else None
        if find is None:
            return [segment]
        normalized = "".join(piece for piece, _, _ in self._prepared(segment).get_splits("original", "char"))
        return [
            _Segment(segment.start, segment.end, (start, end), id_)
            for start, end, id_ in find.split(normalized)
        ]

    def _spell(self, content: str) -> str:
        normalizer = self._backend.normalizer
        return normalizer.normalize_str(content) if normalizer is not None else content

    def _raw(self, segments: Sequence[_Segment]) -> tuple[Piece, ...]:
        return tuple(Piece(self._text[s.start : s.end], s.start, s.end, s.id) for s in segments)

    def _prepared(self, segment: _Segment, count: int | None = None) -> PreTokenizedString:
        """The segment after the first ``count`` normalisers. One character before it is taken along and
        dropped, for some components ask whether they are at the text's beginning."""
        lead = min(1, segment.start)
        pretokenized = PreTokenizedString(self._text[segment.start - lead : segment.end])
        if lead:
            pretokenized.split(lambda _, whole: [whole.slice((1, segment.end - segment.start + 1))])
        for _, component in self._normalizers[:count]:
            pretokenized.normalize(component.normalize)
        if segment.inner is not None:
            pretokenized.split(lambda _, whole: [whole.slice(segment.inner)])
        return pretokenized

    def _normalized(self, segments: Sequence[_Segment], count: int, member: Mapping[str, Any]) -> Stage:
        pieces, origins = [], []
        for segment in segments:
            if segment.id is not None:
                pieces += self._raw([segment])
                origins += [(at, at + 1) for at in range(segment.start, segment.end)]
                continue
            chars = self._prepared(segment, count)
            chars.split(lambda _, whole: whole.split(_EACH, "isolated"))
            split = [
                (char, self._span(segment, span)) for char, span, _ in chars.get_splits("original", "char")
            ]
            pieces.append(Piece("".join(char for char, _ in split), segment.start, segment.end))
            origins += [span for char, span in split if char]
        spans = np.array(origins, dtype=np.int32).reshape(-1, 2)
        return Stage("normalizer", member["type"], settings_of(member), tuple(pieces), spans)

    def _splits(self, segment: _Segment, pretokenized: PreTokenizedString | None) -> list[Piece]:
        if pretokenized is None:
            return [self._token(segment)]
        found = pretokenized.get_splits("original", "char")
        return [Piece(text, *self._span(segment, span)) for text, span, _ in found]

    def _tokens(self, segment: _Segment, pretokenized: PreTokenizedString | None) -> list[Piece]:
        if pretokenized is None:
            return [self._token(segment)]
        pretokenized.tokenize(self._backend.model.tokenize)
        encoding = pretokenized.to_encoding(0, None)
        rows = zip(encoding.tokens, encoding.offsets, encoding.ids, strict=True)
        return [Piece(token, *self._span(segment, span), id_) for token, span, id_ in rows]

    def _token(self, segment: _Segment) -> Piece:
        token = self._tokenizer.tokens[segment.id] or ""
        if segment.inner is None:
            return Piece(token, segment.start, segment.end, segment.id)
        splits = self._prepared(segment).get_splits("original", "char")
        start, end = self._span(segment, splits[0][1]) if splits else (segment.start, segment.start)
        return Piece(token, start, end, segment.id)

    def _span(self, segment: _Segment, span: tuple[int, int]) -> tuple[int, int]:
        shift = segment.start - min(1, segment.start)
        return span[0] + shift, span[1] + shift

    def _processed(self, add_special_tokens: bool) -> Iterator[Stage]:
        encoding = self._backend.encode(self._text, add_special_tokens=False)
        for member, component in _components(self._definition, "post_processor"):
            encoding = component.process(encoding, None, add_special_tokens)
            rows = zip(encoding.tokens, encoding.offsets, encoding.ids, strict=True)
            pieces = tuple(Piece(token, *span, id_) for token, span, id_ in rows)
            yield Stage("post_processor", member["type"], settings_of(member), pieces)


def _components(definition: Mapping[str, Any], part: str) -> list[tuple[dict[str, Any], Any]]:
    """Each member of a part with the library's component made from it."""
    return [(member, _component(part, member)) for member in members(definition.get(part))]


def _component(part: str, member: Mapping[str, Any]) -> Any:
    model = {"type": "WordLevel", "vocab": {"": 0}, "unk_token": ""}
    shell = {"version": "1.0", "added_tokens": [], part: member, "model": model}
    return getattr(Tokenizer.from_str(json.dumps(shell)), part)
