"""Votes on their way to a data set repository of the Hub, as ``huggingface_hub.CommitScheduler`` would send
them, with the database for its folder: each round is one file, written anew from the rows when it changes.

So a vote that was withdrawn is gone there too with the next commit. While the Hub cannot be reached, votes
wait where they are: in the database, whose rounds remember which version of them was sent. A round without an
owner was deleted here and waits to be taken away there.
"""

import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, select, update

from pipelines.core.settings import Settings
from pipelines.preferences.records import Pair, Vote
from pipelines.preferences.store import PreferenceStore
from pipelines.preferences.tables import ROUNDS

EVERY = 60.0  # seconds between two commits: the Hub takes some hundred an hour
_LAST = 10.0  # seconds that the app's end waits for the last commit
_FOLDER = "data"
_log = logging.getLogger(__name__)


class Sharing:
    """``repo`` is the data set's name, empty where none is set: then nothing is ever sent. ``fault`` is why
    the last commit failed, empty after one that did not."""

    def __init__(self, settings: Settings, store: PreferenceStore):
        self.repo, self.fault, self._store = settings.preferences_repo, "", store
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self.repo and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="preferences-to-hub", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """After one commit more, if it is soon done; what is not sent now is sent after the next start."""
        self._ended.set()
        if self._thread:
            self._thread.join(_LAST)

    def waiting(self) -> int:
        """How many rounds have changes that are not in the data set yet."""
        return len(self._unsent()) if self.repo else 0

    def send(self) -> int:
        """Commit the rounds that have changed; how many those were. Raises what the Hub has against it."""
        from huggingface_hub import HfApi

        unsent = self._unsent()
        if not self.repo or not unsent:
            return 0
        api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="glassworks")
        api.create_repo(self.repo, repo_type="dataset", private=True, exist_ok=True)
        message = f"Votes of {len(unsent)} rounds"
        changes = [self._change(row) for row in unsent]
        api.create_commit(self.repo, changes, commit_message=message, repo_type="dataset")
        self._mark(unsent)
        return len(unsent)

    def _unsent(self) -> Sequence[Row]:
        columns = ROUNDS.c["id", "owner", "version"]
        return self._store.rows(select(*columns).where(ROUNDS.c.version > ROUNDS.c.sent))

    def _change(self, row: Row) -> Any:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        if not row.owner:
            return CommitOperationDelete(file_of(row.id))
        text = "".join(lines(self._store.pairs(row.id), self._store.votes(row.id)))
        return CommitOperationAdd(file_of(row.id), text.encode())

    def _mark(self, sent: Sequence[Row]) -> None:
        """Of each round the version that was read before its rows were: newer votes wait for the next."""
        with self._store.write() as connection:
            for row in sent:
                this = ROUNDS.c.id == row.id
                connection.execute(update(ROUNDS).where(this).values(sent=row.version))
                if not row.owner:
                    connection.execute(delete(ROUNDS).where(this))

    def _run(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(EVERY)
            try:
                self.send()
                self.fault = ""
            except Exception as error:  # the Hub's own kinds are many, and none of them may end this
                self.fault = f"{self.repo} could not be written: {type(error).__name__}"
                _log.warning("votes wait: %s", self.fault, exc_info=error)


def file_of(round_: str) -> str:
    return f"{_FOLDER}/{round_}.jsonl"


def lines(pairs: tuple[Pair, ...], votes: tuple[Vote, ...]) -> Iterator[str]:
    """A line of JSON for each vote: all that is known of its pair, then the vote in the fields ``vote_…``."""
    known = {one.id: asdict(one) for one in pairs}
    for one in votes:
        told = {f"vote_{name}": value for name, value in asdict(one).items() if name != "pair"}
        yield json.dumps({**known[one.pair], **told}, ensure_ascii=False) + "\n"
