"""An engine with what the retrieval worker alone owns: the store of vectors, the word indexes, the models
that embed and rerank. Imports torch."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.models.devices import use_threads
from pipelines.rag.embedding.encoder import Encoder, open_encoder
from pipelines.rag.index.lexical import Lexical
from pipelines.rag.index.vectors import Vectors
from pipelines.rag.kept import Kept
from pipelines.rag.places import read_text, text_file
from pipelines.rag.store import RagStore
from pipelines.runtime.engine import Engine
from pipelines.runtime.messages import Held
from pipelines.runtime.operations import RETRIEVAL

_ENCODERS = 2
_RERANKERS = 1
_TEXT_CHARACTERS = 50_000_000  # of the texts in memory, together


class Library:
    """What the handlers work with. One thread computes, so nothing here changes under a handler's step."""

    def __init__(self, settings: Settings, changed: Callable[[tuple[str, ...]], None] = lambda names: None):
        self.settings = settings
        self.store = RagStore(Database(settings.url))
        self.vectors, self.lexical = Vectors(settings), Lexical(settings)
        self._changed = changed
        self._encoders = Kept(_ENCODERS, lambda name: open_encoder(name, settings), self._tell)
        self._rerankers = Kept(_RERANKERS, self._open_reranker, self._tell)
        self._texts: OrderedDict[str, str] = OrderedDict()

    def encoder(self, name: str) -> Encoder:
        """The embedding model of this name, read if it must be (some seconds, and a Hub model's download).
        A handler that may be the first to ask rather says ``encoder = yield from library.ready(name)``."""
        return self._encoders.get(name)

    def ready(self, name: str) -> Iterator[Any]:
        """As :meth:`encoder`, while others are answered."""
        return self._encoders.ready(name)

    def reranker(self, name: str) -> Any:
        return self._rerankers.get(name)

    def ready_reranker(self, name: str) -> Iterator[Any]:
        """As :meth:`reranker`, while others are answered."""
        return self._rerankers.ready(name)

    def text(self, collection_id: str, document_id: str) -> str:
        """The document's text as it can be searched now. Raises NotFoundError."""
        if document_id in self._texts:
            self._texts.move_to_end(document_id)
            return self._texts[document_id]
        revision = self.store.revision(document_id)
        text = read_text(text_file(self.settings, collection_id, document_id, revision))
        self._texts[document_id] = text
        while len(self._texts) > 1 and sum(map(len, self._texts.values())) > _TEXT_CHARACTERS:
            self._texts.popitem(last=False)
        return text

    def forget(self, document_id: str) -> None:
        """Its text is another now, or gone: whoever changes it says so."""
        self._texts.pop(document_id, None)

    def _tell(self) -> None:
        self._changed((*self._encoders.names(), *self._rerankers.names()))

    def _open_reranker(self, name: str) -> Any:
        from pipelines.rag.retrieval.rerank import open_reranker

        return open_reranker(name, self.settings)


def build_engine(settings: Settings, send: Callable[[int, Any], None]) -> Engine:
    """Number 0 of ``send`` gets a Held whenever the models in memory change."""
    use_threads(settings)
    import_module("chromadb")  # takes a second, which no request is to wait for
    library = Library(settings, lambda names: send(0, Held(names)))
    return Engine(RETRIEVAL.load_handlers(), library, send)
