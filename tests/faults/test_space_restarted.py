"""Twenty guests vote at once on a Space whose Hub fails now and then; in the middle the machine goes, with
its disk. No vote that was called saved is lost, and none is there twice.
"""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from gradio_client import Client

from app.identity import new_secret
from pipelines.preferences.ballots import Ballot
from pipelines.preferences.records import Choice
from pipelines.preferences.sharing import file_of
from tests.support.hub_faults import KeepingHub, keeping_hub
from tests.support.space import SimulatedSpace, simulated_space

pytestmark = [pytest.mark.process, pytest.mark.slow]

REPO, TOKEN = "anna/votes", "the-owner-s"
GUESTS, PAIRS = 20, 12
GIVEN, SAVED = 100, 20  # when so many votes are noted, and some are called saved, the Hub takes no more
_THINKS, _WAITS = 0.25, 1.0  # seconds before a vote; between two questions when all is voted on
CHOICES = ("left", "right", "tie", "both_bad")


@dataclass
class Sitting:
    """``saved`` is (guest, pair) → (id of the vote, choice), of what was called saved. ``lost`` counts votes
    that were noted, not saved, and did not outlive the disk."""

    hub: KeepingHub
    given: int = 0
    saved: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    lost: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    alive: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def keep(self, votes: dict[tuple[str, str], tuple[str, str]]) -> None:
        with self.lock:
            self.saved.update(votes)
            self._look()

    def give(self) -> None:
        with self.lock:
            self.given += 1
            self._look()

    def _look(self) -> None:
        if self.given >= GIVEN and len(self.saved) >= SAVED and not self.reached.is_set():
            self.hub.fail(503, times=10_000)
            self.reached.set()

    def lose(self) -> None:
        with self.lock:
            self.lost += 1


class Caller:
    """Asks endpoints over HTTP, by way of the Space's proxy; again when it is cut off."""

    def __init__(self, space: SimulatedSpace, alive: threading.Event, **headers: str):
        given = {"x-forwarded-for": "203.0.113.7", **headers}
        self._http = httpx.Client(base_url=f"{space.url}gradio_api/run/", headers=given, timeout=60)
        self._alive, self._session = alive, new_secret()

    def __call__(self, name: str, *given: Any) -> Any:
        """None where it was refused."""
        while True:
            assert self._alive.wait(120), "the Space has not come back"
            try:
                answer = self._http.post(name, json={"data": given, "session_hash": self._session})
            except httpx.TransportError:
                continue
            return answer.json()["data"][0] if answer.status_code == 200 else None


class Guest:
    """Votes on all pairs. What is noted is asked after until it is saved; when the Space has started again,
    it is sent once more."""

    def __init__(self, name: str, code: str, ask: Caller, sitting: Sitting):
        self._name, self._code, self._ask, self._sitting = name, code, ask, sitting
        self._noted: dict[str, tuple[str, str]] = {}  # pair → (id of the vote, choice)
        self._receipt = ""
        self._asked: tuple[str, tuple[str, ...]] = ("", ())  # a receipt, and the pairs that it stands for

    def vote_all(self) -> None:
        while (shown := self._next()) or self._noted:
            if shown:
                time.sleep(_THINKS)
                self._vote(shown["pair"], CHOICES[hash((self._name, shown["pair"])) % len(CHOICES)])
            else:
                time.sleep(_WAITS)
            self._ask_after()

    def _next(self) -> dict[str, Any] | None:
        """The consent too is asked for again, where it did not outlive the disk."""
        shown = self._ask("preference_next", self._code)
        if shown is None:
            assert self._ask("preference_join", self._code, self._name, True)
            shown = self._ask("preference_next", self._code)
        return shown if shown["pair"] else None

    def _vote(self, pair: str, choice: str) -> bool:
        told = self._ask("preference_vote", pair, choice, 1, [], "", "", 0, False)
        if told:
            assert not told["saved"] and told["where"] == REPO
            self._noted[pair], self._receipt = (told["id"], choice), told["receipt"]
            self._sitting.give()
        return bool(told)

    def _ask_after(self) -> None:
        """One receipt until it is saved: the newest of somebody who goes on voting never is."""
        receipt, pairs = self._asked = self._asked if self._asked[1] else (self._receipt, tuple(self._noted))
        told = self._ask("preference_saved", self._code, receipt) if pairs else {"saved": False}
        if told is None:
            self._send_again()
        elif told["saved"]:
            self._sitting.keep({(self._name, pair): self._noted.pop(pair) for pair in pairs})
        if told is None or told["saved"]:
            self._asked = ("", ())

    def _send_again(self) -> None:
        for pair, (_, choice) in list(self._noted.items()):
            if not self._vote(pair, choice):
                del self._noted[pair]
                self._sitting.lose()


def round_of(space: SimulatedSpace) -> dict[str, Any]:
    """The owner's, with its pairs already where votes are kept."""
    ask = Client(space.url, verbose=False, headers={"x-glassworks-owner": TOKEN}).predict
    settings = json.dumps({"annotators": GUESTS, "repeat_share": 0})
    found = ask(settings, api_name="/preference_round")
    rows = ({"prompt": f"Question {n}", "chosen": f"a{n}", "rejected": f"b{n}"} for n in range(PAIRS))
    text = "\n".join(map(json.dumps, rows))
    ask(found["id"], text=text, api_name="/preferences_import")
    while not ask(found["id"], api_name="/preference_saved")["saved"]:
        time.sleep(0.1)
    return found


def gone(space: SimulatedSpace, sitting: Sitting) -> None:
    """The machine, while guests vote and the Hub does not take what they say; then another, with an empty
    disk."""
    assert sitting.reached.wait(120), f"{sitting.given} votes, {len(sitting.saved)} of them saved"
    time.sleep(1)  # votes that are noted here and nowhere else
    sitting.alive.clear()
    space.kill()
    space.wipe()
    sitting.hub.faults.clear()
    sitting.hub.fail(429, **{"Retry-After": "1"})
    sitting.hub.fail(500)
    space.start()
    sitting.alive.set()


def votes_in(hub: KeepingHub, round_id: str) -> list[dict[str, Any]]:
    """Of guests; those of the file are left out."""
    rows = [json.loads(line) for line in hub.text(REPO, file_of(round_id)).split("\n") if line]
    return [row for row in rows if not (row["vote_annotator"] or "import:").startswith("import:")]


def test_what_was_called_saved_outlives_the_machine_and_counts_once(tmp_path):
    kept = {"GLASSWORKS_PREFERENCES_REPO": REPO, "GLASSWORKS_OWNER_TOKEN": TOKEN}
    with keeping_hub() as hub, simulated_space(tmp_path, **hub.environment, **kept) as space:
        sitting = Sitting(hub)
        sitting.alive.set()
        found = round_of(space)
        hub.slow = 0.2
        asking = [
            Caller(space, sitting.alive, **{"x-glassworks-visitor": new_secret()}) for _ in range(GUESTS)
        ]
        guests = [Guest(f"Guest {n}", found["code"], ask, sitting) for n, ask in enumerate(asking)]
        with ThreadPoolExecutor(GUESTS) as pool:
            working = [pool.submit(one.vote_all) for one in guests]
            gone(space, sitting)
            for one in working:
                one.result(timeout=120)
        rows = votes_in(hub, found["id"])
        assert space.written_in_the_tree() == []
    assert sitting.lost > 0, "nothing was under way when the disk went"
    assert Counter(Counter((one["vote_name"], one["id"]) for one in rows).values()) == {1: GUESTS * PAIRS}
    assert {(one["vote_name"], one["id"]): one["vote_id"] for one in rows} == {
        key: id_ for key, (id_, _) in sitting.saved.items()
    }
    for one in rows:
        _, said = sitting.saved[one["vote_name"], one["id"]]
        assert Choice(one["vote_choice"]) is Ballot(said).about(one["vote_flipped"])
    assert len(hub.commits) < 60, f"{GUESTS * PAIRS} votes in {len(hub.commits)} commits"
