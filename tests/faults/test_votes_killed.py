"""Twenty people vote at once, and the app is killed under them: no vote that was acknowledged is lost, and
none is there twice.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.identity import new_secret
from pipelines.preferences.ballots import Ballot
from pipelines.preferences.formats import read
from pipelines.preferences.records import Vote
from tests.support.app_process import AppProcess
from tests.support.endpoints import client_of

pytestmark = [pytest.mark.process, pytest.mark.slow]

PEOPLE, PAIRS = 20, 100
KILL_AT = 900  # acknowledged votes
CHOICES = ("left", "right", "tie", "both_bad")


@dataclass
class Sitting:
    """``acknowledged`` is (person, pair) → (id of the vote, choice). ``alive`` is unset while nobody answers;
    ``sent_again`` counts requests that were cut off."""

    acknowledged: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    sent_again: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    alive: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def keep(self, person: str, pair: str, told: tuple[str, str]) -> None:
        with self.lock:
            if (person, pair) in self.acknowledged:
                self.strange.append(f"{person} was asked for {pair} twice")
            self.acknowledged[person, pair] = told
            if len(self.acknowledged) >= KILL_AT:
                self.reached.set()

    def cut_off(self) -> None:
        with self.lock:
            self.sent_again += 1


class Person:
    """Comes by way of a proxy, and so is not taken for the owner; sends what was cut off again, word for
    word."""

    def __init__(self, name: str, app: AppProcess, sitting: Sitting):
        headers = {"x-glassworks-visitor": new_secret(), "x-forwarded-for": "203.0.113.7"}
        self._http = httpx.Client(base_url=f"{app.url}gradio_api/run/", headers=headers, timeout=60)
        self._name, self._sitting, self._session = name, sitting, new_secret()

    def vote_all(self, code: str) -> None:
        self._ask("preference_join", code, self._name, True)
        while pair := self._ask("preference_next", code)["pair"]:
            choice = CHOICES[hash((self._name, pair)) % len(CHOICES)]
            told = self._ask("preference_vote", pair, choice, 1, [], "", "", 0, False)
            self._sitting.keep(self._name, pair, (told["id"], choice))

    def _ask(self, name: str, *given: Any) -> Any:
        while True:
            assert self._sitting.alive.wait(120), "the app has not come back"
            try:
                answer = self._http.post(name, json={"data": given, "session_hash": self._session})
            except httpx.TransportError:
                self._sitting.cut_off()
                continue
            assert answer.status_code == 200, answer.text
            return answer.json()["data"][0]


def killed(app: AppProcess, sitting: Sitting, working: list[Future]) -> None:
    """Under load, and started again."""
    while not sitting.reached.wait(0.2):
        assert not any(one.done() for one in working), [one.exception() for one in working if one.done()]
    app.kill()
    sitting.alive.clear()
    app.start()
    sitting.alive.set()


def round_of(ask: Callable[..., Any]) -> dict[str, Any]:
    found = ask(json.dumps({"annotators": PEOPLE, "repeat_share": 0}), api_name="/preference_round")
    rows = ({"prompt": f"Question {n}", "chosen": f"a{n}", "rejected": f"b{n}"} for n in range(PAIRS))
    ask(found["id"], text="\n".join(map(json.dumps, rows)), api_name="/preferences_import")
    return found


def votes_of(ask: Callable[..., Any], round_id: str) -> list[Vote]:
    """Of people; those of the file are left out."""
    _, votes = read(ask(round_id, "trl", api_name="/preferences_export"))
    return [one for one in votes if not one.annotator.startswith("import:")]


def test_an_acknowledged_vote_outlives_a_kill_and_counts_once(home):
    sitting, names = Sitting(), [f"Person {n}" for n in range(PEOPLE)]
    with AppProcess(home) as app, ThreadPoolExecutor(PEOPLE) as pool:
        found = round_of(client_of(app.url).predict)
        sitting.alive.set()
        working = [pool.submit(Person(name, app, sitting).vote_all, found["code"]) for name in names]
        killed(app, sitting, working)
        for one in working:
            one.result(timeout=200)
        kept = votes_of(client_of(app.url).predict, found["id"])
    assert sitting.strange == [] and sitting.sent_again > 0, "nothing was under way when the app was killed"
    assert Counter(Counter((one.name, one.pair) for one in kept).values()) == {1: PEOPLE * PAIRS}
    assert {(one.name, one.pair): one.id for one in kept} == {
        key: id_ for key, (id_, _) in sitting.acknowledged.items()
    }
    for one in kept:
        _, said = sitting.acknowledged[one.name, one.pair]
        assert one.choice is Ballot(said).about(one.flipped)
