"""What the parts of an answer hand each other, made up: passages, what a search finds, and the means of an
answer that remember what they were asked."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.rag.answering.answers import Prompted, PromptToken
from pipelines.rag.answering.asking import Means
from pipelines.rag.answering.extracting import Span
from pipelines.rag.answers import Claim, Found, Stage, Supported
from pipelines.rag.requests import Passage

TEXTS = (
    "The fox found a golden ball. She hid it under the old oak.",
    "A bear slept all winter. Nobody woke him.",
    "The king had three daughters.",
)


def passage(number: int, text: str, **facts: Any) -> Passage:
    given = {"name": "tales.txt", "heading": "", "page": 0, "start": 100 * number}
    given |= facts
    return Passage(
        id=f"p{number}",
        document="d0",
        position=number,
        end=given["start"] + len(text),
        text=text,
        tokens=len(text.split()),
        **given,
    )


def passages(texts: Sequence[str] = TEXTS) -> tuple[Passage, ...]:
    return tuple(passage(number, text) for number, text in enumerate(texts))


def found(query: str = "", answerable: float = 0.9, texts: Sequence[str] = TEXTS) -> Found:
    made = passages(texts)
    ids = tuple(one.id for one in made)
    scores = tuple(1.0 / (place + 1) for place in range(len(ids)))
    stage = Stage("fusion", ids, scores, 0.01, "weighted")
    return Found(query, (stage,), made, ids, scores, answerable, "exact", len(ids), 1, 0.02)


class Doing:
    """Means that write ``pieces`` and say of everything what they were asked. ``faults`` are raised by the
    means of that name. ``helped`` is what the model writes for a form."""

    def __init__(self, pieces: Sequence[Any] = ("She hid", " it."), **given: Any):
        self.pieces, self.faults = list(pieces), given.get("faults", {})
        self.helped, self.answerable = given.get("helped", {}), given.get("answerable", 0.9)
        self.texts = given.get("texts", TEXTS)
        self.searched: list[tuple[Any, ...]] = []
        self.prompts: list[Any] = []
        self.specs: list[Any] = []
        self.extracts: list[tuple[str, str]] = []
        self.checked: list[tuple[Any, ...]] = []
        self.closed = self.written = 0

    @property
    def means(self) -> Means:
        return Means(self.search, self.prompt, self.generate, self.extract, self.support)

    def search(self, query: str, queries: tuple[str, ...], hypothetical: str) -> Found:
        self._fail("search")
        self.searched.append((query, queries, hypothetical))
        return found(query, self.answerable, self.texts)

    def prompt(self, request: Any) -> Prompted:
        self._fail("prompt")
        self.prompts.append(request)
        ids = tuple(one.id for one in request.passages)
        tokens = (PromptToken(7, "x", "words", False),)
        return Prompted(({"role": "user", "content": "x"},), request.form, tokens, ids, "", (), 0, 50)

    def generate(self, prompted: Prompted, spec: Any) -> Iterator[Any]:
        self.specs.append(spec)
        try:
            for piece in self.helped.get(prompted.text, self.pieces):
                self._fail("generate", self.written)
                self.written += 1
                yield piece
        finally:
            self.closed += 1

    def extract(self, question: str, text: str) -> list[Span]:
        self._fail("extract")
        self.extracts.append((question, text))
        return [Span(0, len(text.split()[0]), 0.5)]

    def support(self, answer: str, given: tuple[Passage, ...], question: str) -> Supported:
        self._fail("support")
        self.checked.append((answer, given, question))
        return Supported((Claim(0, len(answer), 0.75, 0, 0, 10),))

    def _fail(self, name: str, count: int = 0) -> None:
        if name in self.faults and count >= self.faults.get("after", 0):
            raise GlassworksError(self.faults[name])
