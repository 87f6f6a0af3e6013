"""Rounds, pairs, votes and annotators in the database. Who may see or change them is asked elsewhere.

The writers of this process wait for each other in a fair line before they ask the database for its lock,
which SQLite hands out by chance.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.core.ids import is_id
from pipelines.preferences.records import NO_NUMBER, Annotator, Choice, Pair, Progress, Round, Vote
from pipelines.preferences.rows import (
    annotator_of,
    as_json,
    pair_of,
    pair_row,
    round_of,
    round_row,
    vote_of,
    vote_row,
)
from pipelines.preferences.specs import MAX_PAIRS, MAX_ROUNDS, RoundSpec
from pipelines.preferences.tables import ANNOTATORS, OF_A_ROUND, PAIRS, ROUNDS, SERVES, VOTES

_SAME_PLACE = delete(VOTES).where(VOTES.c.pair == bindparam("of"), VOTES.c.annotator == bindparam("by"))
_IN_ORDER = {PAIRS: (PAIRS.c.created, PAIRS.c.id), VOTES: (VOTES.c.created, VOTES.c.id)}


class PreferenceStore:
    """Safe to share between threads; several processes may have the same database open."""

    def __init__(self, database: Database):
        self._database = database
        self._line = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, alone among the writers; on the disk when the block is left."""
        with self._line, self._database.write() as connection:
            yield connection

    def round(self, id_or_code: str) -> Round | None:
        column = ROUNDS.c.id if is_id(id_or_code) else ROUNDS.c.code
        found = self.rows(select(ROUNDS).where(column == str(id_or_code), ROUNDS.c.owner != ""))
        return round_of(found[0]) if found else None

    def rounds(self, owner: str) -> list[Round]:
        """Newest first."""
        newest = select(ROUNDS).where(ROUNDS.c.owner == owner)
        return [
            round_of(row) for row in self.rows(newest.order_by(ROUNDS.c.created.desc(), ROUNDS.c.id.desc()))
        ]

    def pairs(self, round_: str) -> tuple[Pair, ...]:
        return tuple(map(pair_of, self._of_round(PAIRS, round_)))

    def votes(self, round_: str) -> tuple[Vote, ...]:
        return tuple(map(vote_of, self._of_round(VOTES, round_)))

    def annotators(self, round_: str) -> tuple[Annotator, ...]:
        asked = select(ANNOTATORS).where(ANNOTATORS.c.round == round_).order_by(ANNOTATORS.c.created)
        return tuple(map(annotator_of, self.rows(asked)))

    def pair_round(self, pair: str) -> str | None:
        found = self.rows(select(PAIRS.c.round).where(PAIRS.c.id == str(pair)))
        return found[0].round if found else None

    def used(self, round_: str) -> set[int]:
        """The places of the round's prompts that pairs were made of."""
        asked = select(PAIRS.c.number).distinct().where(PAIRS.c.round == round_)
        return {row[0] for row in self.rows(asked)}

    def tries(self, round_: str, prompt: str) -> int:
        """How many pairs the round has of this prompt, as its row has it."""
        asked = select(func.count()).where(PAIRS.c.round == round_, PAIRS.c.prompt == prompt)
        return self.rows(asked)[0][0]

    def progress(self, round_: Round, visitor: str) -> Progress:
        fresh, voted = (PAIRS.c.round == round_.id) & (PAIRS.c.repeats == ""), VOTES.c.round == round_.id
        judged = select(func.count()).select_from(VOTES.join(PAIRS, PAIRS.c.id == VOTES.c.pair))
        judged = judged.where(fresh, VOTES.c.served == 1, VOTES.c.choice != Choice.SKIP)
        with self._database.read() as connection:
            pairs, votes, mine, people = (
                connection.execute(one).scalar_one()
                for one in (
                    select(func.count()).where(fresh),
                    judged,
                    select(func.count()).where(voted, VOTES.c.annotator == visitor),
                    select(func.count()).where(ANNOTATORS.c.round == round_.id),
                )
            )
        return Progress(pairs, votes, pairs * round_.spec.annotators, mine, people)

    def add_round(self, made: Round, annotator: Annotator) -> None:
        """With its owner as the first annotator. Raises ConflictError where the owner has too many."""
        with self.write() as connection:
            count = select(func.count()).where(ROUNDS.c.owner == made.owner)
            if connection.execute(count).scalar_one() >= MAX_ROUNDS:
                raise ConflictError(f"You keep {MAX_ROUNDS} rounds, which is the limit here: delete one.")
            connection.execute(insert(ROUNDS).values(**round_row(made), version=0, sent=0))
            put_annotator(connection, made.id, annotator)

    def rename(self, round_: str, spec: RoundSpec) -> None:
        """To the title that ``spec`` has, which is the round's besides."""
        self._change(round_, spec=as_json(spec.to_dict()))

    def set_open(self, round_: str, open_: bool) -> None:
        self._change(round_, open=int(open_))

    def delete(self, round_: str) -> None:
        """Of one that a data set has, the bare row stays until it is taken away there."""
        with self.write() as connection:
            for table in OF_A_ROUND:
                connection.execute(delete(table).where(table.c.round == round_))
            this = ROUNDS.c.id == round_
            connection.execute(delete(ROUNDS).where(this, ROUNDS.c.sent == 0))
            gone = {"owner": "", "spec": "{}", "open": 0, "version": ROUNDS.c.version + 1}
            connection.execute(update(ROUNDS).where(this).values(gone))

    def put_annotator(self, round_: str, one: Annotator) -> None:
        with self.write() as connection:
            put_annotator(connection, round_, one)

    def forget(self, round_: str, visitor: str) -> int:
        """The annotator with all votes and open pairs; how many votes that were."""
        with self.write() as connection:
            mine = delete(VOTES).where(VOTES.c.round == round_, VOTES.c.annotator == visitor)
            gone = connection.execute(mine).rowcount
            for table, column in ((SERVES, SERVES.c.annotator), (ANNOTATORS, ANNOTATORS.c.visitor)):
                connection.execute(delete(table).where(table.c.round == round_, column == visitor))
            changed(connection, round_)
        return gone

    def _change(self, round_: str, **values: Any) -> None:
        with self.write() as connection:
            connection.execute(update(ROUNDS).where(ROUNDS.c.id == round_).values(**values))
            changed(connection, round_)

    def _of_round(self, table: Any, round_: str) -> Sequence[Row]:
        return self.rows(select(table).where(table.c.round == round_).order_by(*_IN_ORDER[table]))

    def rows(self, asked: Select) -> Sequence[Row]:
        with self._database.read() as connection:
            return connection.execute(asked).all()


def changed(connection: Connection, round_: str) -> None:
    """What was sent of the round is not all any more."""
    newer = update(ROUNDS).where(ROUNDS.c.id == round_).values(version=ROUNDS.c.version + 1)
    if not connection.execute(newer).rowcount:
        raise missing_round()


def put_annotator(connection: Connection, round_: str, one: Annotator) -> None:
    """Anew, or in the place of what the same visitor has said before."""
    key = (ANNOTATORS.c.round == round_) & (ANNOTATORS.c.visitor == one.visitor)
    values = {"name": one.name, "consented": int(one.consented)}
    if not connection.execute(update(ANNOTATORS).where(key).values(values)).rowcount:
        row = {"round": round_, "visitor": one.visitor, "created": time.time(), **values}
        connection.execute(insert(ANNOTATORS).values(row))
    changed(connection, round_)


def put_pairs(connection: Connection, round_: str, pairs: Iterable[Pair], number: int = NO_NUMBER) -> None:
    """Raises ConflictError where the round would have too many."""
    rows = [pair_row(one, number) for one in pairs]
    count = select(func.count()).where(PAIRS.c.round == round_)
    if connection.execute(count).scalar_one() + len(rows) > MAX_PAIRS:
        raise ConflictError(f"A round takes {MAX_PAIRS:,} pairs: begin another.")
    if rows:
        connection.execute(insert(PAIRS), rows)
        changed(connection, round_)


def put_votes(connection: Connection, round_: str, votes: Iterable[Vote], served: bool = False) -> None:
    """A vote takes the place of the one that its annotator had given for the pair."""
    rows = list({(one.pair, one.annotator): vote_row(one, round_, served) for one in votes}.values())
    if rows:
        connection.execute(_SAME_PLACE, [{"of": row["pair"], "by": row["annotator"]} for row in rows])
        connection.execute(insert(VOTES), rows)
        changed(connection, round_)


def missing_round() -> NotFoundError:
    """The same words for what is not there and for what is somebody else's."""
    return NotFoundError(
        "There is no such round among yours; one of others is opened by the code in its link."
    )


def missing_vote() -> NotFoundError:
    return NotFoundError("There is no such vote among yours.")
