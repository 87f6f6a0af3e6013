"""Which pair an annotator sees next, and their vote for it: the rules of the queue, each in a transaction
that is alone among the writers, so that no two people get the last free place of a pair.

A pair has as many places as its round has annotators. A vote takes one for good, somebody who looks at the
pair takes one for :data:`PATIENCE` seconds. Skips take none, nor do judges and programs that never stood in
the queue.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, select, update

from pipelines.core.errors import ConflictError, NotAllowedError, NotFoundError
from pipelines.core.ids import new_id
from pipelines.preferences.ballots import Ballot
from pipelines.preferences.records import Choice, Round, Served, Vote
from pipelines.preferences.rows import round_of, served_of, vote_of
from pipelines.preferences.store import changed, missing_round, missing_vote, put_votes
from pipelines.preferences.tables import ANNOTATORS, PAIRS, ROUNDS, SERVES, VOTES

PATIENCE = 900.0  # seconds after which a pair that was looked at and not voted on is given to others
GAP = 5  # other pairs that somebody judges before one is shown again
REPEATS = 0.2  # how often a repeated pair is shown while others wait
_DICE = secrets.SystemRandom()


def open_to(connection: Connection, round_id: str, visitor: str) -> Round:
    """The round as it is now. Raises unless it takes votes and the visitor has agreed to vote."""
    row = connection.execute(select(ROUNDS).where(ROUNDS.c.id == round_id)).first()
    if row is None:
        raise missing_round()
    if not row.open:
        raise ConflictError("This round is closed: no votes are taken any more.")
    name_of(connection, round_id, visitor)
    return round_of(row)


def name_of(connection: Connection, round_id: str, visitor: str) -> str:
    """Raises NotAllowedError for who has not joined and agreed."""
    key = (ANNOTATORS.c.round == round_id) & (ANNOTATORS.c.visitor == visitor)
    row = connection.execute(select(ANNOTATORS).where(key)).first()
    if row is None or not row.consented:
        raise NotAllowedError("Votes are taken from who has joined the round and agreed that they are kept.")
    return row.name


def next_served(connection: Connection, round_id: str, visitor: str) -> Served | None:
    """The pair that is open for the visitor, else another, which then is; None when none waits."""
    found = open_to(connection, round_id, visitor)
    if again := _still_open(connection, found, visitor):
        return again
    pair = _drawn(connection, found, visitor)
    return serve(connection, pair, visitor) if pair else None


def serve(connection: Connection, pair: str, visitor: str, flipped: bool | None = None) -> Served:
    """Have the pair open for the visitor, its sides by chance where they are not given."""
    row = connection.execute(select(PAIRS).where(PAIRS.c.id == pair)).one()
    side = secrets.randbits(1) if flipped is None else int(flipped)
    values = {"pair": pair, "annotator": visitor, "round": row.round, "flipped": side, "created": time.time()}
    connection.execute(insert(SERVES).values(values))
    return served_of(row, _serve(connection, pair, visitor))


def vote(connection: Connection, pair: str, visitor: str, ballot: Ballot) -> Vote:
    """The same ballot again gives the vote that is there. Raises ConflictError for another one, and where the
    round is closed or the pair has been given to others; NotFoundError for a pair that is not open for the
    visitor."""
    before = _voted(connection, pair, visitor)
    if before is not None:
        return _same(vote_of(before), ballot)
    shown = _serve(connection, pair, visitor)
    if shown is None:
        raise NotFoundError("This pair is not open for you; ask for the next one.")
    found = open_to(connection, shown.round, visitor)
    if _is_old(shown) and not _is_free(connection, found, pair, visitor):
        raise ConflictError(
            "This pair lay open for so long that others have judged it; ask for the next one."
        )
    made = _cast(shown, name_of(connection, found.id, visitor), ballot)
    connection.execute(delete(SERVES).where(_at(SERVES, pair, visitor)))
    put_votes(connection, found.id, (made,), served=True)
    return made


def revise(connection: Connection, pair: str, visitor: str, ballot: Ballot) -> Vote:
    """Another opinion in the place of the first; the vote keeps its id and its time."""
    row = _voted(connection, pair, visitor)
    if row is None:
        raise missing_vote()
    found, before = open_to(connection, row.round, visitor), vote_of(row)
    revised = ballot.on(before)
    judges = before.choice is Choice.SKIP is not revised.choice and row.served
    if judges and not _is_free(connection, found, pair, visitor):
        raise ConflictError("Others have judged this pair since you skipped it.")
    put_votes(connection, found.id, (revised,), served=bool(row.served))
    return revised


def withdraw(connection: Connection, vote_id: str, visitor: str) -> None:
    """The visitor's own vote, whether the round is open or not."""
    row = connection.execute(select(VOTES).where(VOTES.c.id == vote_id, VOTES.c.annotator == visitor)).first()
    if row is None:
        raise missing_vote()
    connection.execute(delete(VOTES).where(VOTES.c.id == vote_id))
    changed(connection, row.round)


def _still_open(connection: Connection, found: Round, visitor: str) -> Served | None:
    """One that has lain too long is looked at again as long as it has a place."""
    mine = select(SERVES).where(SERVES.c.round == found.id, SERVES.c.annotator == visitor)
    for shown in connection.execute(mine.order_by(SERVES.c.created)).all():
        pair = connection.execute(select(PAIRS).where(PAIRS.c.id == shown.pair)).one()
        if not _is_old(shown):
            return served_of(pair, shown)
        if _is_free(connection, found, shown.pair, visitor):
            renewed = update(SERVES).where(_at(SERVES, shown.pair, visitor)).values(created=time.time())
            connection.execute(renewed)
            return served_of(pair, _serve(connection, shown.pair, visitor))
        connection.execute(delete(SERVES).where(_at(SERVES, shown.pair, visitor)))
    return None


def _drawn(connection: Connection, found: Round, visitor: str) -> str | None:
    fresh, again = _fresh(connection, found, visitor), _due(connection, found.id, visitor)
    if again and (fresh is None or _DICE.random() < REPEATS):
        return _DICE.choice(again)
    return fresh


def _fresh(connection: Connection, found: Round, visitor: str) -> str | None:
    """A pair with a free place that the visitor has not judged, in an order that nobody can guess."""
    judged = exists().where(VOTES.c.pair == PAIRS.c.id, VOTES.c.annotator == visitor)
    free = found.spec.annotators > _taken(PAIRS.c.id, visitor)
    mine = select(PAIRS.c.id).where(PAIRS.c.round == found.id, PAIRS.c.repeats == "", ~judged, free)
    return connection.execute(mine.order_by(func.random()).limit(1)).scalar_one_or_none()


def _due(connection: Connection, round_id: str, visitor: str) -> Sequence[str]:
    """Repetitions of what the visitor judged long enough ago, that they have not seen."""
    mine = select(VOTES.c.pair, VOTES.c.choice).where(VOTES.c.round == round_id, VOTES.c.annotator == visitor)
    judged = connection.execute(mine.order_by(VOTES.c.created, VOTES.c.id)).all()
    old = {row.pair for row in judged[:-GAP] if row.choice != Choice.SKIP}
    if not old:
        return []
    asked = select(PAIRS.c.id, PAIRS.c.repeats).where(PAIRS.c.round == round_id, PAIRS.c.repeats != "")
    seen = {row.pair for row in judged}
    return [row.id for row in connection.execute(asked) if row.repeats in old and row.id not in seen]


def _is_free(connection: Connection, found: Round, pair: str, visitor: str) -> bool:
    """A repetition is for everybody who has judged the pair."""
    row = connection.execute(select(PAIRS.c.repeats, _taken(pair, visitor)).where(PAIRS.c.id == pair)).one()
    return bool(row[0]) or row[1] < found.spec.annotators


def _taken(pair: Any, visitor: str) -> Any:
    """How many places of the pair others have."""
    voted = select(func.count()).where(
        VOTES.c.pair == pair, VOTES.c.annotator != visitor, VOTES.c.served == 1, VOTES.c.choice != Choice.SKIP
    )
    looking = select(func.count()).where(
        SERVES.c.pair == pair, SERVES.c.annotator != visitor, SERVES.c.created > time.time() - PATIENCE
    )
    return voted.scalar_subquery() + looking.scalar_subquery()


def _cast(shown: Row, name: str, ballot: Ballot) -> Vote:
    """``seconds`` are at most those since the pair was served, and just those where nobody counted."""
    now = time.time()
    lasted = max(0.0, now - shown.created)
    vote_ = Vote(
        id=new_id(now),
        pair=shown.pair,
        annotator=shown.annotator,
        choice=ballot.about(bool(shown.flipped)),
        name=name,
        flipped=bool(shown.flipped),
        seconds=min(ballot.seconds or lasted, lasted),
        created=now,
    )
    return ballot.on(vote_)


def _same(before: Vote, ballot: Ballot) -> Vote:
    if ballot.on(before) != before:
        raise ConflictError("You have judged this pair already; revise that vote to change it.")
    return before


def _is_old(shown: Row) -> bool:
    return shown.created <= time.time() - PATIENCE


def _voted(connection: Connection, pair: str, visitor: str) -> Row | None:
    return connection.execute(select(VOTES).where(_at(VOTES, str(pair), visitor))).first()


def _serve(connection: Connection, pair: str, visitor: str) -> Row | None:
    return connection.execute(select(SERVES).where(_at(SERVES, str(pair), visitor))).first()


def _at(table: Any, pair: str, visitor: str) -> Any:
    return and_(table.c.pair == pair, table.c.annotator == visitor)
