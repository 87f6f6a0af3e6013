"""What a visitor sets of a collection, a search and an answer. Standard library and core only."""

from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, from_dict, knob, to_dict

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
QA_MODEL = "house/minilm-qa"
CHUNKERS = ("fixed", "sentences", "recursive", "headings", "semantic")
MODES = ("hybrid", "dense", "bm25")
FUSIONS = ("weighted", "rrf")
INDEXES = ("auto", "exact", "hnsw", "faiss")
ANSWERERS = ("generate", "extract", "both")
LANGUAGES = (
    "english", "french", "german", "spanish", "italian", "portuguese", "dutch", "swedish", "danish",
    "norwegian", "finnish", "russian", "none",
)  # fmt: skip
DOCUMENT_KINDS = ("pdf", "docx", "markdown", "html", "text", "csv", "jsonl", "code")


@dataclass(frozen=True)
class ChunkSpec:
    """How documents are cut. Sizes are in tokens of the embedding model; what it cannot read is refused where
    the collection is made, since a longer chunk would be cut in silence."""

    method: str = knob(
        "recursive",
        label="Chunker",
        help="fixed counts tokens; sentences never cuts one; recursive tries paragraphs, lines, sentences, "
        "words; headings keeps a section together; semantic cuts where the meaning changes.",
        choices=CHUNKERS,
    )
    chunk_size: int = knob(
        180, label="Chunk size", help="At most so many tokens of the embedding model.", low=16, high=8192
    )
    chunk_overlap: int = knob(
        30, label="Overlap", help="Tokens that a chunk repeats of the one before it.", low=0, high=4096
    )
    percentile: float = knob(
        90.0,
        label="Semantic cut",
        help="semantic cuts where two neighbouring sentences differ more than so many per cent of all.",
        low=50,
        high=99.5,
        advanced=True,
    )

    def __post_init__(self) -> None:
        check(self)
        if self.chunk_overlap > self.chunk_size // 2:
            raise SpecError(
                "chunk_overlap", self.chunk_overlap, f"at most half of chunk_size, {self.chunk_size // 2}"
            )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ChunkSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)


@dataclass(frozen=True)
class CollectionSpec:
    """What a collection is made with; none of it changes while there are documents in it, but the name."""

    name: str = knob(
        "", label="Name", help="One to 80 characters; your own collections only must differ.", max_chars=80
    )
    embedder: str = knob(
        MINILM,
        label="Embedding model",
        help="A sentence-transformers model: MiniLM, or one of the Hub.",
        max_chars=200,
    )
    language: str = knob(
        "english",
        label="Language",
        help="Whose endings BM25 leaves off; none for mixed texts.",
        choices=LANGUAGES,
    )
    chunking: ChunkSpec = ChunkSpec()

    def __post_init__(self) -> None:
        if isinstance(self.chunking, dict):
            object.__setattr__(self, "chunking", ChunkSpec.from_dict(self.chunking))
        check(self)
        name = " ".join(self.name.split())
        if not name:
            raise SpecError("name", self.name, "one to 80 characters")
        object.__setattr__(self, "name", name)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "CollectionSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return {**to_dict(self), "chunking": self.chunking.to_dict()}


@dataclass(frozen=True)
class SearchSpec:
    """How passages are found for one question."""

    mode: str = knob(
        "hybrid",
        label="Retrieval",
        help="BM25 finds words, dense finds meaning, hybrid joins both.",
        choices=MODES,
    )
    top_k: int = knob(5, label="Passages", help="So many reach the prompt.", low=1, high=50)
    candidates: int = knob(
        50,
        label="Candidates",
        help="So many of each retriever enter the fusion.",
        low=1,
        high=500,
        advanced=True,
    )
    fusion: str = knob(
        "weighted",
        label="Fusion",
        help="weighted adds scaled scores; rrf adds 1/(k + rank).",
        choices=FUSIONS,
        advanced=True,
    )
    dense_weight: float = knob(
        0.3,
        label="Dense weight",
        help="Its share in the weighted sum; BM25 has the rest.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    rrf_k: int = knob(
        60, label="RRF k", help="Larger: the first ranks count less.", low=1, high=1000, advanced=True
    )
    mmr: float = knob(
        1.0,
        label="MMR λ",
        help="1 is relevance alone; less takes passages that differ from those taken.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    reranker: str = knob(
        "",
        label="Reranker",
        help="A cross-encoder that reads question and passage together; empty for none.",
        max_chars=200,
        advanced=True,
    )
    neighbours: int = knob(
        0, label="Neighbours", help="Chunks added before and after each hit.", low=0, high=3, advanced=True
    )
    queries: int = knob(
        0,
        label="Multi-query",
        help="The model writes so many other wordings, each searched too.",
        low=0,
        high=5,
        advanced=True,
    )
    hyde: bool = knob(
        False,
        label="HyDE",
        help="The model invents an answer, and what is like it is searched.",
        advanced=True,
    )
    index: str = knob(
        "auto",
        label="Index",
        help="exact compares with all vectors; hnsw and faiss are approximate. auto is exact below "
        "20,000 chunks.",
        choices=INDEXES,
        advanced=True,
    )
    documents: tuple[str, ...] = knob(
        (),
        label="Documents",
        help="Only these, by name or id; none means all.",
        high=200,
        max_chars=300,
        advanced=True,
    )
    kinds: tuple[str, ...] = knob(
        (), label="Kinds", help="Only documents of these kinds.", high=8, advanced=True
    )
    heading: str = knob(
        "",
        label="Heading",
        help="Only passages below a heading with these words.",
        max_chars=200,
        advanced=True,
    )
    pages: str = knob(
        "", label="Pages", help="Only these pages, such as 3 or 10-20.", max_chars=20, advanced=True
    )

    def __post_init__(self) -> None:
        check(self)
        for kind in self.kinds:
            if kind not in DOCUMENT_KINDS:
                raise SpecError("kinds", kind, f"some of {', '.join(DOCUMENT_KINDS)}")
        if self.pages:
            page_range(self.pages)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "SearchSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)


def page_range(pages: str) -> tuple[int, int]:
    """``"3"`` → (3, 3), ``"10-20"`` → (10, 20). Raises :class:`SpecError`."""
    first, dash, last = (part.strip() for part in pages.partition("-"))
    if first.isdecimal() and (last.isdecimal() if dash else True):
        found = int(first), int(last if dash else first)
        if 1 <= found[0] <= found[1]:
            return found
    raise SpecError("pages", pages, "a page or a range of them, such as 3 or 10-20")


@dataclass(frozen=True)
class AnswerSpec:
    """How an answer is made of the passages."""

    answerer: str = knob(
        "both",
        label="Answer by",
        help="generate: a language model writes; extract: a QA model points at the words; both: "
        "side by side.",
        choices=ANSWERERS,
    )
    model: str = knob(
        "", label="Model", help="The language model; empty takes the house's own.", max_chars=300
    )
    qa_model: str = knob(
        QA_MODEL, label="QA model", help="Finds the span that answers.", max_chars=300, advanced=True
    )
    system_prompt: str = knob(
        "",
        label="System prompt",
        help="What the model is told first; empty for none.",
        max_chars=4000,
        advanced=True,
    )
    max_new_tokens: int = knob(
        80, label="Max new tokens", help="Length of a written answer.", low=1, high=2048
    )
    temperature: float = knob(0.0, label="Temperature", help="0 is greedy.", low=0, high=5, step=0.05)
    top_k: int = knob(
        0, label="Top-k", help="Keep the k likeliest tokens; 0 keeps all.", low=0, high=1000, advanced=True
    )
    top_p: float = knob(
        1.0,
        label="Top-p",
        help="Keep the likeliest tokens up to this share.",
        low=0.01,
        high=1,
        advanced=True,
    )
    repetition_penalty: float = knob(
        1.0,
        label="Repetition penalty",
        help="Above 1 discourages what stands there already.",
        low=0.5,
        high=3,
        advanced=True,
    )
    seed: int = knob(0, label="Seed", help="Same seed, same text.", low=0, high=2**31 - 1, advanced=True)
    memory: int = knob(
        3,
        label="Memory",
        help="So many earlier turns are kept in mind; 0 for none.",
        low=0,
        high=20,
        advanced=True,
    )
    rewrite: bool = knob(
        True,
        label="Rewrite the question",
        help="Make a follow-up question stand alone before it is searched.",
        advanced=True,
    )
    abstain: float = knob(
        0.5,
        label="Answer from",
        help="Below this probability that the documents hold an answer, it says they do not.",
        low=0,
        high=1,
        step=0.01,
        advanced=True,
    )
    support: float = knob(
        0.5,
        label="Support from",
        help="A claim below this probability of being backed by a passage is marked.",
        low=0,
        high=1,
        step=0.01,
        advanced=True,
    )

    def __post_init__(self) -> None:
        check(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "AnswerSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
