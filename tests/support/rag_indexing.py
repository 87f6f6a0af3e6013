"""Indexing without models and processes: a library whose parts are dictionaries, and documents that are read
at once."""

import hashlib
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipelines.core.database import Database
from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.rag.answers import Found
from pipelines.rag.documents.document import Document
from pipelines.rag.indexing import incoming
from pipelines.rag.indexing.additions import Additions
from pipelines.rag.indexing.handler import index, remove
from pipelines.rag.places import read_text, text_file
from pipelines.rag.requests import IndexRequest, RemoveRequest, SearchRequest
from pipelines.rag.service import RagService
from pipelines.rag.specs import ChunkSpec, CollectionSpec
from pipelines.rag.store import RagStore
from pipelines.runtime.engine import Engine
from pipelines.runtime.inline import InlineRuntime

SPEC = CollectionSpec(name="Notes", chunking=ChunkSpec("sentences", 16, 0))


class KilledError(BaseException):
    """Stands for kill -9 at a place where the state is written."""


class FakeEncoder:
    """A token is a word; a vector is drawn by the text. ``texts`` are all that were embedded."""

    name, limit, dimension = "fake", 254, 8

    def __init__(self):
        self.texts: list[str] = []

    def offsets(self, text):
        return [found.span() for found in re.finditer(r"\w+|[^\w\s]", text)]

    def embed(self, texts):
        self.texts += texts
        return np.stack([self.vector(text) for text in texts])

    @staticmethod
    def vector(text):
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
        drawn = np.random.default_rng(seed).normal(size=8).astype(np.float32)
        return drawn / np.linalg.norm(drawn)


class FakeVectors:
    """``deaf``: nothing is written any more."""

    deaf = False

    def __init__(self, deadly):
        self.held: dict[str, dict[str, np.ndarray]] = {}
        self._deadly, self.swept = deadly, 0

    def add(self, collection, ids, vectors):
        if self.deaf:
            return
        self._deadly()
        self.held.setdefault(collection, {}).update(zip(ids, vectors, strict=True))
        self._deadly()

    def present(self, collection, ids):
        return {id_ for id_ in ids if id_ in self.held.get(collection, {})}

    def remove(self, collection, ids):
        self._deadly()
        for id_ in ids:
            self.held.get(collection, {}).pop(id_, None)
        self._deadly()

    def drop(self, collection):
        self._deadly()
        self.held.pop(collection, None)
        self._deadly()

    def compact(self, collection):
        yield None
        self._deadly()

    def sweep(self):
        self.swept += 1


class FakeLexical:
    def __init__(self, deadly):
        self.built: dict[str, dict[str, str]] = {}
        self._deadly, self.count = deadly, 0

    def build(self, collection, ids, texts, language):
        texts = dict(zip(ids, texts, strict=True))
        for _ in range(2):
            yield None
        self._deadly()
        self.built[collection] = texts
        self.count += 1
        self._deadly()

    def drop(self, collection):
        self._deadly()
        self.built.pop(collection, None)


class FakeLibrary:
    """What the handlers get. ``deaths``: raise KilledError at that many more places where something is
    written outside the database; None for never."""

    def __init__(self, settings: Settings, database: Database):
        self.settings, self.store = settings, RagStore(database)
        self.deaths: int | None = None
        self.model = FakeEncoder()
        self.vectors, self.lexical = FakeVectors(self.deadly), FakeLexical(self.deadly)
        self.forgotten: list[str] = []

    def deadly(self):
        if self.deaths is not None:
            self.deaths -= 1
            if self.deaths < 0:
                raise KilledError

    def encoder(self, name):
        return self.model

    def ready(self, name):
        yield None
        return self.model

    def forget(self, document):
        self.forgotten.append(document)

    def text(self, collection, document):
        return read_text(text_file(self.settings, collection, document, self.store.revision(document)))


class FakeReading:
    """Reads at the second look. A file that says so is broken; ``count`` are all readings, ``open`` those not
    closed."""

    count = open = 0

    def __init__(self, path: Path, name: str, limits=None):
        self._path, self._name, self._looks = path, name, 0
        FakeReading.count += 1
        FakeReading.open += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        FakeReading.open -= 1

    def done(self):
        self._looks += 1
        return self._looks > 1

    def result(self):
        text = self._path.read_text()
        if text.startswith("BROKEN"):
            raise GlassworksError(f"{self._name}: it is damaged; save it anew.")
        return Document(self._name, "text", self._name, text)


class Bench:
    """A collection, the queue and the fake library on one database."""

    def __init__(self, settings: Settings, database: Database | None = None):
        self.settings, self.database = settings, database or Database(settings.url)
        self.library = FakeLibrary(settings, self.database)
        self.store, self.additions = self.library.store, Additions(self.database)

    def add(self, collection: str, files: dict[str, str], owner: str = "ann") -> str:
        """The addition of these texts by their names, queued."""
        paths = []
        for number, (name, text) in enumerate(files.items()):
            path = self.settings.home / f"upload-{number}"
            path.write_text(text)
            paths.append((path, name))
        kept, refused = incoming.received(self.settings, collection, paths)
        addition, needed = self.additions.add(collection, owner, kept, None, refused)
        incoming.remove(self.settings, collection, [one.id for one in kept if one.id not in needed])
        return addition

    def seen(self, collection: str) -> dict[str, dict[str, str]]:
        """Document's name → chunk id → text, of all that can be searched."""
        found = {}
        for one in self.store.documents(collection):
            chunks = self.store.chunks_of(one.id)
            if chunks:
                text = self.library.text(collection, one.id)
                found[one.name] = {chunk.id: text[chunk.start : chunk.end] for chunk in chunks}
        return found

    def check(self, collection: str) -> None:
        """Rows, vectors, words, texts and files say the same, and nothing else is left."""
        texts = {id_: text for chunks in self.seen(collection).values() for id_, text in chunks.items()}
        held = self.library.vectors.held.get(collection, {})
        assert set(held) == set(texts)
        for id_, text in texts.items():
            np.testing.assert_array_equal(held[id_], FakeEncoder.vector(text))
        assert self.library.lexical.built.get(collection, {}) == texts
        folder = self.settings.rag / collection
        assert not list(folder.glob("incoming/*"))
        names = {
            f"{one.id}.{self.store.revision(one.id)}.txt"
            for one in self.store.documents(collection)
            if one.chunks
        }
        assert {file.name for file in folder.glob("texts/*")} == names
        assert {f"{file.stem}.txt" for file in folder.glob("marks/*")} == names
        counted = {one.name: one.chunks for one in self.store.documents(collection) if one.chunks}
        assert counted == {name: len(chunks) for name, chunks in self.seen(collection).items()}


def finished(steps: Iterator) -> list:
    return [event for event in steps if event is not None]


def story(seed: int, sentences: int = 12) -> str:
    """Sentences of five words, some of them twice."""
    draw = random.Random(seed)
    words = ["crab", "tide", "moon", "shell", "sand", "lamp", "boat", "gull", "reef", "kelp"]
    made = [" ".join(draw.choices(words, k=5)).capitalize() + "." for _ in range(sentences)]
    return " ".join([*made, made[0], made[-1]])


def inline_service(settings: Settings, lessons: Path | None = None) -> tuple[RagService, FakeLibrary]:
    """(RagService, FakeLibrary): the real service and handlers on one thread of this process; a search
    answers with the texts that hold the question."""
    database = Database(settings.url)
    library = FakeLibrary(settings, database)
    handlers = {IndexRequest: index, RemoveRequest: remove, SearchRequest: _found}
    runtime = InlineRuntime(settings, lambda settings, send: Engine(handlers, library, send))
    return RagService(settings, database, runtime, lessons or settings.home / "none"), library


def _found(request, library):
    collection = library.store.collection(request.collection)
    words = library.lexical.built.get(collection.id, {})
    hits = tuple(id_ for id_ in library.store.chunks(words) if request.query in words[id_])
    yield Found(
        request.query, (), (), hits, (1.0,) * len(hits), 1.0, "none", len(words), collection.version, 0.0
    )


def until_over(service, addition):
    """The addition once it is over."""
    end = time.monotonic() + 60
    while (found := service.store.addition(addition.id)).live:
        assert time.monotonic() < end, found
        time.sleep(0.01)
    return found
