"""Keeping what a restart of the machine would take: votes and finished artefacts, in repositories of the Hub,
in a mounted folder, or in both. A vote is saved when every place has it; before that it is noted here.

Where nothing is set, this disk is the place: nothing is sent, and what is noted is saved.
"""

from dataclasses import dataclass
from typing import Protocol

from pipelines.core.settings import Settings
from pipelines.keeping.folder import FolderPlace
from pipelines.keeping.hub import HubPlace
from pipelines.keeping.lane import Lane
from pipelines.keeping.pace import Pace
from pipelines.keeping.source import Place, Source

_RESTORES = 60.0  # seconds that the app's start waits for the votes of before
_VOTES_CARD = """---
configs:
- config_name: default
  data_files: data/*.jsonl
---
# Votes on pairs of answers

Collected with Glassworks: a file a round in `data`, a line a vote with its pair; the fields `vote_…` are
empty in the line of a pair that waits for its first. `rounds` opens the rounds again after a restart, with
their codes: keep this data set private, and share an export.
"""
_RUNS_CARD = """# Runs

Made with Glassworks: a folder a finished job in `runs`, its result in `artifact`; a restart brings them back.
"""


@dataclass(frozen=True)
class KeepingState:
    """``where`` is empty where nothing is set; what waits is counted in rounds and in runs; ``fault`` is why
    it waits, in words for people, empty while all goes well."""

    where: str
    votes_waiting: int
    runs_waiting: int
    fault: str


class Rounds(Source, Protocol):
    """A source that can say whether a round was sent since a moment."""

    def receipt(self, round_id: str) -> str:
        """Stands for the round as it is now."""

    def saved(self, round_id: str, receipt: str) -> bool:
        """Raises NotFoundError for a receipt that was not given by this process."""


class Runs(Source, Protocol):
    def saved(self, job_id: str) -> bool: ...


class Keeping:
    """Safe to share between threads."""

    def __init__(self, settings: Settings, rounds: Rounds, runs: Runs):
        self._rounds, self._runs = rounds, runs
        data, models = settings.preferences_repo, settings.models_repo
        folder: list[Place] = [FolderPlace(settings.keep)] if settings.keep else []
        votes = [HubPlace(data, "dataset", _VOTES_CARD), *folder] if data else folder
        made = [HubPlace(models, "model", _RUNS_CARD), *folder] if models else folder
        self._votes = Lane("votes", rounds, votes, _pace(data))
        self._made = Lane("runs", runs, made, _pace(models))

    @property
    def restored(self) -> bool:
        """Whether the votes of before are here."""
        return self._votes.restored

    def restore(self) -> None:
        """Bring the votes of before back, before the page is served. While a place cannot be read the app
        starts all the same, and what is there comes as soon as it answers."""
        self._votes.start()
        self._votes.wait(lambda: self.restored or bool(self._votes.fault), _RESTORES)

    def start(self) -> None:
        """Send what changes from now on; runs of before come back meanwhile."""
        self._votes.start()
        self._made.start()

    def close(self) -> None:
        """After one more try to send what waits."""
        self._votes.close()
        self._made.close()

    def told(self) -> KeepingState:
        """How it stands now."""
        lanes = (self._votes, self._made)
        where = dict.fromkeys(name for lane in lanes for name in lane.where)
        faults = dict.fromkeys(fault for lane in lanes for fault in (lane.fault, *_damaged(lane)) if fault)
        waiting = (lane.waiting() for lane in lanes)
        return KeepingState(" and ".join(where), *waiting, "; ".join(faults))

    @property
    def votes_where(self) -> str:
        """The places of votes; empty where there is none besides this disk."""
        return " and ".join(self._votes.where)

    @property
    def votes_fault(self) -> str:
        return self._votes.fault

    @property
    def runs_where(self) -> str:
        return " and ".join(self._made.where)

    @property
    def runs_fault(self) -> str:
        return self._made.fault

    def runs_waiting(self) -> int:
        return self._made.waiting()

    def receipt(self, round_id: str) -> str:
        """For :meth:`vote_saved`, of a vote that was given just now; it is sent soon. Empty where votes have
        no place but this disk."""
        if not self._votes.where:
            return ""
        self._votes.hurry()
        return self._rounds.receipt(round_id)

    def vote_saved(self, round_id: str, seconds: float = 0.0, receipt: str = "") -> bool:
        """Whether every place has the round as the receipt knows it, or as it is now without one; waits so
        long for it. Raises NotFoundError for a receipt of before a restart: the vote is to be sent again."""
        if not self._votes.where:
            return True
        known = receipt or self._rounds.receipt(round_id)
        if self._rounds.saved(round_id, known):
            return True
        self._votes.hurry()
        return self._votes.wait(lambda: self._rounds.saved(round_id, known), seconds)

    def run_saved(self, job_id: str) -> bool:
        """Whether every place has what this job has made."""
        return not self._made.where or self._runs.saved(job_id)


def _pace(repo: str) -> Pace:
    """A folder may be written as often as one likes."""
    return Pace() if repo else Pace(every=0.1)


def _damaged(lane: Lane) -> tuple[str, ...]:
    return tuple(f"{name} is damaged and was not read back" for name in lane.damaged)
