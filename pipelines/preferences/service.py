"""What the page may ask of rounds, pairs and votes. Torch-free: the inference worker writes the answers.

Every method takes the visitor's id, and what is not there and what is another's raise the same NotFoundError.
A round is its owner's by its id and everybody's by its code; who has joined it may use the id too. Which
models a visitor may ask for is not known here.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pipelines.core.database import Database
from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.preferences import queue
from pipelines.preferences.ballots import Ballot, clean
from pipelines.preferences.incoming import MAX_RANKED, checked_votes, ids_for, ranked, taken_in
from pipelines.preferences.making import Maker
from pipelines.preferences.mine import Mine
from pipelines.preferences.prompts import messages_of, prompts_of
from pipelines.preferences.records import (
    Annotator,
    Answer,
    Making,
    Pair,
    Progress,
    Round,
    Served,
    Several,
    Vote,
)
from pipelines.preferences.sharing import RoundFiles
from pipelines.preferences.specs import MAX_NAME, RoundSpec
from pipelines.preferences.store import PreferenceStore, missing_round, put_pairs, put_votes
from pipelines.preferences.writing import Encode

PERSONAL = "My preferences"


class PreferenceService:
    """Safe to share between threads. ``encode`` writes a conversation as the ids of a model's chat template;
    without it every model reads plain text."""

    def __init__(self, settings: Settings, database: Database, runtime: Any, encode: Encode = lambda *_: ()):
        self._store = PreferenceStore(database)
        self._maker = Maker(self._store, runtime, encode)
        self.mine = Mine(self._store, database)
        self.sharing = RoundFiles(self._store)

    # Rounds.

    def create(self, spec: RoundSpec, owner: str, name: str = "owner") -> Round:
        """Open, with its owner as the first annotator. Raises SpecError where it has no prompt."""
        if not prompts_of(spec):
            raise SpecError("own_prompts", list(spec.own_prompts), "at least one prompt, or the bundled ones")
        now = time.time()
        made = Round(new_id(now), owner, spec.title, secrets.token_urlsafe(16), spec, True, now)
        self._store.add_round(made, Annotator(owner, name, True))
        return made

    def personal(self, owner: str, name: str = "owner") -> Round:
        """The owner's own round for what belongs to no other: the first that is called so, or a new one."""
        mine = [one for one in self.rounds(owner) if one.title == PERSONAL and one.open]
        return mine[-1] if mine else self.create(RoundSpec(title=PERSONAL), owner, name)

    def rounds(self, owner: str) -> list[Round]:
        """The owner's, newest first."""
        return self._store.rounds(owner)

    def round(self, id_or_code: str, visitor: str) -> Round:
        """Its code is blank for all but the owner."""
        found = self._store.round(id_or_code)
        if found is None:
            raise missing_round()
        if found.owner == visitor:
            return found
        joined = id_or_code == found.id and any(
            one.visitor == visitor for one in self._store.annotators(found.id)
        )
        if id_or_code != found.code and not joined:
            raise missing_round()
        return replace(found, code="")

    def rename(self, round: str, title: str, owner: str) -> Round:
        found = self._own(round, owner)
        self._store.rename(
            found.id, replace(found.spec, title=clean(title) if isinstance(title, str) else "")
        )
        return self._own(found.id, owner)

    def close_round(self, round: str, owner: str) -> Round:
        """No votes are taken any more."""
        return self._opened(round, owner, False)

    def reopen(self, round: str, owner: str) -> Round:
        return self._opened(round, owner, True)

    def delete(self, round: str, owner: str) -> None:
        """With all of its pairs and votes, here; what a data set has of it is taken away there too."""
        self._store.delete(self._own(round, owner).id)

    # Annotators.

    def join(self, round: str, visitor: str, name: str, consented: bool) -> Annotator:
        """Under this name. Raises SpecError for a name that is empty or too long."""
        found = self.round(round, visitor)
        if not isinstance(consented, bool):
            raise SpecError("consented", consented, "true or false")
        shown = " ".join(clean(name).split()) if isinstance(name, str) else ""
        if not 0 < len(shown) <= MAX_NAME:
            raise SpecError("name", name, f"a nickname of 1 to {MAX_NAME} characters")
        one = Annotator(visitor, shown, consented)
        self._store.put_annotator(found.id, one)
        return one

    def annotator(self, round: str, visitor: str) -> Annotator | None:
        """How the visitor has joined, if at all."""
        found = self.round(round, visitor)
        return next((one for one in self._store.annotators(found.id) if one.visitor == visitor), None)

    def annotators(self, round: str, owner: str) -> tuple[Annotator, ...]:
        """In the order in which they joined."""
        return self._store.annotators(self._own(round, owner).id)

    def forget(self, visitor: str, round: str) -> int:
        """Delete the visitor's votes and name in this round; how many votes that were."""
        return self._store.forget(self.round(round, visitor).id, visitor)

    def round_of(self, vote: Vote) -> str:
        """The id of the round that it was given in."""
        return self._store.pair_round(vote.pair) or ""

    # The queue.

    def next(self, round: str, visitor: str) -> Served | None:
        """The pair that is open for the visitor, else one that waits; None when a new one must be made."""
        found = self.round(round, visitor)
        with self._store.write() as connection:
            return queue.next_served(connection, found.id, visitor)

    def generate(
        self, round: str, visitor: str, prompt: str = "", spec: RoundSpec | None = None
    ) -> Iterator[Making]:
        """Write a pair for this prompt, else for the round's next one, and have it open for the visitor. It
        is kept when both texts are whole; closing the iterator ends both. With ``spec`` the round's owner has
        it written by other models. Raises ConflictError when the prompts are used up."""
        found = self._open_to(round, visitor)
        if spec is not None:
            self._own(found.id, visitor)
        yield from self._maker.made(found, visitor, spec or found.spec, prompt)

    def prompts_left(self, round: str, visitor: str) -> int:
        """How many prompts of the round nothing was written to yet."""
        return self._maker.left(self.round(round, visitor))

    def vote(
        self,
        pair: str,
        visitor: str,
        choice: str,
        strength: int = 1,
        tags: Sequence[str] = (),
        note: str = "",
        edited: str = "",
        seconds: float = 0.0,
    ) -> Vote:
        """``choice`` is left, right, tie, both_bad or skip, as the visitor saw the pair. On the disk before
        it returns; the same vote again returns the first."""
        ballot = Ballot(choice, strength, tags, note, edited, seconds)
        with self._store.write() as connection:
            return queue.vote(connection, pair, visitor, ballot)

    def revise(
        self,
        pair: str,
        visitor: str,
        choice: str,
        strength: int = 1,
        tags: Sequence[str] = (),
        note: str = "",
        edited: str = "",
    ) -> Vote:
        """Change the visitor's own vote, in the sides that they saw."""
        ballot = Ballot(choice, strength, tags, note, edited)
        with self._store.write() as connection:
            return queue.revise(connection, pair, visitor, ballot)

    def withdraw(self, vote: str, visitor: str) -> None:
        """Take the visitor's own vote back; its pair may be asked again."""
        with self._store.write() as connection:
            queue.withdraw(connection, vote, visitor)

    def generate_several(
        self, round: str, visitor: str, prompt: str = "", count: int = 4
    ) -> Iterator[Several]:
        """Write so many answers to this prompt, else to the round's next one, by its models in turn, for
        :meth:`rank_written`; closing the iterator ends them."""
        check_whole("count", count, 2, MAX_RANKED)
        found = self._open_to(round, visitor)
        yield from self._maker.several(found, found.spec, prompt, count)

    def rank(
        self, round: str, visitor: str, prompt: str, texts: Sequence[str], order: Sequence[int]
    ) -> tuple[Vote, ...]:
        """Answers in an order become a vote for every two of them. ``order`` are places in ``texts``, the
        best first."""
        found = self.round(round, visitor)
        if not isinstance(texts, list | tuple):
            raise SpecError("texts", texts, f"a list of 2 to {MAX_RANKED} answers")
        written = Several(messages_of(found.spec, prompt), tuple(Answer(one) for one in texts))
        return self._ranked(found, visitor, written, order)

    def rank_written(
        self, round: str, visitor: str, written: Several, order: Sequence[int]
    ) -> tuple[Vote, ...]:
        """The same of what :meth:`generate_several` has written: the pairs know whose texts they are."""
        return self._ranked(self.round(round, visitor), visitor, written, order)

    def _ranked(self, found: Round, visitor: str, written: Several, order: Sequence[int]) -> tuple[Vote, ...]:
        given = ranked(found.id, written.prompt, written.answers, order, written.seed)
        pairs, _ = taken_in(found.id, [pair for pair, _ in given])
        with self._store.write() as connection:
            queue.open_to(connection, found.id, visitor)
            name = queue.name_of(connection, found.id, visitor)
            votes = [
                Vote(id_, pair.id, visitor, choice, name=name, created=pair.created)
                for id_, pair, (_, choice) in zip(ids_for(len(pairs)), pairs, given, strict=True)
            ]
            put_pairs(connection, found.id, pairs, written.number)
            put_votes(connection, found.id, votes, served=True)
        return tuple(votes)

    # What there is, and what comes from elsewhere.

    def progress(self, round: str, visitor: str) -> Progress:
        return self._store.progress(self.round(round, visitor), visitor)

    def pairs(self, round: str, owner: str) -> tuple[Pair, ...]:
        """In the order in which they came; those that repeat another are among them."""
        return self._store.pairs(self._own(round, owner).id)

    def votes(self, round: str, owner: str) -> tuple[Vote, ...]:
        """In the order in which they were given."""
        return self._store.votes(self._own(round, owner).id)

    def add_pairs(
        self, round: str, owner: str, pairs: Iterable[Pair], votes: Iterable[Vote] = ()
    ) -> tuple[Pair, ...]:
        """Pairs from a file, with the votes on them: all or none. Each gets an id of its own, and the votes
        follow. Returns the pairs as they are kept, in the order given; some of them are repeated in the queue
        as the round says."""
        found, given = self._own(round, owner), list(pairs)
        kept, ids = taken_in(found.id, given, found.spec.repeat_share)
        cast = checked_votes(votes, ids)
        with self._store.write() as connection:
            put_pairs(connection, found.id, kept)
            put_votes(connection, found.id, cast)
        return tuple(kept[: len(given)])

    def add_votes(self, round: str, owner: str, votes: Iterable[Vote]) -> tuple[Vote, ...]:
        """Of judges and programs, on pairs that are here. One takes the place of the vote that the same
        annotator gave before."""
        found = self._own(round, owner)
        cast = checked_votes(votes, {one.id: one.id for one in self._store.pairs(found.id)})
        with self._store.write() as connection:
            put_votes(connection, found.id, cast)
        return tuple(cast)

    def _own(self, round: str, owner: str) -> Round:
        found = self._store.round(round)
        if found is None or found.owner != owner or found.id != round:
            raise missing_round()
        return found

    def _opened(self, round: str, owner: str, open_: bool) -> Round:
        found = self._own(round, owner)
        self._store.set_open(found.id, open_)
        return replace(found, open=open_)

    def _open_to(self, round: str, visitor: str) -> Round:
        found = self.round(round, visitor)
        with self._store.write() as connection:
            return queue.open_to(connection, found.id, visitor)
