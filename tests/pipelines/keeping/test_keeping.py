"""Votes on their way to a Hub that fails, is slow, or asks for peace: what is called saved is there."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.core.settings import Settings
from pipelines.keeping import lane
from pipelines.preferences.sharing import file_of, head_of
from tests.support.preference_rounds import joined, judged, keeping_of, opened, round_with

REPO = "anna/votes"


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(lane, "GATHERS", 0.02)
    monkeypatch.setattr("pipelines.keeping.pace._FIRST", 0.05)


def begun(home, **settings):
    """(the service of votes, what keeps them), started as the app does."""
    made = Settings(home=home, **settings)
    made.make_folders()
    service = opened(made)
    keeping = keeping_of(made, service)
    keeping.restore()
    keeping.start()
    return service, keeping


@pytest.fixture
def app(hub, home):
    service, keeping = begun(home, preferences_repo=REPO)
    yield service, keeping
    keeping.close()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def voted(app, found, visitor="ann") -> str:
    """The receipt of a vote."""
    service, keeping = app
    assert judged(service, found, visitor)
    return keeping.receipt(found.id)


def test_a_vote_is_saved_when_the_hub_has_it_and_not_before(app, hub):
    service, keeping = app
    found = round_with(service, 2)
    hub.slow = 0.3
    receipt = voted(app, found)
    assert not keeping.vote_saved(found.id, 0, receipt)
    assert keeping.vote_saved(found.id, 20, receipt)
    assert receipt and '"vote_choice": "' in hub.text(REPO, file_of(found.id))
    assert keeping.told().where == REPO == keeping.votes_where and keeping.told().fault == ""


def test_twenty_at_once_are_few_commits(app, hub):
    service, keeping = app
    found = round_with(service, 30, annotators=20)
    people = [f"person{n}" for n in range(20)]
    joined(service, found, *people)
    hub.slow, together = 0.2, threading.Barrier(20)

    def votes(visitor: str) -> list[bool]:
        together.wait()
        saved = []
        for _ in range(3):
            receipt = voted(app, found, visitor)
            saved.append(keeping.vote_saved(found.id, 20, receipt))
        return saved

    with ThreadPoolExecutor(20) as threads:
        assert all(all(saved) for saved in threads.map(votes, people))
    assert hub.text(REPO, file_of(found.id)).count('"vote_choice": "') == 60
    assert len(hub.commits) <= 8, "sixty votes"


@pytest.mark.parametrize("status", [0, 429, 500, 503, 403])
def test_while_the_hub_fails_votes_wait_and_go_when_it_is_well(app, hub, status):
    service, keeping = app
    found = round_with(service, 2)
    hub.fail(status, times=3, on="preupload" if status == 403 else "/commit/")
    receipt = voted(app, found)
    until(lambda: keeping.told().fault)
    state = keeping.told()
    assert REPO in state.fault and state.votes_waiting == 1 and not keeping.vote_saved(found.id, 0, receipt)
    assert keeping.vote_saved(found.id, 20, receipt) and keeping.told().fault == ""
    gaps = [b - a for (_, a), (_, b) in zip(hub.refused, hub.refused[1:], strict=False)]
    assert len(hub.refused) == 3 and gaps[0] >= 0.05 and gaps[1] >= 0.1, "longer after each fault"


def test_the_hub_is_left_alone_as_long_as_it_asks(app, hub):
    service, keeping = app
    found = round_with(service, 3)
    hub.fail(429, **{"Retry-After": "1"})
    receipts = [voted(app, found)]
    until(lambda: hub.refused)
    receipts += [voted(app, found) for _ in range(2)]
    assert all(keeping.vote_saved(found.id, 20, one) for one in receipts)
    assert hub.commits[0] - hub.refused[0][1] >= 1.0


def test_a_new_disk_has_all_that_was_saved(app, hub, tmp_path):
    service, keeping = app
    found = round_with(service, 4)
    assert keeping.vote_saved(found.id, 20, voted(app, found))
    hub.fail(503, times=1000)
    lost = voted(app, found)
    assert not keeping.vote_saved(found.id, 0.3, lost)
    keeping.close()  # the machine goes: the last try fails too
    hub.faults.clear()
    other, again = begun(tmp_path / "other", preferences_repo=REPO)
    assert again.restored
    assert other.progress(found.id, "ann").mine == 1 and other.round(found.code, "ben").title == found.title
    assert keeping.told().votes_waiting == 1
    again.close()


def test_the_app_starts_while_the_hub_is_away_and_takes_in_later(app, hub, tmp_path):
    service, keeping = app
    found = round_with(service, 1)
    assert keeping.vote_saved(found.id, 20, voted(app, found))
    hub.fail(500, times=2, on="/api/datasets/")
    other, again = begun(tmp_path / "other", preferences_repo=REPO)
    new = round_with(other, 1)
    assert not again.restored and "could not be read" in again.told().fault and other.rounds("ann") == [new]
    until(lambda: again.restored)
    assert {one.id for one in other.rounds("ann")} == {found.id, new.id}
    assert again.vote_saved(new.id, 20) and head_of(found.id) in hub.names(REPO)
    again.close()


def test_both_places_must_have_a_vote(hub, home, tmp_path):
    (bucket := tmp_path / "bucket").mkdir()
    app = service, keeping = begun(home, preferences_repo=REPO, keep=str(bucket))
    found = round_with(service, 2)
    assert keeping.vote_saved(found.id, 20, voted(app, found))
    assert hub.text(REPO, file_of(found.id)) == (bucket / file_of(found.id)).read_text()
    bucket.rename(tmp_path / "unmounted")
    receipt = voted(app, found)
    until(lambda: "mount it" in keeping.told().fault)
    assert not keeping.vote_saved(found.id, 0, receipt)
    (tmp_path / "unmounted").rename(bucket)
    assert keeping.vote_saved(found.id, 20, receipt)
    keeping.close()


def test_the_end_of_the_app_sends_what_is_left(hub, home):
    service, keeping = begun(home, preferences_repo=REPO)
    found = round_with(service, 1)
    judged(service, found, "ann")
    keeping.close()
    assert '"vote_choice": "' in hub.text(REPO, file_of(found.id))


def test_at_home_the_disk_is_the_place(hub, home):
    service, keeping = begun(home)
    found = round_with(service, 1)
    judged(service, found, "ann")
    assert keeping.receipt(found.id) == "" and keeping.vote_saved(found.id) and keeping.restored
    assert keeping.told().where == "" and keeping.told().votes_waiting == 0 and keeping.run_saved("x")
    keeping.close()
    assert hub.written.repos == {}
