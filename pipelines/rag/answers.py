"""What the retrieval worker answers: frozen dataclasses, numpy and the standard library only."""

from dataclasses import dataclass

import numpy as np

from pipelines.rag.requests import Passage


@dataclass(frozen=True)
class Indexed:
    """``done`` of ``total`` chunks, and ``finished`` documents."""

    phase: str
    done: int
    total: int
    finished: int = 0


@dataclass(frozen=True)
class Removed:
    """``bytes`` that the disk has back."""

    bytes: int


@dataclass(frozen=True)
class Stage:
    """One step of the retrieval and what it left, best first: ``bm25``, ``dense``, ``fusion``, ``copies``
    (only where a passage with the words of a better one was left out), ``mmr``, ``rerank``, ``neighbours``
    (in runs of a document, the run with the best hit first). ``scores`` are the stage's own; ``note`` says
    what the numbers are."""

    name: str
    ids: tuple[str, ...]
    scores: tuple[float, ...]
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Found:
    """``hits`` are the ids that go into the prompt, best first, ``scores`` are of the last stage that ranked.
    ``passages`` hold every id of the stages. ``answerable`` is the probability, 0 to 1, that the
    collection holds an answer; ``index`` says which index served (exact, hnsw, faiss, none)."""

    query: str
    stages: tuple[Stage, ...]
    passages: tuple[Passage, ...]
    hits: tuple[str, ...]
    scores: tuple[float, ...]
    answerable: float
    index: str
    chunks: int
    version: int
    seconds: float


@dataclass(frozen=True)
class ChunkedBy:
    """``bounds`` is ``[chunk, (start, end, tokens, overlap)]`` int64; ``limit`` are the tokens that the
    embedding model reads, ``repeated`` those that stand in two chunks."""

    place: int
    bounds: np.ndarray
    headings: tuple[str, ...]
    limit: int
    seconds: float
    repeated: int = 0


@dataclass(frozen=True)
class Mapped:
    """``points`` is ``[chunk, 2]`` float32, beside ``ids``, ``names`` (of documents) and ``snippets``;
    ``query`` is ``[2]``, or empty. ``explained`` is the share of the variance (PCA), else NaN. Of a
    large collection a sample."""

    points: np.ndarray
    query: np.ndarray
    ids: tuple[str, ...]
    names: tuple[str, ...]
    snippets: tuple[str, ...]
    explained: float
    total: int


@dataclass(frozen=True)
class Claim:
    """Characters ``start`` to ``end`` of the answer; ``support`` is the probability, 0 to 1, that passage
    ``passage`` (its place, -1 for none) backs it, most of all its characters ``from_`` to ``to``."""

    start: int
    end: int
    support: float
    passage: int
    from_: int
    to: int


@dataclass(frozen=True)
class Supported:
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class IndexCompared:
    """``recall`` is the share of the exact neighbours that were found; times in milliseconds a query;
    ``bytes`` of memory where known, else 0."""

    index: str
    recall: float
    p50: float
    p95: float
    build_seconds: float
    bytes: int
    queries: int
    chunks: int
