"""A tokenizer in memory, the same from every source. Knows no file formats: the readers in ``sources`` do.

``backend`` is a ``tokenizers.Tokenizer``, or for a SentencePiece model the same few methods over
SentencePiece itself (:class:`Backend`). What depends on an id alone (its token, its bytes, whether it is
special) is tabulated once, so that a text of any length is described by indexing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

KINDS = ("bpe", "wordpiece", "unigram", "wordlevel")
ROLES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


class EncodingLike(Protocol):
    """One text as tokens; ``offsets`` are characters of the text. The names are those of ``tokenizers``."""

    ids: list[int]
    tokens: list[str]
    offsets: list[tuple[int, int]]
    type_ids: list[int]
    attention_mask: list[int]
    special_tokens_mask: list[int]


class Backend(Protocol):
    """What every backend can do, under the names that ``tokenizers.Tokenizer`` gives it."""

    def encode(
        self, sequence: str, pair: str | None = None, is_pretokenized: bool = False,
        add_special_tokens: bool = True,
    ) -> EncodingLike: ...  # fmt: skip
    def encode_batch(
        self, input: Sequence[Any], is_pretokenized: bool = False, add_special_tokens: bool = True
    ) -> list[EncodingLike]: ...
    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str: ...
    def token_to_id(self, token: str) -> int | None: ...
    def id_to_token(self, id: int) -> str | None: ...
    def get_vocab(self, with_added_tokens: bool = True) -> dict[str, int]: ...
    def get_vocab_size(self, with_added_tokens: bool = True) -> int: ...
    def num_special_tokens_to_add(self, is_pair: bool) -> int: ...


@dataclass(frozen=True)
class Added:
    """A token that is found in the text before the model sees it. ``special``: skipped when decoding."""

    id: int
    content: str
    special: bool


@dataclass(frozen=True, eq=False)
class LoadedTokenizer:
    """``name`` is the model's one name, or a file's. ``source`` is the reader: ``tokenizer.json``,
    ``tiktoken`` or ``sentencepiece``.

    ``special`` maps a role (``bos_token``, ``eos_token`` …) to its token's text; roles that nothing fills are
    absent. ``chat_template`` is the default Jinja template, empty where there is none; ``chat_templates`` has
    all by name. ``config`` is what stands beside the tokenizer's file (tokenizer_config.json). ``definition``
    is the tokenizer.json without its vocabulary and merges, empty for SentencePiece. ``merges`` are
    (left, right) in order of rank for a BPE that lists them. ``scores[id]`` are log probabilities (Unigram)
    or what the highest of is merged first (SentencePiece's BPE).
    """

    name: str
    backend: Backend
    kind: str
    byte_level: bool
    byte_fallback: bool
    source: str
    special: Mapping[str, str] = field(default_factory=dict)
    added: tuple[Added, ...] = ()
    chat_template: str = ""
    chat_templates: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    definition: Mapping[str, Any] = field(default_factory=dict)
    merges: tuple[tuple[str, str], ...] = ()
    scores: np.ndarray | None = None
    continuing_prefix: str = ""  # WordPiece's "##", also some BPEs'
    end_of_word_suffix: str = ""  # "</w>" of the first BPEs
    space: str = ""  # what stands for a space inside tokens: "▁" for SentencePiece's, "" where none does

    @cached_property
    def tokens(self) -> tuple[str | None, ...]:
        """Token string by id; None where an id stands for nothing."""
        vocab = self.backend.get_vocab(with_added_tokens=True)
        table: list[str | None] = [None] * (max(vocab.values(), default=-1) + 1)
        for token, id_ in vocab.items():
            table[id_] = token
        return tuple(table)

    @cached_property
    def model_vocab(self) -> dict[str, int]:
        """Token → id of the model itself, without tokens that were added to it."""
        return self.backend.get_vocab(with_added_tokens=False)

    @cached_property
    def merge_ranks(self) -> dict[tuple[str, str], int]:
        """(left, right) → rank, for a BPE that lists its merges."""
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def unigram_pieces(self) -> Any:
        """The pieces of a Unigram model in the order that its lattice wants."""
        from pipelines.tokenization.replay.unigram import UnigramPieces

        return UnigramPieces(self)

    def make_tables(self) -> None:
        """Make the tables that every encoding needs, so that the first one is not slower for them."""
        _ = self.tokens, self.special_ids, self.byte_ids, self.unk_id, self.token_bytes

    @cached_property
    def index(self) -> Any:
        """What pages of the vocabulary are read from: a ``vocabulary.Index``."""
        from pipelines.tokenization.vocabulary import Index

        return Index(self)

    @property
    def size(self) -> int:
        """Rows that an embedding needs: the highest id plus one."""
        return len(self.tokens)

    @cached_property
    def special_ids(self) -> np.ndarray:
        """``special_ids[id]``: True for control tokens, which decoding may skip."""
        marks = np.zeros(self.size, dtype=bool)
        marks[[a.id for a in self.added if a.special]] = True
        return marks

    @cached_property
    def byte_ids(self) -> np.ndarray:
        """``byte_ids[id]``: True for byte-fallback tokens such as ``<0x0A>``."""
        marks = np.zeros(self.size, dtype=bool)
        if self.byte_fallback:
            known = (self.backend.token_to_id(f"<0x{byte:02X}>") for byte in range(256))
            marks[[id_ for id_ in known if id_ is not None]] = True
        return marks

    @cached_property
    def unk_id(self) -> int | None:
        """The id of what the vocabulary cannot spell; None where there is none."""
        token = self.special.get("unk_token")
        return None if token is None else self.backend.token_to_id(token)

    @cached_property
    def token_bytes(self) -> tuple[bytes, ...]:
        """Raw bytes by id: those that the token puts into the text when decoded in the middle of one; empty
        where an id stands for nothing. A special token's are those of its name."""
        from pipelines.tokenization.raw import raw_bytes

        return raw_bytes(self)
