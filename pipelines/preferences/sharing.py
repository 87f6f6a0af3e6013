"""Rounds as files, to be kept elsewhere (:mod:`pipelines.keeping`): ``data/<round>.jsonl`` has a line for
each vote with all that is known of its pair, and one for each pair that nobody judged;
``rounds/<round>.json`` says whose the round is, what it asks, and who has joined.

Both are written anew from the rows when something changes, so that a vote that was withdrawn is gone there
too. A round remembers which of its versions was sent. One without an owner was deleted here and waits to be
taken away there.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.ids import is_id
from pipelines.keeping.source import Batch, Content, Place
from pipelines.preferences.records import Choice, Kind, Message, Pair, Round, Vote
from pipelines.preferences.rows import pair_of, pair_row, round_of, round_row, vote_of, vote_row
from pipelines.preferences.specs import RoundSpec
from pipelines.preferences.store import PreferenceStore
from pipelines.preferences.tables import ANNOTATORS, PAIRS, ROUNDS, VOTES

_VOTE = tuple(one.name for one in fields(Vote) if one.name != "pair")
_JOINED = ("visitor", "name", "consented", "created")
_TABLES = (ROUNDS, ANNOTATORS, PAIRS, VOTES)
_UNSOUND = (GlassworksError, IntegrityError, ValueError, TypeError, KeyError, AttributeError)
Rows = dict[Any, list[dict[str, Any]]]  # table → rows


class RoundFiles:
    """A :class:`~pipelines.keeping.service.Rounds`, over a process's store."""

    def __init__(self, store: PreferenceStore):
        self._store, self._mark = store, secrets.token_hex(4)  # of receipts: another process gives others

    def waiting(self) -> int:
        """How many rounds have changes that were not sent."""
        return len(self._unsent())

    def unsent(self) -> Batch | None:
        rows = self._unsent()
        if not rows:
            return None
        changes = {name: content for row in rows for name, content in self._files(row).items()}
        return Batch(changes, f"Votes of {len(rows)} rounds", partial(self._sent, rows))

    def receipt(self, round_id: str) -> str:
        return f"{self._mark}.{self._version(round_id).version}"

    def saved(self, round_id: str, receipt: str) -> bool:
        mark, _, version = receipt.partition(".")
        if mark != self._mark or not version.isdecimal():
            raise NotFoundError("The app has started again since: send this vote again, it counts once.")
        return self._version(round_id).sent >= int(version)

    def restore(self, place: Place) -> list[str]:
        """The rounds that are not here, neither as they are nor as deleted."""
        here = {row.id for row in self._store.rows(select(ROUNDS.c.id))}
        names = set(place.names())
        ids = [one for one in sorted(map(_id_of, names)) if one and one not in here]
        wanted = [name for one in ids for name in (file_of(one), head_of(one)) if name in names]
        if not ids:
            return []
        with TemporaryDirectory() as folder:
            place.fetch(wanted, Path(folder))
            return [head_of(one) for one in ids if not self._restored(Path(folder), one)]

    def _restored(self, folder: Path, round_id: str) -> bool:
        """Whether it was sound; a round is taken in whole or not at all."""
        try:
            rows = _rows(folder, round_id)
            with self._store.write() as connection:
                for table in _TABLES:
                    if rows[table]:
                        connection.execute(insert(table), rows[table])
        except _UNSOUND:
            return False
        return True

    def _unsent(self) -> Sequence[Row]:
        return self._store.rows(select(ROUNDS).where(ROUNDS.c.version > ROUNDS.c.sent))

    def _version(self, round_id: str) -> Any:
        """Row with ``version`` and ``sent``."""
        found = self._store.rows(select(ROUNDS.c.version, ROUNDS.c.sent).where(ROUNDS.c.id == round_id))
        if not found:
            raise NotFoundError("There is no such round any more.")
        return found[0]

    def _files(self, row: Row) -> dict[str, Content]:
        if not row.owner:
            return {head_of(row.id): None, file_of(row.id): None}
        text = "".join(lines(self._of(PAIRS, row.id), self._of(VOTES, row.id)))
        head = {**asdict(round_of(row)), "spec": json.loads(row.spec)}
        joined = [{name: one._mapping[name] for name in _JOINED} for one in self._of(ANNOTATORS, row.id)]
        told = json.dumps({**head, "annotators": joined})
        return {file_of(row.id): text.encode(), head_of(row.id): told.encode()}

    def _of(self, table: Any, round_id: str) -> Sequence[Row]:
        return self._store.rows(select(table).where(table.c.round == round_id).order_by(table.c.created))

    def _sent(self, rows: Sequence[Row]) -> None:
        """Of each round the version that was read before its rows were: newer votes wait for the next."""
        with self._store.write() as connection:
            for row in rows:
                this = ROUNDS.c.id == row.id
                if not connection.execute(update(ROUNDS).where(this).values(sent=row.version)).rowcount:
                    connection.execute(insert(ROUNDS).values(_bare(row)))  # deleted while it was sent
                if not row.owner:
                    connection.execute(delete(ROUNDS).where(this))


def _bare(row: Row) -> dict[str, Any]:
    """Of a round that is to be taken away."""
    names = {"id": row.id, "owner": "", "code": row.code, "created": row.created}
    return {**names, "spec": "{}", "open": 0, "version": 1, "sent": 0}


def file_of(round_id: str) -> str:
    return f"data/{round_id}.jsonl"


def head_of(round_id: str) -> str:
    return f"rounds/{round_id}.json"


def lines(pairs: Sequence[Row], votes: Sequence[Row]) -> Iterator[str]:
    """JSON: the fields of the pair, its prompt's ``number`` in the round, then those of the vote as
    ``vote_…``, which are null for a pair without votes."""
    cast: dict[str, list[Row]] = {}
    for one in votes:
        cast.setdefault(one.pair, []).append(one)
    for pair in pairs:
        known = {**asdict(pair_of(pair)), "number": pair.number}
        for vote in cast.get(pair.id) or (None,):
            yield json.dumps({**known, **_told(vote)}) + "\n"


def _told(vote: Row | None) -> dict[str, Any]:
    if vote is None:
        return dict.fromkeys((*(f"vote_{name}" for name in _VOTE), "vote_served"))
    values = asdict(vote_of(vote))
    return {**{f"vote_{name}": values[name] for name in _VOTE}, "vote_served": bool(vote.served)}


def _id_of(name: str) -> str:
    """Of the round that this file is the head of, else empty."""
    found = name.removeprefix("rounds/").removesuffix(".json")
    return found if is_id(found) and name == head_of(found) else ""


def _rows(folder: Path, round_id: str) -> Rows:
    """As they were. Raises one of :data:`_UNSOUND` for files that are damaged."""
    head = json.loads((folder / head_of(round_id)).read_text(encoding="utf-8"))
    file = folder / file_of(round_id)
    told = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    spec = RoundSpec.from_dict(head["spec"])
    found = Round(round_id, head["owner"], spec.title, head["code"], spec, head["open"], head["created"])
    if not found.owner or any(one["round"] != round_id for one in told):
        raise ValueError("files of two rounds")
    pairs = {one["id"]: pair_row(_pair(one), one["number"]) for one in told}
    votes = [vote_row(_vote(one), round_id, one["vote_served"]) for one in told if one["vote_id"]]
    joined = [
        {**{name: one[name] for name in _JOINED}, "consented": int(one["consented"]), "round": round_id}
        for one in head["annotators"]
    ]
    kept = {**round_row(found), "version": 1, "sent": 1}
    return {ROUNDS: [kept], ANNOTATORS: joined, PAIRS: list(pairs.values()), VOTES: votes}


def _pair(told: dict[str, Any]) -> Pair:
    values = {one.name: told[one.name] for one in fields(Pair)}
    return Pair(**{**values, "prompt": tuple(Message(**one) for one in told["prompt"])})


def _vote(told: dict[str, Any]) -> Vote:
    values = {name: told[f"vote_{name}"] for name in _VOTE}
    kinds = {"choice": Choice(values["choice"]), "kind": Kind(values["kind"]), "tags": tuple(values["tags"])}
    return Vote(pair=told["id"], **{**values, **kinds})
