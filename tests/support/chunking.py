"""Rough texts with marks, ways to count their tokens, and what cuts them without a worker."""

import random
import re
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

from tokenizers import Tokenizer

from pipelines.core.errors import NotFoundError
from pipelines.models import minilm
from pipelines.rag.answers import ChunkedBy
from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.cut import cut
from pipelines.rag.chunking.handler import chunk
from pipelines.rag.documents.document import Document, Mark
from pipelines.rag.records import State
from pipelines.rag.requests import ChunkRequest
from pipelines.rag.specs import ChunkSpec
from pipelines.runtime.messages import Waiting
from tests.support.rag_library import WordEncoder

_PIECES = re.compile(r"[^\W_]{1,4}|[^\w\s]|_")
_LETTERS = "abcdefghijklmnop"


def plain_counter(limit: int = 64) -> Counter:
    """Up to four letters of a word are a token, as is any other sign: the same in any surroundings, if no
    word is cut."""
    return Counter(lambda text: [found.span() for found in _PIECES.finditer(text)], limit)


def clinging_counter(limit: int = 64) -> Counter:
    """A tokenizer whose counts depend on the surroundings: a text's first token is its first letter alone,
    and tokens begin with the space before them."""

    def offsets(text: str) -> list[tuple[int, int]]:
        first = re.match(r"\s*\S", text)
        rest = re.compile(r"\s*\S{1,3}|\s+$").finditer(text, first.end() if first else 0)
        return [*([first.span()] if first else []), *(found.span() for found in rest)]

    return Counter(offsets, limit)


@cache
def minilm_counter() -> Counter:
    tokenizer = Tokenizer.from_file(str(minilm.folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Counter(lambda text: tokenizer.encode(text, add_special_tokens=False).offsets, 254)


def chunks_of(document: Document | str, counter: Counter, embed=None, **spec) -> list[Chunk]:
    if isinstance(document, str):
        document = Document("x.txt", "text", "x", document)
    return [one for one in cut(document, ChunkSpec(**spec), counter, embed) if one is not None]


def rough_document(seed: int) -> Document:
    """Prose, lists, code, tables, long words, Chinese, odd spaces, headings at odd levels, pages."""
    rng = random.Random(seed)
    text, marks = rng.choice(("", " \n\n  ")), []
    for _ in range(rng.randint(1, 12)):
        kind, piece = _piece(rng)
        if kind:
            level = rng.randint(1, 4) if kind == "heading" else 0
            marks.append(Mark(kind, len(text), len(text) + len(piece), piece if level else "", level))
        text += piece + rng.choice(("\n\n", "\n\n\n ", "\n \t\n", "\n"))
    third = max(1, len(text) // 3)
    marks += [Mark("page", third * n, min(third * (n + 1) - n, len(text)), str(n + 1)) for n in range(3)]
    return Document("x.md", "markdown", "x", text, tuple(marks), 3)


def _piece(rng: random.Random) -> tuple[str, str]:
    make = rng.choice((_prose, _prose, _heading, _code, _list, _long_word, _chinese, _signs))
    return make(rng)


def _prose(rng: random.Random) -> tuple[str, str]:
    ends = (". ", "! ", "? ", '." ', ".\n", "... ")
    return "", "".join(_words(rng, 1, 30).capitalize() + rng.choice(ends) for _ in range(rng.randint(1, 6)))


def _words(rng: random.Random, low: int, high: int) -> str:
    return " ".join(
        "".join(rng.choices(_LETTERS, k=rng.randint(1, 9))) for _ in range(rng.randint(low, high))
    )


def _heading(rng: random.Random) -> tuple[str, str]:
    return "heading", _words(rng, 1, 4).capitalize()


def _code(rng: random.Random) -> tuple[str, str]:
    lines = ("  " * rng.randint(0, 3) + _words(rng, 1, 5) + " = {};" for _ in range(rng.randint(1, 12)))
    return "block", "\n".join(lines).strip()


def _list(rng: random.Random) -> tuple[str, str]:
    return "", "\n".join("- " + _words(rng, 1, 8) for _ in range(rng.randint(1, 8)))


def _long_word(rng: random.Random) -> tuple[str, str]:
    return "", "".join(rng.choices(_LETTERS, k=rng.randint(60, 900)))


def _chinese(rng: random.Random) -> tuple[str, str]:
    return "", "".join(
        rng.choice("天地玄黄宇宙洪荒") * rng.randint(1, 3) + rng.choice("，。！ ") for _ in range(60)
    )


def _signs(rng: random.Random) -> tuple[str, str]:
    return "", "".join(rng.choices("-=~*|é\u0301\u200b ", k=rng.randint(1, 80))).strip() or "-"


class Encoder:
    """As the worker's, of any counter; sentences with words in common are near."""

    def __init__(self, counter: Counter):
        self.offsets, self.limit, self.embed = counter.offsets, counter.limit, WordEncoder().embed


class ChunkLibrary:
    """What the handler is given: one encoder under any name."""

    def __init__(self, counter: Counter):
        self.encoder, self.asked = Encoder(counter), []

    def ready(self, name: str) -> Iterator[Any]:
        self.asked.append(name)
        yield Waiting()
        return self.encoder


class ChunkRag:
    """As the service, as far as the chunkers' part asks it: one collection of eve's, cut here and now."""

    def __init__(self, text: str = "", marks: tuple[Mark, ...] = (), counter: Counter | None = None):
        self.held, self._marks = text, marks
        self.library = ChunkLibrary(counter or plain_counter())

    def collection(self, id: str, owner: str) -> SimpleNamespace:
        if (id, owner) != ("c1", "eve"):
            raise NotFoundError("There is no such collection.")
        return SimpleNamespace(spec=SimpleNamespace(embedder="some/encoder"))

    def documents(self, id: str, owner: str) -> list[SimpleNamespace]:
        self.collection(id, owner)
        states = (("d1", "tides.pdf", State.SUCCEEDED), ("d2", "broken.pdf", State.FAILED))
        return [SimpleNamespace(id=one, name=name, state=state) for one, name, state in states]

    def text(self, id: str, document: str, owner: str) -> str:
        self.collection(id, owner)
        if document != "d1":
            raise NotFoundError("There is no such document.")
        return self.held

    def marks(self, id: str, document: str, owner: str) -> tuple[Mark, ...]:
        self.text(id, document, owner)
        return self._marks

    def chunked(self, text, name, specs, embedder="", marks=None) -> list[ChunkedBy]:
        request = ChunkRequest(text, name, tuple(specs), embedder, marks)
        return [event for event in chunk(request, self.library) if isinstance(event, ChunkedBy)]
