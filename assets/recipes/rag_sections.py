"""Texts that are cut already, as a collection in memory that the retrieval worker's own handlers search: for
measuring retrieval on data whose right passages are known. BM25 and the embedding model are the worker's own;
vectors are compared one by one.
"""

import gzip
import json
from collections.abc import Collection as Ids
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.core.errors import NotFoundError
from pipelines.core.ids import new_id
from pipelines.rag.index.lexical import Lexical
from pipelines.rag.records import Collection, State, StoredChunk, StoredDocument
from pipelines.rag.specs import MINILM, CollectionSpec

Documents = Mapping[str, Sequence[str]]
Facts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Question:
    """``sections`` are the numbers, from 0, of those of ``story`` that hold the answer."""

    text: str
    story: str
    sections: tuple[int, ...]


def fairytales(data: Path, split: str) -> tuple[dict[str, list[str]], list[Question]]:
    """FairytaleQA (Xu et al. 2022): story → its sections, and the questions that people asked about them.
    ``data`` holds ``rag/fairytaleqa_stories.jsonl.gz`` and ``…_questions.jsonl.gz``; ``split`` is *train* or
    *val*."""
    stories, questions = (
        _rows(data / "rag" / f"fairytaleqa_{name}.jsonl.gz") for name in ("stories", "questions")
    )
    told = {row["story"]: row["sections"] for row in stories if row["split"] == split}
    asked = [
        Question(row["question"], row["story"], tuple(number - 1 for number in row["sections"]))
        for row in questions
        if row["split"] == split
    ]
    return told, asked


def _rows(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class SectionStore:
    """The store of one collection: documents are name → pieces of text, with an empty line between them; the
    third piece of the second document has the id ``d1.2``. ``facts`` say by a document's name its ``kind``,
    and the ``headings`` and ``pages`` of its pieces."""

    def __init__(self, documents: Documents, collection: str, facts: Facts | None = None):
        self.texts: dict[str, str] = {}
        self.rows: dict[str, StoredChunk] = {}
        self._documents: list[StoredDocument] = []
        for number, (name, pieces) in enumerate(documents.items()):
            self._add(f"d{number}", name, pieces, collection, (facts or {}).get(name, {}))
        counts = len(documents), len(self.rows)
        self._collection = Collection(
            collection, "owner", CollectionSpec(collection), False, 1, 0.0, 0.0, *counts
        )

    def collection(self, collection_id: str) -> Collection:
        if collection_id != self._collection.id:
            raise NotFoundError("There is no such collection.")
        return self._collection

    def documents(self, collection_id: str) -> list[StoredDocument]:
        return self._documents

    def chunks(self, ids: Ids[str]) -> dict[str, StoredChunk]:
        return {one: self.rows[one] for one in ids if one in self.rows}

    def chunks_of(self, document: str) -> list[StoredChunk]:
        return [row for row in self.rows.values() if row.document == document]

    def all_chunks(self, collection_id: str) -> list[StoredChunk]:
        return list(self.rows.values())

    def piece(self, one: str) -> str:
        row = self.rows[one]
        return self.texts[row.document][row.start : row.end]

    def _add(
        self, key: str, name: str, pieces: Sequence[str], collection: str, given: Mapping[str, Any]
    ) -> None:
        text = self.texts[key] = "\n\n".join(pieces)
        start, headings, pages = 0, given.get("headings", ()), given.get("pages", ())
        for position, piece in enumerate(pieces):
            end, tokens = start + len(piece), len(piece.split())
            heading = headings[position] if position < len(headings) else ""
            page = pages[position] if position < len(pages) else 0
            one = f"{key}.{position}"
            self.rows[one] = StoredChunk(one, key, position, start, end, tokens, 0, heading, page)
            start = end + 2
        size, kind = len(text), given.get("kind", "text")
        self._documents.append(
            StoredDocument(
                key,
                collection,
                name,
                name,
                kind,
                size,
                size,
                0,
                key,
                State.SUCCEEDED,
                "",
                len(pieces),
                0.0,
                0.0,
            )
        )


class SectionVectors:
    """``ids`` beside ``rows`` ``[n, d]`` of unit length, compared exactly."""

    def __init__(self, ids: Sequence[str], rows: np.ndarray):
        self._ids, self._rows = tuple(ids), rows
        self._places = {one: place for place, one in enumerate(self._ids)}
        self.asked: list[str] = []

    def ids(self, collection: str) -> list[str]:
        return list(self._ids)

    def rows(self, collection: str, version: int, ids: Ids[str]) -> tuple[tuple[str, ...], np.ndarray]:
        places = self._among(ids)
        return tuple(self._ids[place] for place in places), self._rows[places]

    def prepare(self, collection: str, version: int, index: str = "auto") -> Iterator[None]:
        yield None

    def search(
        self, collection: str, version: int, vector: np.ndarray, k: int, index: str = "auto",
        allowed: Ids[str] | None = None,
    ) -> tuple[tuple[str, ...], np.ndarray, str]:  # fmt: skip
        self.asked.append(index)
        places = np.arange(len(self._ids)) if allowed is None else self._among(allowed)
        scores = self._rows[places] @ vector
        order = np.argsort(-scores, kind="stable")[:k]
        served = "exact" if index == "auto" else index
        return tuple(self._ids[place] for place in places[order]), scores[order], served

    def _among(self, allowed: Ids[str]) -> np.ndarray:
        return np.array(sorted(self._places[one] for one in allowed if one in self._places), np.int64)


class Sections:
    """What the retrieval worker's handlers are given, over one collection with the id :attr:`id`."""

    def __init__(
        self,
        documents: Documents,
        encoder: Any,
        vectors: np.ndarray,
        settings: Any,
        language: str = "english",
    ):
        """``vectors`` ``[n, d]`` are those of the pieces in their order. ``settings``: BM25 is written into
        its home."""
        self.id = new_id()
        self.store = SectionStore(documents, self.id)
        self._encoder, self.lexical = encoder, Lexical(settings)
        self.vectors = SectionVectors(tuple(self.store.rows), vectors)
        pieces = [self.store.piece(one) for one in self.store.rows]
        for _ in self.lexical.build(self.id, list(self.store.rows), pieces, language):
            pass

    def ready(self, name: str) -> Iterator[Any]:
        if name != MINILM:
            raise NotFoundError("This collection is embedded by MiniLM.")
        yield None
        return self._encoder

    def text(self, collection: str, document: str) -> str:
        return self.store.texts[document]


class Remembered:
    """An encoder of questions that were embedded before, many at once: text → vector."""

    def __init__(self, encoder: Any, questions: Sequence[str]):
        known = list(dict.fromkeys(" ".join(text.split()) for text in questions))
        self._vectors = dict(zip(known, encoder.embed(known), strict=True))

    def embed_query(self, text: str) -> np.ndarray:
        return self._vectors[" ".join(text.split())]
