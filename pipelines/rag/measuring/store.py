"""Question sets and scores as rows. A set belongs to a collection and to whoever made it, and nobody else
sees it; scores are found by a key in which that owner is. Knows no collection's rights: those are asked
before.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.core.held import Held, held_rows
from pipelines.core.ids import is_id, new_id
from pipelines.core.texts import is_whole
from pipelines.rag.measuring.questions import MOST, Question, as_json, from_json
from pipelines.rag.measuring.scores import Score, score_from, score_json
from pipelines.rag.store import parts
from pipelines.rag.tables import QUESTION_SETS, SCORES

MOST_SETS = 50  # of one visitor in one collection
MOST_TITLE = 120
_MOST_CHARS = 5_000_000  # of one set as JSON
_MOST_SCORES = 50_000  # of one collection: the oldest go


@dataclass(frozen=True)
class Listed:
    id: str
    title: str
    count: int
    created: float


@dataclass(frozen=True)
class QuestionSet:
    id: str
    title: str
    questions: tuple[Question, ...]


class QuestionSets:
    """Every method takes the visitor's id; a set of someone else does not exist."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, owner: str, collection: str, title: str, questions: Sequence[Question]) -> QuestionSet:
        """Raises ConflictError where there are as many as are kept."""
        made = QuestionSet(new_id(), _title(title), tuple(questions))
        row = {"id": made.id, "owner": owner, "collection": collection, "title": made.title}
        mine = _of(owner, collection)
        with self._database.write() as connection:
            count = connection.execute(
                select(func.count()).select_from(QUESTION_SETS).where(*mine)
            ).scalar_one()
            if count >= MOST_SETS:
                raise ConflictError(f"You keep {MOST_SETS} question sets for this collection: delete one.")
            connection.execute(
                insert(QUESTION_SETS).values(row | {"items": _text(questions), "created": time.time()})
            )
        return made

    def list(self, owner: str, collection: str) -> list[Listed]:
        """The newest first."""
        asked = select(QUESTION_SETS).where(*_of(owner, collection))
        with self._database.read() as connection:
            rows = connection.execute(
                asked.order_by(QUESTION_SETS.c.created.desc(), QUESTION_SETS.c.id.desc())
            ).all()
        return [Listed(row.id, row.title, len(json.loads(row.items)), row.created) for row in rows]

    def get(self, owner: str, collection: str, set_id: str) -> QuestionSet:
        """Raises NotFoundError."""
        row = None
        if is_id(set_id):
            with self._database.read() as connection:
                asked = select(QUESTION_SETS).where(*_of(owner, collection), QUESTION_SETS.c.id == set_id)
                row = connection.execute(asked).first()
        if row is None:
            raise _missing()
        return QuestionSet(row.id, row.title, tuple(map(from_json, json.loads(row.items))))

    def replace(
        self, owner: str, collection: str, set_id: str, title: str, questions: Sequence[Question]
    ) -> None:
        """Raises NotFoundError."""
        values = {"title": _title(title), "items": _text(questions)}
        mine = (*_of(owner, collection), QUESTION_SETS.c.id == str(set_id))
        with self._database.write() as connection:
            if connection.execute(QUESTION_SETS.update().where(*mine).values(values)).rowcount != 1:
                raise _missing()

    def delete(self, owner: str, collection: str, set_id: str) -> None:
        """Raises NotFoundError."""
        mine = (*_of(owner, collection), QUESTION_SETS.c.id == str(set_id))
        with self._database.write() as connection:
            if connection.execute(delete(QUESTION_SETS).where(*mine)).rowcount != 1:
                raise _missing()

    def held(self, owner: str) -> Held:
        """In all collections."""
        return held_rows(
            self._database, QUESTION_SETS, QUESTION_SETS.c.owner == owner, QUESTION_SETS.c["items"]
        )

    def all(self, owner: str) -> Iterator[tuple[str, QuestionSet]]:
        """(collection, set) of all collections, the newest first."""
        asked = select(QUESTION_SETS.c["id", "collection"]).where(QUESTION_SETS.c.owner == owner)
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(QUESTION_SETS.c.created.desc())).all()
        for row in rows:
            with suppress(NotFoundError):  # deleted meanwhile
                yield row.collection, self.get(owner, row.collection, row.id)

    def forget(self, owner: str) -> int:
        """Delete all of this visitor's; how many those were."""
        with self._database.write() as connection:
            mine = delete(QUESTION_SETS).where(QUESTION_SETS.c.owner == owner)
            return connection.execute(mine).rowcount


class KeptScores:
    """Of one collection, as :func:`pipelines.rag.measuring.run.measured` wants it."""

    def __init__(self, database: Database, collection: str):
        self._database, self._collection = database, collection

    def known(self, keys: Sequence[str]) -> Mapping[str, Score]:
        """What another version of the app has kept in another form does not count."""
        found: dict[str, Score] = {}
        asked = select(SCORES.c.key, SCORES.c.scores).where(SCORES.c.collection == self._collection)
        for some in parts(dict.fromkeys(keys)):
            with self._database.read() as connection:
                rows = connection.execute(asked.where(SCORES.c.key.in_(some))).all()
            found |= {row.key: score for row in rows if (score := _score(row.scores))}
        return found

    def keep(self, key: str, score: Score) -> None:
        row = {"key": key, "collection": self._collection, "created": time.time()}
        told = json.dumps(score_json(score), allow_nan=False)
        try:
            with self._database.write() as connection:
                connection.execute(insert(SCORES).values(row | {"scores": told}))
        except IntegrityError:
            return  # the same question, asked on another page meanwhile

    def make_room(self) -> None:
        """Forget the oldest beyond what one collection may have."""
        mine = SCORES.c.collection == self._collection
        newest = select(SCORES.c.created).where(mine).order_by(SCORES.c.created.desc())
        with self._database.write() as connection:
            oldest = connection.execute(newest.offset(_MOST_SCORES).limit(1)).scalar()
            if oldest is not None:
                connection.execute(delete(SCORES).where(mine, SCORES.c.created <= oldest))


def _score(text: str) -> Score | None:
    try:
        return score_from(json.loads(text))
    except (KeyError, TypeError, ValueError):
        return None


def _of(owner: str, collection: str) -> tuple[object, object]:
    return QUESTION_SETS.c.owner == owner, QUESTION_SETS.c.collection == collection


def _missing() -> NotFoundError:
    return NotFoundError("There is no such question set among yours in this collection.")


def _title(title: object) -> str:
    kept = " ".join(title.split()) if isinstance(title, str) else ""
    if not 0 < len(kept) <= MOST_TITLE or not is_whole(kept):
        raise SpecError("title", title, f"text of 1 to {MOST_TITLE} characters")
    return kept


def _text(questions: Sequence[Question]) -> str:
    if not 0 < len(questions) <= MOST:
        raise SpecError("questions", f"{len(questions)} questions", f"1 to {MOST:,} questions")
    text = json.dumps([as_json(one) for one in questions], ensure_ascii=False)
    if len(text) > _MOST_CHARS:
        raise ConflictError("These questions are more than one set holds: take fewer, or shorter passages.")
    return text
