"""Rows of the database, as the topic's parts hand them around. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.rag.specs import CollectionSpec


class State(StrEnum):
    """Of an addition, and of a document in it."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Collection:
    """``version`` grows with every change of what is in it: caches are keyed by it. ``shared``: whoever knows
    its id may search it; only its owner may change it. The owner of what comes with the app is empty."""

    id: str
    owner: str
    spec: CollectionSpec
    shared: bool
    version: int
    created: float
    updated: float
    documents: int = 0
    chunks: int = 0


@dataclass(frozen=True)
class StoredDocument:
    """``content_hash`` is of the bytes it came as. ``chunks`` are those that can be searched. ``message``
    says why it failed; ``notes`` what to know."""

    id: str
    collection: str
    name: str
    title: str
    kind: str
    bytes: int
    characters: int
    pages: int
    content_hash: str
    state: State
    message: str
    chunks: int
    created: float
    updated: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredChunk:
    """``id`` is made from the document, the text and how often the text occurred before, so that an unchanged
    chunk keeps its id and its vector when the document is added again. ``position`` counts in the
    document."""

    id: str
    document: str
    position: int
    start: int
    end: int
    tokens: int
    overlap: int
    heading: str
    page: int


@dataclass(frozen=True)
class Addition:
    """The job of adding documents: ``done`` of ``total`` chunks of the documents known so far; ``phase`` is
    *reading*, *cutting*, *embedding* or *indexing words*. ``finished`` of ``documents`` are done with,
    ``failed`` of them badly; ``document`` is the name of the one at work. ``message`` says what went
    wrong."""

    id: str
    collection: str
    owner: str
    state: State
    phase: str
    done: int
    total: int
    documents: int
    message: str
    created: float
    updated: float
    finished: int = 0
    failed: int = 0
    document: str = ""
    cancelling: bool = False

    @property
    def live(self) -> bool:
        return self.state in (State.QUEUED, State.RUNNING)


class ItemStage(StrEnum):
    """How far one document of an addition is: kept to be read, cut (text and chunks are kept), embedded
    (every chunk has its vector)."""

    KEPT = "kept"
    CUT = "cut"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class Item:
    """One document of an addition. ``revision`` is the version of the document that its chunks will be,
    ``attempts`` how often it was begun without getting on, ``done`` of ``total`` its chunks."""

    id: str
    addition: str
    collection: str
    document: str
    position: int
    name: str
    bytes: int
    content_hash: str
    state: State
    stage: ItemStage
    revision: int
    attempts: int
    done: int
    total: int
    message: str
