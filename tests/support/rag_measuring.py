"""A service over one small collection, with the real retrieval and indexes in memory: to test measuring."""

from types import SimpleNamespace
from typing import Any

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError
from pipelines.core.settings import Settings
from pipelines.rag.answers import Claim, Found, Supported
from pipelines.rag.measuring.faithful import overlaps
from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.search import search
from tests.support.rag_library import FakeLibrary
from tests.support.workshop import Header

TALES = {
    "crab.txt": (
        "The crab was named Otto. It lived under a grey stone.",
        "Otto went to the harbour. There he met a whale with a golden watch.",
        "The whale was built like a ship and sang at night.",
    ),
    "lighthouse.md": (
        "The lighthouse of Brum was built by Ada Finn in 1871.",
        "The keeper has seven cats, and each cat has a bell.",
    ),
    "bread.txt": (
        "Rye bread needs 12 hours to rest.",
        "A sourdough is a mixture of flour and water that ferments.",
    ),
}


class SmallRag:
    """``tales`` belongs to eve; nobody else sees it unless it is shared. ``searched`` are all searches."""

    def __init__(self, settings: Settings, documents: Any = None):
        self.library = FakeLibrary(documents or TALES)
        self.shared, self.searched = False, []
        self.store = SimpleNamespace(
            database=Database(settings.url), all_chunks=self.library.store.all_chunks
        )

    def collection(self, collection: str, owner: str) -> Any:
        if collection != "tales" or not (owner in ("eve", "owner") or self.shared):
            raise NotFoundError("There is no such collection among yours, and none of this id is shared.")
        return self.library.store.collection("tales")

    def documents(self, collection: str, owner: str) -> Any:
        return self.library.store.documents(self.collection(collection, owner).id)

    def text(self, collection: str, document: str, owner: str) -> str:
        return self.library.text(self.collection(collection, owner).id, document)

    def search(self, collection: str, query: str, spec: Any, owner: str, **_: Any) -> Found:
        self.searched.append((query, spec))
        request = SearchRequest(self.collection(collection, owner).id, query, spec)
        return [event for event in search(request, self.library) if isinstance(event, Found)][-1]

    def supported(self, answer: str, passages: Any, question: str = "") -> Supported:
        shares = overlaps(answer, [one.text for one in passages])
        return Supported(tuple(Claim(0, len(answer), share, 0, 0, 1) for share in shares))


def measuring_services(settings: Settings, documents: Any = None) -> Any:
    """What the page and the API need; who asks is said by a header, else it is the owner."""
    models = SimpleNamespace(entries=lambda *_: [], endpoints=list)
    rag = SmallRag(settings, documents)
    return SimpleNamespace(settings=settings, identity=Header(), models=models, rag=rag, runtime=None)
