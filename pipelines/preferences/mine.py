"""What one visitor has said in all rounds, their own and those of others: to be taken along, and to be
forgotten. Which models wrote a pair is told of the visitor's own rounds alone: an annotator votes blind.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select, union

from pipelines.core.database import Database
from pipelines.core.held import Held, held_rows
from pipelines.preferences.rows import annotator_of, vote_of
from pipelines.preferences.store import PreferenceStore, changed
from pipelines.preferences.tables import ANNOTATORS, PAIRS, ROUNDS, SERVES, VOTES

_WHO = ((VOTES, VOTES.c.annotator), (SERVES, SERVES.c.annotator), (ANNOTATORS, ANNOTATORS.c.visitor))
_OWN = ("model_a", "model_b", "settings_a", "settings_b", "seed")
_SEEN = ("prompt", "text_a", "text_b")


class Mine:
    """Safe to share between threads."""

    def __init__(self, store: PreferenceStore, database: Database):
        self._store, self._database = store, database

    def held(self, visitor: str) -> Held:
        """Votes and skips, with what was written beside them."""
        return held_rows(self._database, VOTES, VOTES.c.annotator == visitor, VOTES.c.note, VOTES.c.edited)

    def held_rounds(self, owner: str) -> Held:
        """The visitor's own rounds, with the pairs in them."""
        rounds = held_rows(self._database, ROUNDS, ROUNDS.c.owner == owner, ROUNDS.c.spec)
        of_mine = PAIRS.join(ROUNDS, ROUNDS.c.id == PAIRS.c.round)
        texts = (PAIRS.c[name] for name in _SEEN)
        pairs = held_rows(self._database, of_mine, ROUNDS.c.owner == owner, *texts)
        return Held(rounds.count, rounds.bytes + pairs.bytes)

    def names(self, visitor: str) -> list[dict[str, Any]]:
        """The rounds that the visitor has joined: under which name, and whether they have agreed."""
        joined = ANNOTATORS.join(ROUNDS, ROUNDS.c.id == ANNOTATORS.c.round)
        asked = select(ANNOTATORS, ROUNDS.c.spec).select_from(joined).where(ANNOTATORS.c.visitor == visitor)
        return [
            {
                "round": row.round,
                "title": json.loads(row.spec).get("title", ""),
                "name": annotator_of(row).name,
                "consented": annotator_of(row).consented,
                "created": row.created,
            }
            for row in self._store.rows(asked.order_by(ANNOTATORS.c.created))
        ]

    def votes(self, visitor: str) -> Iterator[dict[str, Any]]:
        """Each vote with the prompt and both texts, round by round."""
        where = PAIRS.join(VOTES, VOTES.c.pair == PAIRS.c.id).join(ROUNDS, ROUNDS.c.id == VOTES.c.round)
        about = [PAIRS.c[name] for name in (*_SEEN, *_OWN)]
        mine = VOTES.c.annotator == visitor
        asked = select(VOTES, *about, ROUNDS.c.owner).select_from(where).where(mine)
        for round_ in self._rounds(select(VOTES.c.round).where(mine).distinct()):
            rows = asked.where(VOTES.c.round == round_).order_by(VOTES.c.created, VOTES.c.id)
            for row in self._store.rows(rows):
                names = (*_SEEN, *_OWN) if row.owner == visitor else _SEEN
                yield {**_parsed({name: row._mapping[name] for name in names}), **_vote(row)}

    def forget(self, visitor: str) -> int:
        """Every vote, name and open pair of the visitor's, all at once; how many votes those were. What a
        data set has of them goes with its next commit. Pairs stay, as others may have judged them."""
        named = [select(table.c.round).where(who == visitor) for table, who in _WHO]
        with self._store.write() as connection:
            touched = connection.execute(union(*named)).scalars().all()
            gone = [connection.execute(delete(table).where(who == visitor)).rowcount for table, who in _WHO]
            for round_ in touched:
                changed(connection, round_)
        return gone[0]

    def _rounds(self, asked: Any) -> list[str]:
        return sorted(row[0] for row in self._store.rows(asked))


def _parsed(values: dict[str, Any]) -> dict[str, Any]:
    written = ("prompt", "settings_a", "settings_b")
    return {name: json.loads(one) if name in written else one for name, one in values.items()}


def _vote(row: Any) -> dict[str, Any]:
    """Without the visitor's id, which says nothing to whoever reads the file."""
    told = {name: value for name, value in vars(vote_of(row)).items() if name not in ("pair", "annotator")}
    return {"round": row.round, "pair": row.pair, **{f"vote_{name}": one for name, one in told.items()}}
