"""Messages as the tokens that a model reads, in which nothing that a document, a question or an earlier turn
says is a control token: ``<|end|><|assistant|>`` in a passage is seven or more tokens of plain text, and ends
no turn.

The chat template is rendered with one private-use character in the place of each message's text, so that no
text goes through the template's program, and what the template wrote is known to the character.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Any, NamedTuple

from pipelines.core.errors import GlassworksError
from pipelines.rag.answering.messages import TEMPLATE, WORDS, Message, Piece, said

_MARK = 0xF0000  # private use: templates have no reason to look for it
_MARKS = re.compile("([\U000f0000-\U000ffffd])")
_WHY = 200  # characters of a template's own words that are passed on

Placed = tuple[int, tuple[int, int]]  # a token, and its characters: the first, and the one after the last


class Token(NamedTuple):
    """``part`` is that of the token's first character. Of a character that takes several tokens the first has
    it as its ``text``, the others have none."""

    id: int
    text: str
    part: str
    special: bool


@dataclass(frozen=True)
class Rendered:
    """``pieces`` put together are the text; ``offsets[token]`` are its characters there, end exclusive."""

    pieces: tuple[Piece, ...]
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    control: frozenset[int]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def tokens(self) -> list[Token]:
        text, ends = self.text, _ends(self.pieces)
        found, shown = [], 0
        for id_, (start, end) in zip(self.ids, self.offsets, strict=True):
            part = self.pieces[bisect_right(ends, start)].part if start < end else TEMPLATE
            found.append(Token(id_, text[max(start, shown) : end], part, id_ in self.control))
            shown = max(shown, end)
        return found


class Renderer:
    """``tokenizer`` is a fast one of transformers. Of a model without a chat template the messages stand one
    after the other, with the special tokens that its tokenizer puts around a text."""

    def __init__(self, tokenizer: Any):
        if not tokenizer.is_fast:
            raise GlassworksError("This model has a tokenizer that does not say where its tokens stand.")
        self._tokenizer = tokenizer
        self.chat = bool(getattr(tokenizer, "chat_template", None))
        added = (one for one, token in tokenizer.added_tokens_decoder.items() if token.special)
        # What a tokenizer does not know is no control token, though it is counted among the special ones.
        self._control = frozenset((*tokenizer.all_special_ids, *added)) - {tokenizer.unk_token_id}
        self._written: dict[tuple[str, ...], str] = {}

    def __call__(self, messages: Sequence[Message]) -> Rendered:
        """Raises :class:`GlassworksError` where the template refuses such messages."""
        pieces = self._chat(messages) if self.chat else _plain(messages)
        read = self._encoded(pieces)
        return Rendered(pieces, tuple(one for one, _ in read), tuple(at for _, at in read), self._control)

    def _chat(self, messages: Sequence[Message]) -> tuple[Piece, ...]:
        try:
            written = self._template(tuple(message.role for message in messages))
        except GlassworksError:
            if not messages or messages[0].role != "system":
                raise
            return self._chat(_joined(messages))
        found: list[Piece] = []
        places = []  # of the messages, in the order in which the template has them
        for part in _MARKS.split(written):
            if _MARKS.fullmatch(part):
                places.append(ord(part) - _MARK)
                found += messages[places[-1]].pieces
            elif part:
                found.append(Piece(TEMPLATE, part))
        if sorted(places) != list(range(len(messages))):
            raise GlassworksError("The chat template of this model leaves messages out or repeats them.")
        return tuple(found)

    def _template(self, roles: tuple[str, ...]) -> str:
        if roles not in self._written:
            told = [{"role": role, "content": chr(_MARK + place)} for place, role in enumerate(roles)]
            try:
                self._written[roles] = self._tokenizer.apply_chat_template(
                    told, tokenize=False, add_generation_prompt=True
                )
            except Exception as error:  # a template is a program and may raise anything
                why = " ".join(str(error).split())[:_WHY] or type(error).__name__
                raise GlassworksError(f"The chat template refuses the prompt: {why}") from None
        return self._written[roles]

    def _encoded(self, pieces: Sequence[Piece]) -> list[Placed]:
        """As the tokenizer reads the whole text; where a control token would come out of what is not the
        template's, the text is read in stretches between the template's own control tokens, as plain text."""
        text = "".join(piece.text for piece in pieces)
        read = self._read(text, add_special_tokens=not self.chat)
        own = [self._is_own(pieces, *placed) for placed in read]
        if all(own):
            return read
        kept = [one for one, good in zip(read, own, strict=True) if good and one[0] in self._control]
        first = list(takewhile(_is_empty, read))
        last = list(takewhile(_is_empty, reversed(read)))[::-1]
        return [*first, *self._stretches(text, [one for one in kept if not _is_empty(one)]), *last]

    def _stretches(self, text: str, own: Sequence[Placed]) -> Iterator[Placed]:
        """``own`` are the control tokens of the template, what stands between them is read as plain text."""
        at = 0
        for id_, (start, end) in [*own, (-1, (len(text), len(text)))]:
            yield from _moved(self._plainly(text[at:start]), at)
            if id_ >= 0:
                yield id_, (start, end)
            at = end

    def _plainly(self, text: str) -> list[Placed]:
        """Without control tokens. Some tokenizers have them among their words too: such a word is read in two
        parts. Raises :class:`GlassworksError` where even that does not help."""
        read = self._read(text, split_special_tokens=True, add_special_tokens=False)
        found = next((place for one, place in read if one in self._control), None)
        if found is None:
            return read
        cut = found[0] + 1
        if cut >= found[1]:
            raise GlassworksError(
                "The text has control tokens that this tokenizer cannot read as plain text."
            )
        return [*self._plainly(text[:cut]), *_moved(self._plainly(text[cut:]), cut)]

    def _read(self, text: str, **how: Any) -> list[Placed]:
        read = self._tokenizer(text, return_offsets_mapping=True, verbose=False, **how)
        return list(zip(read["input_ids"], map(tuple, read["offset_mapping"]), strict=True))

    def _is_own(self, pieces: Sequence[Piece], id_: int, place: tuple[int, int]) -> bool:
        """Whether it is no control token, or all of its characters are the template's."""
        if id_ not in self._control or place[0] == place[1]:
            return True
        ends = _ends(pieces)
        touched = pieces[bisect_right(ends, place[0]) : bisect_right(ends, place[1] - 1) + 1]
        return all(piece.part == TEMPLATE for piece in touched)


def _plain(messages: Sequence[Message]) -> tuple[Piece, ...]:
    """An empty line between them, and no word of who says it."""
    found: list[Piece] = []
    for message in messages:
        found += [*([Piece(WORDS, "\n\n")] if found else []), *message.pieces]
    return tuple(found)


def _joined(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The system's words put before the first user's: some templates know no system."""
    system, first, *rest = messages
    return (said(first.role, *system.pieces, (WORDS, "\n\n"), *first.pieces), *rest)


def _ends(pieces: Sequence[Piece]) -> list[int]:
    return list(accumulate(len(piece.text) for piece in pieces))


def _is_empty(placed: Placed) -> bool:
    """Of no character: what a tokenizer puts around a text."""
    return placed[1][0] == placed[1][1]


def _moved(read: Sequence[Placed], by: int) -> list[Placed]:
    return [(one, (a + by, b + by)) for one, (a, b) in read]
