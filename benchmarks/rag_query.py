"""How long a question takes at 10,000 chunks: hybrid retrieval as the retrieval worker does it, by stage.

Fairy tales, then picture books and old children's books, are added to a collection through the service
itself: read, cut, embedded and indexed as a visitor's documents are. Then 200 of FairytaleQA's questions
are asked of the worker's own handler, turn by turn with a plain script over the same chunks
(SentenceTransformer.encode, chromadb's query, bm25s' retrieve, reciprocal ranks added up in a
dictionary), which shows no stages and reads no texts. Claims: half of the questions within 60 ms with
embedding, within 10 ms without, and the process that indexed and answered never above 1.5 GB.

    python -m benchmarks.rag_query [--data ../shared/data] [--chunks 10000] [--questions 200] [--threads 2]
        [--home folder, to index once for several runs]
"""

import argparse
import gzip
import json
import lzma
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from assets.recipes.rag_sections import Remembered
from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.models import minilm
from pipelines.rag.answers import Found
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from pipelines.rag.service import RagService
from pipelines.rag.serving import Library
from pipelines.rag.specs import MINILM, CollectionSpec
from pipelines.runtime.engine import Engine
from pipelines.runtime.inline import InlineRuntime
from pipelines.runtime.operations import RETRIEVAL

WITH_EMBEDDING, ALONE, MEMORY = 60.0, 10.0, 1.5  # ms, ms, GB
_OWNER, _NAME = "benchmark", "Tales"
_CANDIDATES = 50
_AT_ONCE = 100  # documents
_BOOKS = (
    "children_storybooks/storybooks_en.jsonl.gz",
    "books/children_chilit.jsonl.xz",
)


def documents(data: Path) -> Iterator[tuple[str, str]]:
    """(name, text): the tales that the questions are about come first."""
    with gzip.open(data / "rag/fairytaleqa_stories.jsonl.gz", "rt", encoding="utf-8") as lines:
        for at, row in enumerate(map(json.loads, lines)):
            yield f"tale {at}.txt", "\n\n".join(row["sections"])
    for file in _BOOKS:
        opened = lzma.open if file.endswith(".xz") else gzip.open
        with opened(data / file, "rt", encoding="utf-8") as lines:
            for at, row in enumerate(map(json.loads, lines)):
                yield f"{Path(file).name} {at}.txt", row["text"]


def questions(data: Path, count: int) -> list[str]:
    with gzip.open(data / "rag/fairytaleqa_questions.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line)["question"] for line in lines]
    return found[:: max(1, len(found) // count)][:count]


def added(service: RagService, collection: str, texts: Sequence[tuple[str, str]]) -> None:
    """As one addition of so many files."""
    with tempfile.TemporaryDirectory() as folder:
        files = [(Path(folder) / str(at), name) for at, (name, _) in enumerate(texts)]
        for (path, _), (_, text) in zip(files, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        addition = service.add_files(collection, files, _OWNER)
    while service.addition(addition.id, _OWNER).live:
        time.sleep(0.05)


def filled(service: RagService, data: Path, chunks: int) -> str:
    """The collection's id, with at least so many chunks in it; says how long they took."""
    known = next((one for one in service.collections(_OWNER) if one.spec.name == _NAME), None)
    made = known or service.create(CollectionSpec(name=_NAME), _OWNER)
    began, before = time.perf_counter(), made.chunks
    names = {one.name for one in service.documents(made.id, _OWNER)}
    texts = (one for one in documents(data) if one[0] not in names)
    while (now := service.collection(made.id, _OWNER)).chunks < chunks:
        added(service, made.id, list(islice(texts, _AT_ONCE)))
    seconds = time.perf_counter() - began
    print(
        f"{now.chunks:,} chunks of {now.documents:,} documents; "
        f"{now.chunks - before:,} added in {seconds:.0f} s"
    )
    return made.id


class Embedded:
    """The library with an encoder that knows the questions already."""

    def __init__(self, library: Library, asked: Sequence[str]):
        self._library, self._encoder = library, Remembered(library.encoder(MINILM), asked)

    def ready(self, name: str) -> Iterator[Any]:
        yield from ()
        return self._encoder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)


class Plain:
    """The same chunks in plain libraries."""

    def __init__(self, library: Library, collection: str, folder: Path):
        import bm25s
        import chromadb
        from sentence_transformers import SentenceTransformer

        version = library.store.collection(collection).version
        self.ids, vectors = library.vectors.matrix(collection, version)
        chunks = library.store.chunks(self.ids)
        texts = [
            library.text(collection, chunks[one].document)[chunks[one].start : chunks[one].end]
            for one in self.ids
        ]
        self._encode = SentenceTransformer(str(minilm.folder()), device="cpu").encode
        made = chromadb.PersistentClient(str(folder)).create_collection(
            "plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        for start in range(0, len(self.ids), 1000):
            part = slice(start, start + 1000)
            made.add(ids=list(self.ids[part]), embeddings=vectors[part])
        self._query, self._tokens = made.query, bm25s.tokenize
        self._words = bm25s.BM25()
        self._words.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def __call__(self, question: str) -> list[str]:
        vector = self._encode([question], show_progress_bar=False)
        near = self._query(query_embeddings=vector, n_results=_CANDIDATES, include=["distances"])["ids"][0]
        tokens = self._tokens([question], show_progress=False)
        rows, _ = self._words.retrieve(tokens, k=_CANDIDATES, show_progress=False)
        ranks: dict[str, float] = defaultdict(float)
        for found in (near, [self.ids[row] for row in rows[0]]):
            for rank, one in enumerate(found):
                ranks[one] += 1 / (60 + rank)
        return sorted(ranks, key=ranks.__getitem__, reverse=True)[:5]


def asked(sides: dict[str, Callable[[str], Any]], texts: Sequence[str]) -> dict[str, list[tuple[float, Any]]]:
    """(milliseconds, answer) of each question to each side, turn by turn; the first few warm up."""
    told: dict[str, list[tuple[float, Any]]] = {name: [] for name in sides}
    for text in (*texts[:5], *texts):
        for name, ask in sides.items():
            began = time.perf_counter()
            answer = ask(text)
            told[name].append((1000 * (time.perf_counter() - began), answer))
    return {name: rows[5:] for name, rows in told.items()}


def finding(library: Any, collection: str) -> Callable[[str], Found]:
    return lambda text: [one for one in search(SearchRequest(collection, text), library) if one][-1]


def stages(found: Sequence[Found]) -> str:
    """The median of each stage's own time."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for one in found:
        for stage in one.stages:
            seconds[stage.name].append(1000 * stage.seconds)
    return ", ".join(f"{name} {statistics.median(times):.2f} ms" for name, times in seconds.items())


def report(told: dict[str, list[tuple[float, Any]]]) -> None:
    limits = {"with embedding": WITH_EMBEDDING, "retrieval alone": ALONE}
    for name, rows in told.items():
        times = [milliseconds for milliseconds, _ in rows]
        must = f" (must: {limits[name]:g} ms)" if name in limits else ""
        print(
            f"{name:16s} p50 {statistics.median(times):6.1f} ms, "
            f"p95 {sorted(times)[int(0.95 * len(times))]:6.1f}{must}"
        )
        if name in limits:
            print(f"{'':16s} {stages([found for _, found in rows])}")


def gigabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with nullcontext(options.home) if options.home else tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), threads=options.threads)
        settings.make_folders()
        measure(settings, options)


def measure(settings: Settings, options: argparse.Namespace) -> None:
    library = Library(settings)
    runtime = InlineRuntime(settings, lambda _, send: Engine(RETRIEVAL.load_handlers(), library, send))
    service = RagService(settings, Database(settings.url), runtime)
    collection = filled(service, options.data, options.chunks)
    texts = questions(options.data, options.questions)
    own = {
        "with embedding": finding(library, collection),
        "retrieval alone": finding(Embedded(library, texts), collection),
    }
    asked(own, texts[:20])
    memory = gigabytes()
    with tempfile.TemporaryDirectory() as folder:
        report(asked({**own, "plain libraries": Plain(library, collection, Path(folder))}, texts))
    print(f"memory           {memory:.2f} GB at most, before the plain libraries (must: {MEMORY} GB)")
    service.close()


if __name__ == "__main__":
    main()
