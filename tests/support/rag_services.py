"""Services for questions to a collection: the workers and the collections are made up, the rest is real.

What a visitor asks is answered from ``tests.support.rag_answers``; every request is remembered.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.identity import VISITOR_HEADER, Visitor
from pipelines.core.errors import NotFoundError
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.models.endpoints import Endpoint
from pipelines.models.names import parse
from pipelines.prediction.requests import Answers, AnswerSpan, PredictRequest
from pipelines.rag.answering.answers import Prompted, PromptToken
from pipelines.rag.answers import Claim, Supported
from pipelines.runtime.messages import Loading
from tests.support.rag_answers import found

OWNED = "tales1"  # of the visitor whose secret is ANNA
ANNA, BEN = "a" * 32, "b" * 32


@dataclass(frozen=True)
class Entry:
    name: str
    capabilities: frozenset[str]
    parameters: int = 10_000_000
    context_length: int = 1024
    adapter_of: str = ""
    lineage: dict[str, Any] = field(default_factory=dict)
    path: Path = Path("here")


TALKS, WRITES, READS = (
    frozenset({"causal-lm", "chat"}),
    frozenset({"causal-lm"}),
    frozenset({"question-answering"}),
)
ENTRIES = (
    Entry("house/plain", WRITES),
    Entry("house/story-instruct", TALKS),
    Entry("run/5766hc4fzjv3", TALKS, 1_000_000_000),
    Entry("run/5766hc4fzjv4", TALKS, lineage={"parent": "house/story-instruct"}),
    Entry("house/minilm-qa", READS),
)


class Models:
    def __init__(self, entries: Any = ENTRIES, endpoints: Any = ()):
        self._entries, self._endpoints = entries, endpoints

    def entries(self, capability: str | None = None) -> list[Entry]:
        return [one for one in self._entries if capability is None or capability in one.capabilities]

    def get(self, name: str) -> Entry:
        parse(name)
        with suppress(StopIteration):
            return next(one for one in self._entries if one.name == name)
        raise NotFoundError(f"There is no model {name!r}.")

    def tokenizer_folder(self, name: str) -> Path:
        return Path("tokenizer") / name

    def endpoint(self, name: str) -> Endpoint:
        with suppress(StopIteration):
            return next(one for one in self._endpoints if one.full_name == name)
        raise NotFoundError(f"There is no endpoint {name!r}.")


class Runtime:
    """Writes ``words``; raises ``fault`` where there is one."""

    def __init__(self, words: tuple[str, ...] = ("She", " hid", " it."), fault: Exception | None = None):
        self.words, self.fault = words, fault
        self.asked: list[Any] = []
        self.closed = 0

    def stream(self, request: Any) -> Any:
        self.asked.append(request)
        try:
            if self.fault:
                raise self.fault
            if isinstance(request, PredictRequest):
                yield Answers((AnswerSpan(0, len(request.context.split()[0]), 0.5),), 0.1, True, 1)
            if isinstance(request, GenerateRequest):
                yield Loading(request.model)
                yield Started(len(request.ids))
                for number, word in enumerate(self.words):
                    yield Token(number, number, word, -0.1)
                yield Finished("eos", "".join(self.words), len(self.words), 0.1)
        finally:
            self.closed += 1


class Tokenizers:
    def __init__(self) -> None:
        self.asked: list[Any] = []

    def call(self, request: Any) -> list[Any]:
        self.asked.append(request)
        tokens = tuple(
            PromptToken(number, word, "words", False) for number, word in enumerate(("So", "?"), 3)
        )
        used = tuple(one.id for one in request.passages)
        said = {"role": "user", "content": request.question}
        return [Prompted((said,), "So?", tokens, used[:1], "", used[1:], 0, 60)]


class Rag:
    """One collection, of one visitor."""

    def __init__(self, owner: str, answerable: float = 0.9):
        self._owner, self._answerable = owner, answerable
        self.searched: list[tuple[Any, ...]] = []
        self.supports: list[tuple[Any, ...]] = []

    def collection(self, name: str, owner: str) -> Any:
        if name not in (OWNED, "Tales") or owner != self._owner:
            raise NotFoundError(f"There is no collection {name!r}.")
        return SimpleNamespace(id=OWNED)

    def search(
        self, id: str, query: str, spec: Any, owner: str, queries: Any = (), hypothetical: str = ""
    ) -> Any:
        self.collection(id, owner)
        self.searched.append((query, spec, queries, hypothetical))
        return found(query, self._answerable)

    def supported(self, answer: str, passages: Any, question: str = "") -> Supported:
        self.supports.append((answer, passages, question))
        return Supported((Claim(0, len(answer), 0.9 if "hid" in answer else 0.2, 0, 4, 7),))


class Visitors:
    """A visitor is whom the header names; without one the owner."""

    def visitor(self, request: Any) -> Visitor:
        secret = dict(request.headers).get(VISITOR_HEADER, "")
        return visitor(secret) if secret else Visitor("owner", True, "owner")


def visitor(secret: str) -> Visitor:
    return Visitor(f"visitor-{secret}", False, "visitor")


def services(**changes: Any) -> Any:
    """With the collection of ANNA."""
    made = {
        "identity": Visitors(),
        "models": Models(),
        "runtime": Runtime(),
        "tokenizers": Tokenizers(),
        "rag": Rag(visitor(ANNA).id),
    }
    return SimpleNamespace(**{**made, **changes})
