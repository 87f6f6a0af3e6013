"""Pages of a vocabulary: search, filters, order; one token with its neighbours by merge. Pure.

An :class:`Index` is built once a tokenizer (some tenths of a second for 200,000 entries); a page is then a
slice of an order of ids.
"""

import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.fields import check, knob
from pipelines.tokenization.loaded import LoadedTokenizer

ORDINARY, SPECIAL, ADDED, BYTE = "ordinary", "special", "added", "byte"
TOKEN_KINDS = (ORDINARY, SPECIAL, ADDED, BYTE)
ORDERS = ("id", "length", "text")
SEARCHES = ("text", "bytes")
MAX_ROWS, MAX_USES = 500, 200
_SCRIPTS = {
    "CJK": "Han",
    "FULLWIDTH": "Latin",
    "HALFWIDTH": "Katakana",
    "COMBINING": "Common",
    "MODIFIER": "Common",
}
COMMON, MIXED, FRAGMENT = "Common", "Mixed", "Fragment"  # no letters; letters of several; no whole characters


@dataclass(frozen=True)
class VocabularyQuery:
    """Which tokens, in which order, and which page of them."""

    search: str = knob("", label="Search", help="Part of a token, case ignored; or bytes.", max_chars=200)
    search_in: str = knob(
        "text", label="Search in", choices=SEARCHES, help="text; or bytes, written in hex such as e2 82 ac."
    )
    min_bytes: int = knob(0, label="Shortest", help="Bytes of a token at least.", low=0, high=100_000, step=1)
    max_bytes: int = knob(
        100_000, label="Longest", help="Bytes of a token at most.", low=0, high=100_000, step=1
    )
    script: str = knob("", label="Script", help="Latin, Han, Common … Empty: all.", max_chars=40)
    kind: str = knob("", label="Kind", choices=("", *TOKEN_KINDS), help="Empty: all.")
    order: str = knob("id", label="Order", choices=ORDERS, help="By id, by bytes, or as in a dictionary.")
    descending: bool = knob(False, label="Descending", help="The last first.")
    first: int = knob(0, label="From", help="Place of the page's first row.", low=0, high=10_000_000, step=1)
    rows: int = knob(50, label="Rows", help="Rows of a page.", low=1, high=MAX_ROWS, step=1)

    def __post_init__(self) -> None:
        check(self)
        _ = self.wanted_bytes

    @property
    def wanted_bytes(self) -> bytes:
        """The bytes searched for; empty for a search in text."""
        if self.search_in != "bytes":
            return b""
        try:
            return bytes.fromhex(self.search)
        except ValueError:
            raise SpecError("search", self.search, "bytes in hex, such as e2 82 ac") from None


@dataclass(frozen=True)
class Entry:
    """A token: ``text`` as the vocabulary writes it, ``raw`` its bytes."""

    id: int
    text: str
    raw: bytes
    kind: str
    script: str


@dataclass(frozen=True)
class Page:
    """``total`` is how many tokens the query finds; ``entries`` are those from ``first`` on."""

    entries: tuple[Entry, ...]
    first: int
    total: int


@dataclass(frozen=True)
class Merge:
    """``left`` + ``right`` → ``result``, ids; ``rank`` 0 is the first merge."""

    rank: int
    left: int
    right: int
    result: int


@dataclass(frozen=True)
class Neighbours:
    """``made_of`` is the first merge that makes the token, None for one that no merge makes; ``used_in``
    are the first merges that use it, of ``uses`` in all. ``named`` are the tokens of these merges, each once,
    by id. ``score`` is a log probability (Unigram), or what is merged first (SentencePiece's BPE); None where
    the tokenizer keeps none."""

    entry: Entry
    made_of: Merge | None
    used_in: tuple[Merge, ...]
    uses: int
    named: tuple[Entry, ...] = ()
    score: float | None = None


class Index:
    """What pages and neighbours of one tokenizer are read from. Nothing in it changes."""

    def __init__(self, loaded: LoadedTokenizer):
        self._loaded = loaded
        self._raw = loaded.token_bytes
        self._ids = np.array([i for i, t in enumerate(loaded.tokens) if t is not None], dtype=np.int64)
        self._lengths = np.array([len(raw) for raw in self._raw], dtype=np.int64)
        self._kinds = _kinds(loaded)

    def page(self, query: VocabularyQuery) -> Page:
        found = self._found(query)
        shown = found[query.first : query.first + query.rows]
        return Page(tuple(self._entry(i) for i in shown.tolist()), query.first, len(found))

    def neighbours(self, id_: int) -> Neighbours:
        """Raises :class:`NotFoundError` for an id that stands for nothing."""
        if not isinstance(id_, int) or not 0 <= id_ < len(self._raw) or self._loaded.tokens[id_] is None:
            raise NotFoundError(f"There is no token {id_!r}; ids go from 0 to {len(self._raw) - 1:,}.")
        merges = self._merges
        made = np.flatnonzero(merges[:, 2] == id_)
        used = np.flatnonzero((merges[:, 0] == id_) | (merges[:, 1] == id_))
        made_of = self._merge(int(made[0])) if len(made) else None
        shown = tuple(self._merge(rank) for rank in used[:MAX_USES].tolist())
        met = {i for m in (*shown, *([made_of] if made_of else [])) for i in (m.left, m.right, m.result)}
        named = tuple(self._entry(i) for i in sorted(met) if i >= 0)
        return Neighbours(self._entry(id_), made_of, shown, len(used), named, self._score(id_))

    @property
    def scripts(self) -> tuple[str, ...]:
        """Those that occur, the most frequent first."""
        names, counts = np.unique(self._scripts[self._ids], return_counts=True)
        return tuple(str(names[i]) for i in np.argsort(-counts, kind="stable"))

    @cached_property
    def _scripts(self) -> np.ndarray:
        return np.array([script_of(raw) for raw in self._raw])

    @cached_property
    def _merges(self) -> np.ndarray:
        """``[rank, (left, right, result)]`` as ids."""
        known = self._loaded.backend.token_to_id
        ids = {token: i for i, token in enumerate(self._loaded.tokens) if token is not None}
        prefix = self._loaded.continuing_prefix
        rows = [
            (ids.get(a, -1), ids.get(b, -1), ids.get(a + b.removeprefix(prefix), known(a + b) or -1))
            for a, b in self._loaded.merges
        ]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)

    @cached_property
    def _by_text(self) -> np.ndarray:
        return np.array(sorted(self._ids.tolist(), key=lambda i: self._raw[i]), dtype=np.int64)

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(raw.decode("utf-8", "replace").casefold() for raw in self._raw)

    def _found(self, query: VocabularyQuery) -> np.ndarray:
        ids = self._by_text if query.order == "text" else self._ids
        keep = (self._lengths[ids] >= query.min_bytes) & (self._lengths[ids] <= query.max_bytes)
        if query.kind:
            keep &= self._kinds[ids] == TOKEN_KINDS.index(query.kind)
        if query.script:
            keep &= self._scripts[ids] == query.script
        ids = self._matching(ids[keep], query)
        if query.order == "length":
            ids = ids[np.argsort(self._lengths[ids], kind="stable")]
        return ids[::-1] if query.descending else ids

    def _matching(self, ids: np.ndarray, query: VocabularyQuery) -> np.ndarray:
        """A text is looked for in the bytes as text and in the token as the vocabulary writes it."""
        if not query.search:
            return ids
        if query.search_in == "bytes":
            wanted, raw = query.wanted_bytes, self._raw
            return np.array([i for i in ids.tolist() if wanted in raw[i]], dtype=np.int64)
        text, folded, tokens = query.search.casefold(), self._folded, self._loaded.tokens
        found = [i for i in ids.tolist() if text in folded[i] or query.search in tokens[i]]
        return np.array(found, dtype=np.int64)

    def _entry(self, id_: int) -> Entry:
        kind = TOKEN_KINDS[self._kinds[id_]]
        return Entry(id_, self._loaded.tokens[id_], self._raw[id_], kind, script_of(self._raw[id_]))

    def _score(self, id_: int) -> float | None:
        scores = self._loaded.scores
        ordinary = scores is not None and id_ < len(scores) and self._kinds[id_] == 0
        return float(scores[id_]) if ordinary and np.isfinite(scores[id_]) else None

    def _merge(self, rank: int) -> Merge:
        return Merge(rank, *self._merges[rank].tolist())


def script_of(raw: bytes) -> str:
    """The script of the token's letters, ``Mixed`` for several, ``Common`` for none; ``Fragment`` for bytes
    that are no whole characters.

    >>> script_of("да".encode()), script_of(b"12"), script_of(b"\\xd0")
    ('Cyrillic', 'Common', 'Fragment')
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return FRAGMENT
    found = {script for character in text if (script := _script(character)) != COMMON}
    return found.pop() if len(found) == 1 else MIXED if found else COMMON


@lru_cache(maxsize=1 << 17)
def _script(character: str) -> str:
    """From the first word of the character's name, which for letters is the script's."""
    if unicodedata.category(character)[0] not in "LM":
        return COMMON
    word = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    return _SCRIPTS.get(word, word.capitalize()) if word else COMMON


def _kinds(loaded: LoadedTokenizer) -> np.ndarray:
    """``[id]``: place in :data:`TOKEN_KINDS`."""
    kinds = np.zeros(loaded.size, dtype=np.int8)
    kinds[[a.id for a in loaded.added]] = TOKEN_KINDS.index(ADDED)
    kinds[loaded.byte_ids] = TOKEN_KINDS.index(BYTE)
    kinds[loaded.special_ids] = TOKEN_KINDS.index(SPECIAL)
    return kinds
