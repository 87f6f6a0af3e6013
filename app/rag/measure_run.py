"""A visitor's questions put to one collection: the collection as the measuring needs it, what searches and
answers, and the moments of a run. No Gradio; the page and the API both use it.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from app.identity import Visitor
from app.rag.asking import asked
from app.services import Services
from pipelines.core.errors import ConflictError, GlassworksError
from pipelines.rag.answering.extracting import READ
from pipelines.rag.answering.moments import Moment
from pipelines.rag.answers import Found
from pipelines.rag.measuring.generating import Source
from pipelines.rag.measuring.judging import Answered
from pipelines.rag.measuring.locating import Documents, golds_now
from pipelines.rag.measuring.questions import Question, without_copies
from pipelines.rag.measuring.relevance import Piece, Pieces
from pipelines.rag.measuring.run import Configuration, Measured, Task, Tools, measured
from pipelines.rag.measuring.scores import Score
from pipelines.rag.measuring.store import KeptScores
from pipelines.rag.records import Collection, StoredDocument
from pipelines.rag.requests import Passage
from pipelines.rag.specs import AnswerSpec, SearchSpec

_SECONDS = 0.4  # between two moments of a run


@dataclass(frozen=True, eq=False)  # one is like no other: the page's state tells by that whether it changed
class Board:
    """A run at one moment. ``scores[configuration]`` are by the question's place; ``kept`` of them were known
    from an earlier run. ``state`` is running, done or stopped."""

    collection: str
    questions: tuple[Question, ...]
    configurations: tuple[Configuration, ...]
    scores: tuple[dict[int, Score], ...]
    kept: int = 0
    state: str = "running"
    seconds: float = 0.0

    @property
    def done(self) -> int:
        return sum(map(len, self.scores))

    @property
    def total(self) -> int:
        return len(self.questions) * len(self.configurations)


class Measuring:
    """One collection that the visitor may search; raises NotFoundError for any other."""

    def __init__(self, services: Services, visitor: Visitor, collection: str):
        self._services, self._visitor = services, visitor
        self.collection: Collection = services.rag.collection(collection, visitor.id)
        there = services.rag.documents(self.collection.id, visitor.id)
        self._by_id: dict[str, StoredDocument] = {one.id: one for one in there if one.chunks}
        ids = {one.name: one.id for one in self._by_id.values()}
        self.documents = Documents(tuple(ids), lambda name: self._text(ids[name]))

    def sources(self) -> tuple[Source, ...]:
        """The chunks with their texts, of which questions are made."""
        if not self._by_id:
            raise ConflictError("There is nothing in this collection yet: add a document first.")
        return tuple(
            Source(one.document, one.start, self.documents.text(one.document)[one.start : one.end])
            for one in self._pieces()
        )

    def task(self, questions: Sequence[Question], configurations: Sequence[Configuration]) -> Task:
        asked_ = without_copies(questions)
        golds = tuple(golds_now(one, self.documents) for one in asked_)
        subject = (self.collection.id, str(self.collection.version), self._visitor.id)
        return Task(asked_, golds, tuple(configurations), Pieces.of(self._pieces()), subject)

    def run(
        self, questions: Sequence[Question], configurations: Sequence[Configuration]
    ) -> Generator[Board, None, None]:
        """The board as it fills; closing this stops the run, and what it has found is known the next time."""
        task = self.task(questions, configurations)
        kept = KeptScores(self._services.rag.store.database, self.collection.id)
        kept.make_room()
        scores: tuple[dict[int, Score], ...] = tuple({} for _ in task.configurations)
        board = Board(self.collection.spec.name, task.questions, task.configurations, scores)
        began = shown = time.monotonic()
        yield _now(board, began)
        with closing(measured(task, self.tools(), kept)) as steps:
            for one in steps:
                board = _added(board, one)
                if time.monotonic() - shown >= _SECONDS:
                    shown = time.monotonic()
                    yield _now(board, began)
        yield replace(_now(board, began), state="done")

    def tools(self) -> Tools:
        return Tools(self._search, self._answer, self._support)

    def _search(self, question: str, spec: SearchSpec) -> Found:
        """Where other wordings or an invented answer are searched too, as the chat makes them."""
        if not (spec.queries or spec.hyde):
            return self._services.rag.search(self.collection.id, question, spec, self._visitor.id)
        with closing(self._moments(question, spec, AnswerSpec(answerer="generate", abstain=0))) as moments:
            found = next((one.found for one in moments if _is_there(one) and one.found is not None), None)
        if found is None:
            raise ConflictError("The question was not searched.")
        return found

    def _answer(self, question: str, search: SearchSpec, answer: AnswerSpec) -> Answered:
        last = None
        with closing(self._moments(question, search, answer)) as moments:
            for last in moments:
                _is_there(last)
        return _answered(last, answer)

    def _moments(
        self, question: str, search: SearchSpec, answer: AnswerSpec
    ) -> Generator[Moment, None, None]:
        """Each question stands alone: nothing was said before it."""
        alone = replace(answer, rewrite=False, memory=0)
        return asked(self._services, self._visitor, self.collection.id, question, search, alone)

    def _support(self, answer: str, passages: tuple[Passage, ...], question: str) -> tuple[float, ...]:
        return tuple(one.support for one in self._services.rag.supported(answer, passages, question).claims)

    def _text(self, document: str) -> str:
        return self._services.rag.text(self.collection.id, document, self._visitor.id)

    def _pieces(self) -> list[Piece]:
        chunks = self._services.rag.store.all_chunks(self.collection.id)
        names = {id_: one.name for id_, one in self._by_id.items()}
        return [
            Piece(one.id, names[one.document], one.start, one.end) for one in chunks if one.document in names
        ]


def _answered(last: Moment | None, spec: AnswerSpec) -> Answered:
    if last is None or last.found is None:
        raise ConflictError("The question was not searched.")
    if spec.answerer == "extract":
        text = last.extract.text if last.extract else ""
        return _told(last, text, last.found.hits[:READ], last.extract_claims)
    return _told(last, last.text, last.used, last.claims)


def _told(last: Moment, text: str, used: Sequence[str], claims: Sequence[object]) -> Answered:
    supports = tuple(one.support for one in claims) if claims else None
    return Answered(text, last.found, tuple(used), last.abstained, supports)


def _is_there(moment: Moment) -> bool:
    """Raises what the answer ended with."""
    if moment.state == "failed":
        raise GlassworksError(moment.note)
    return True


def _added(board: Board, one: Measured) -> Board:
    """The scores are a run's own and grow in place; the rest of a board never changes."""
    board.scores[one.configuration][one.question] = one.score
    return replace(board, kept=board.kept + one.kept)


def _now(board: Board, began: float) -> Board:
    scores = tuple(dict(one) for one in board.scores)
    return replace(board, scores=scores, seconds=time.monotonic() - began)
