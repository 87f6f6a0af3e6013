"""A tokenizer of the library that makes the batch of another, which it leaves as it is.

For the library's own tokenizers it has the same parts over the same vocabulary. SentencePiece knows no
batches: it encodes the texts, and its ids, each written as a word, are put into rows by a twin whose
vocabulary is these words. So rows are filled, cut and chained by the library's own code for every tokenizer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Encoding, Tokenizer, models, processors

from pipelines.core.errors import SpecError
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.sentencepiece_backend import SentencePieceBackend

Text = str | tuple[str, str]  # a text, or a pair


@dataclass(frozen=True)
class Row:
    """``text`` is the place of the text that the row comes from; ``offsets[token]`` are characters of it."""

    text: int
    encoding: Encoding
    offsets: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Twin:
    """``tokenizer`` may be set as one likes. ``given[text]`` is what it encodes, and
    ``spans[text][sequence][word]`` are the characters of each word of that; None where the tokenizer's own
    offsets are those of the texts."""

    tokenizer: Tokenizer
    given: list[Any]
    spans: list[list[list[tuple[int, int]]]] | None = None

    def rows(self, add_special_tokens: bool) -> list[Row]:
        """The rows of all texts in order, each followed by its further chunks."""
        encodings = self.tokenizer.encode_batch(
            self.given, is_pretokenized=self.spans is not None, add_special_tokens=add_special_tokens
        )
        return [
            Row(place, one, self._offsets(place, one))
            for place, first in enumerate(encodings)
            for one in (first, *first.overflowing)
        ]

    def _offsets(self, place: int, row: Encoding) -> Sequence[tuple[int, int]]:
        if self.spans is None:
            return row.offsets
        found = zip(row.sequence_ids, row.word_ids, strict=True)
        return [(0, 0) if word is None else self.spans[place][sequence][word] for sequence, word in found]


def twin_of(loaded: LoadedTokenizer, texts: Sequence[Text]) -> Twin:
    """Raises :class:`SpecError` for a tokenizer of another kind."""
    if isinstance(loaded.backend, Tokenizer):
        return Twin(_same_parts(loaded.backend), list(texts))
    if isinstance(loaded.backend, SentencePieceBackend):
        return _of_ids(loaded.backend, texts)
    raise SpecError("tokenizer", loaded.name, "one of the tokenizers library or of SentencePiece for batches")


def _same_parts(core: Tokenizer) -> Tokenizer:
    """The same parts over the same vocabulary in memory; a copy where added tokens would get other ids."""
    twin = Tokenizer(core.model)
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        if (value := getattr(core, part)) is not None:
            setattr(twin, part, value)
    twin.encode_special_tokens = core.encode_special_tokens
    added = core.get_added_tokens_decoder()
    for _, token in sorted(added.items()):
        twin.add_special_tokens([token]) if token.special else twin.add_tokens([token])
    return twin if twin.get_added_tokens_decoder() == added else Tokenizer.from_str(core.to_str())


def _of_ids(backend: SentencePieceBackend, texts: Sequence[Text]) -> Twin:
    encoded = [
        [
            backend.encode(one, add_special_tokens=False)
            for one in ((text,) if isinstance(text, str) else text)
        ]
        for text in texts
    ]
    used = {id_ for row in encoded for one in row for id_ in one.ids}
    twin = Tokenizer(models.WordLevel({str(id_): id_ for id_ in used} or {"": 0}, unk_token=""))
    twin.post_processor = _around(backend.begin, backend.end)
    words = [tuple(list(map(str, one.ids)) for one in row) for row in encoded]
    given = [row if len(row) > 1 else row[0] for row in words]
    return Twin(twin, given, [[one.offsets for one in row] for row in encoded])


def _around(begin: int | None, end: int | None) -> processors.TemplateProcessing:
    """What is put around each text, the second of a pair as much as the first."""
    named = [(name, id_) for name, id_ in (("begin", begin), ("end", end)) if id_ is not None]
    first = " ".join((*["begin:0"] * (begin is not None), "$A:0", *["end:0"] * (end is not None)))
    second = first.replace(":0", ":1").replace("$A", "$B")
    return processors.TemplateProcessing(single=first, pair=f"{first} {second}", special_tokens=named)
