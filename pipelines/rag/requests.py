"""What the retrieval worker is asked: frozen dataclasses, standard library and core only. The answers
stand in :mod:`pipelines.rag.answers`. Who may see a collection is checked before a request is made,
never here."""

from dataclasses import dataclass, field

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_text, check_whole
from pipelines.rag.documents.document import Mark
from pipelines.rag.specs import ChunkSpec, SearchSpec

MAX_QUERY_CHARS = 4000
MAX_QUERIES = 500  # to compare indexes with
MAX_CHUNKED_CHARS = 200_000  # of a text that is cut side by side
MAX_CHUNKED_SPECS = 10


@dataclass(frozen=True)
class Passage:
    """A chunk that a stage named. ``start`` and ``end`` are characters of the document's text; ``text`` is
    what stands there."""

    id: str
    document: str
    name: str
    position: int
    start: int
    end: int
    text: str
    heading: str
    page: int
    tokens: int


@dataclass(frozen=True)
class IndexRequest:
    """Work on an addition of the database until it is over. → Indexed…"""

    addition: str


@dataclass(frozen=True)
class RemoveRequest:
    """Take what the database has marked as deleted, of this collection or the whole of it, out of every index
    and off the disk, with whatever an interrupted work has left. → Removed"""

    collection: str


@dataclass(frozen=True)
class SearchRequest:
    """→ Found. ``queries`` are other wordings to search as well, ``hypothetical`` an invented answer (HyDE):
    the mean of its vector and the question's stands for the question's."""

    collection: str
    query: str
    spec: SearchSpec = field(default_factory=SearchSpec)
    queries: tuple[str, ...] = ()
    hypothetical: str = ""

    def __post_init__(self) -> None:
        check_text("query", self.query, MAX_QUERY_CHARS)


@dataclass(frozen=True)
class ChunkRequest:
    """Cut one text in several ways, without keeping anything. Without ``marks`` it is taken for Markdown. →
    ChunkedBy for each spec."""

    text: str
    name: str
    specs: tuple[ChunkSpec, ...]
    embedder: str = ""
    marks: tuple[Mark, ...] | None = None

    def __post_init__(self) -> None:
        check_text("text", self.text, MAX_CHUNKED_CHARS)
        if not 1 <= len(self.specs) <= MAX_CHUNKED_SPECS:
            raise SpecError("chunkers", len(self.specs), f"1 to {MAX_CHUNKED_SPECS} of them")


@dataclass(frozen=True)
class MapRequest:
    """The collection in two dimensions with a question in it. → Mapped"""

    collection: str
    query: str = ""
    method: str = "pca"


@dataclass(frozen=True)
class SupportRequest:
    """How well is each sentence of an answer backed by these passages? → Supported"""

    answer: str
    passages: tuple[Passage, ...]
    question: str = ""


@dataclass(frozen=True)
class CompareIndexesRequest:
    """The same questions to every index. ``queries`` empty: chunks of the collection, drawn by ``seed``,
    stand for questions. → IndexCompared for each"""

    collection: str
    top_k: int = 10
    queries: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("top_k", self.top_k, 1, 50)
        check_whole("seed", self.seed, 0, 2**31 - 1)
        check_whole("queries", len(self.queries), 0, MAX_QUERIES)
        for query in self.queries:
            check_text("queries", query, MAX_QUERY_CHARS)
