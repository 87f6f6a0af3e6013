"""Collections in memory and answers that are told beforehand, for the RAG tab's views and callbacks. Chats
are the real ones, in a database of the test's own.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipelines.core.database import Database
from pipelines.core.errors import NotAllowedError, NotFoundError, SpecError
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.rag.answering.answers import PromptToken
from pipelines.rag.answering.moments import Extract, Moment
from pipelines.rag.answers import Claim, Found, Stage
from pipelines.rag.chats import ChatStore
from pipelines.rag.places import LESSONS
from pipelines.rag.records import Addition, Collection, State, StoredChunk, StoredDocument
from pipelines.rag.requests import Passage
from pipelines.rag.specs import QA_MODEL, CollectionSpec
from pipelines.rag.store import RagStore
from tests.support.workshop import Header

WIDE = 40  # characters of a chunk
TEXT = "The sun is a star. It shines by fusion of hydrogen into helium. The moon only reflects its light."


@dataclass
class FakeRag:
    """As :class:`pipelines.rag.service.RagService`, without a worker: what is added can be asked once
    :meth:`finish` is called."""

    chats: ChatStore
    store: RagStore
    kept: dict[str, Collection] = field(default_factory=dict)
    held: dict[str, list[StoredDocument]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    adding: dict[str, tuple[Addition, list[tuple[str, str]]]] = field(default_factory=dict)
    warmed: int = 0

    @classmethod
    def over(cls, settings: Settings) -> "FakeRag":
        database = Database(settings.url)
        made = cls(ChatStore(database), RagStore(database))
        made.kept[LESSONS] = Collection(LESSONS, "", CollectionSpec(name="Lessons"), False, 1, 0.0, 0.0)
        made.held[LESSONS] = []
        made.put(LESSONS, "sun.md", TEXT)
        return made

    def warm(self) -> None:
        self.warmed += 1

    def put(self, collection: str, name: str, text: str, **facts: Any) -> StoredDocument:
        """A document that is there."""
        made = StoredDocument(
            new_id(time.time()), collection, name, name, "text", len(text), len(text), 0, "hash",
            State.SUCCEEDED, "", -(-len(text) // WIDE), 0.0, 0.0,
        )  # fmt: skip
        self.held[collection].append(replace(made, **facts))
        self.texts[made.id] = text
        self._counted(collection)
        return made

    def collections(self, owner: str) -> list[Collection]:
        return [*(one for one in self.kept.values() if one.owner == owner), self.kept[LESSONS]]

    def collection(self, name_or_id: str, owner: str) -> Collection:
        for one in self.kept.values():
            if one.id == name_or_id and (one.owner == owner or one.shared or one.id == LESSONS):
                return one
            if one.owner == owner and one.spec.name == name_or_id:
                return one
        raise NotFoundError("There is no such collection.")

    def create(self, spec: CollectionSpec, owner: str, is_owner: bool = False) -> Collection:
        if any(one.spec.name == spec.name for one in self.kept.values() if one.owner == owner):
            raise SpecError("name", spec.name, "a name that no other collection of yours has")
        made = Collection(new_id(time.time()), owner, spec, False, 0, 0.0, 0.0)
        self.kept[made.id], self.held[made.id] = made, []
        return made

    def rename(self, id: str, name: str, owner: str) -> None:
        found = self._own(id, owner)
        self.kept[id] = replace(found, spec=replace(found.spec, name=name))

    def share(self, id: str, shared: bool, owner: str) -> None:
        self.kept[id] = replace(self._own(id, owner), shared=shared)

    def delete(self, id: str, owner: str) -> None:
        del self.kept[self._own(id, owner).id]

    def delete_document(self, id: str, document: str, owner: str) -> None:
        self.held[self._own(id, owner).id] = [one for one in self.held[id] if one.id != document]
        self._counted(id)

    def documents(self, id: str, owner: str) -> list[StoredDocument]:
        return list(self.held[self.collection(id, owner).id])

    def text(self, id: str, document: str, owner: str) -> str:
        if all(one.id != document for one in self.documents(id, owner)):
            raise NotFoundError("There is no such document.")
        return self.texts[document]

    def chunks(self, id: str, document: str, owner: str) -> list[StoredChunk]:
        text = self.text(id, document, owner)
        starts = range(0, len(text), WIDE)
        return [
            StoredChunk(f"{document}.{at}", document, at, start, min(start + WIDE, len(text)), 9, 0, "Sky", 1)
            for at, start in enumerate(starts)
        ]

    def add_files(self, id: str, files: Sequence[tuple[Path, str]], owner: str) -> Addition:
        return self._add(id, [(name, path.read_text()) for path, name in files], owner)

    def add_text(self, id: str, text: str, name: str, owner: str) -> Addition:
        return self._add(id, [(name, text)], owner)

    def additions(self, id: str, owner: str) -> list[Addition]:
        self.collection(id, owner)
        return [one for one, _ in self.adding.values() if one.collection == id and one.owner == owner]

    def cancel(self, id: str, owner: str) -> Addition:
        addition, brought = self.adding[id]
        if addition.owner != owner:
            raise NotFoundError("There is no such addition.")
        self.adding[id] = replace(addition, state=State.CANCELLED), brought
        return self.adding[id][0]

    def finish(self) -> None:
        for key, (addition, brought) in self.adding.items():
            if addition.live:
                for name, text in brought:
                    self.put(addition.collection, name, text)
                done = replace(addition, state=State.SUCCEEDED, done=addition.total)
                self.adding[key] = done, brought

    def _add(self, id: str, brought: list[tuple[str, str]], owner: str) -> Addition:
        found = self._own(id, owner)
        made = Addition(
            new_id(time.time()), found.id, owner, State.RUNNING, "embedding", 3, 12, len(brought), "",
            time.time(), time.time(), document=brought[0][0],
        )  # fmt: skip
        self.adding[made.id] = made, brought
        return made

    def _own(self, id: str, owner: str) -> Collection:
        found = self.collection(id, owner)
        if found.owner != owner:
            raise NotAllowedError("This collection can be read only.")
        return found

    def _counted(self, id: str) -> None:
        held = self.held[id]
        counts = {"documents": len(held), "chunks": sum(one.chunks for one in held)}
        self.kept[id] = replace(self.kept[id], version=self.kept[id].version + 1, **counts)


class FakeWorker:
    """Notes what it is asked, and answers nothing."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def start(self) -> None:
        self.asked.append("start")

    def stream(self, request: Any) -> Iterator[Any]:
        self.asked.append(request)
        yield from ()


def passages_of(rag: FakeRag, collection: str, owner: str) -> tuple[Passage, ...]:
    """Every chunk of the collection's first document."""
    document = rag.documents(collection, owner)[0]
    text = rag.text(collection, document.id, owner)
    return tuple(
        Passage(
            one.id, document.id, document.name, one.position, one.start, one.end, text[one.start : one.end],
            one.heading, one.page, one.tokens,
        )
        for one in rag.chunks(collection, document.id, owner)
    )  # fmt: skip


def found_of(passages: Sequence[Passage], query: str = "why?", answerable: float = 0.9) -> Found:
    ids = tuple(one.id for one in passages)
    scores = tuple(1.0 / rank for rank in range(1, len(ids) + 1))
    stage = Stage("bm25", ids, scores, 0.001)
    return Found(query, (stage,), tuple(passages), ids, scores, answerable, "exact", len(ids), 1, 0.002)


def answer_of(passages: Sequence[Passage], question: str = "Why does it shine?") -> Moment:
    """Two claims, the second backed by nothing, and an extract."""
    text = "It shines by fusion. It is made of cheese."
    claims = Claim(0, 20, 0.9, 1, 2, 14), Claim(21, len(text), 0.1, 0, 0, 0)
    extract = Extract("fusion", "It shines by fusion of hydrogen.", passages[1].id, 5, 11, 0.8)
    tokens = PromptToken(1, "<|user|>", "template", True), PromptToken(2, " Why", "question", False)
    return Moment(
        "done", question, question, found=found_of(passages), prompt="<|user|> Why", tokens=tokens,
        used=tuple(one.id for one in passages[:2]), model="house/story-instruct", text=text, extract=extract,
        claims=claims, seconds={"searching": 0.01, "all": 1.2},
    )  # fmt: skip


def told(rag: FakeRag, *moments: Moment) -> Any:
    """An ``asked`` that answers with these moments, else with all states of :func:`answer_of`."""

    def asked(services, visitor, collection, question, search, answer, history=()) -> Iterator[Moment]:
        asked.last = (collection, question, search, answer, tuple(history))
        if moments:
            yield from moments
            return
        done = answer_of(passages_of(rag, collection, visitor.id), question)
        for state, text in (
            ("searching", ""),
            ("reading", ""),
            ("writing", "It shines"),
            ("done", done.text),
        ):
            yield replace(done, state=state, text=text)

    return asked


def rag_services(settings: Settings | None = None) -> SimpleNamespace:
    """What the tab's own parts call, over the memory; the header says who asks. Parts that are built once for
    several tests get the memory of each by :func:`emptied`."""
    able = {"house/one": "causal-lm", QA_MODEL: "question-answering"}
    entries = [SimpleNamespace(name=n, title=n, parameters=1000, capabilities={c}) for n, c in able.items()]
    models = SimpleNamespace(
        entries=lambda one=None: [entry for entry in entries if one in (None, *entry.capabilities)],
        endpoints=list,
    )
    made = SimpleNamespace(identity=Header(), models=models)
    return emptied(made, settings) if settings else made


def emptied(services: SimpleNamespace, settings: Settings) -> SimpleNamespace:
    """The same services, with nothing in them but the lessons."""
    services.settings, services.rag = settings, FakeRag.over(settings)
    services.runtime, services.tokenizers = FakeWorker(), FakeWorker()
    return services


def event_of(**data: Any) -> SimpleNamespace:
    """What a button of the page sends."""
    return SimpleNamespace(_data=data)
