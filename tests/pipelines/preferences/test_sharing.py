"""Votes on their way to a data set of a Hub on loopback."""

import json
import time

import huggingface_hub
import pytest
from huggingface_hub import _commit_api

from pipelines.core.settings import Settings
from pipelines.preferences import sharing
from pipelines.preferences.sharing import file_of
from tests.support.fake_hub import hub_with
from tests.support.hub_writing import WRITER
from tests.support.preference_rounds import joined, judged, opened, round_with

REPO = "anna/votes"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with hub_with(tmp_path / "home", "other/data", "datasets") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", WRITER)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(_commit_api, "is_xet_available", lambda: False)
        yield server


@pytest.fixture
def service(home):
    return opened(Settings(home=home, preferences_repo=REPO))


def sent(hub, found) -> list[dict]:
    return [json.loads(line) for line in hub.written.files[REPO, file_of(found.id)].splitlines()]


def test_votes_are_committed_to_a_private_data_set_with_their_pairs(hub, service):
    found = round_with(service, 3)
    assert service.sharing.send() == 0, "there is no vote yet"
    votes = [judged(service, found, "ann") for _ in range(2)]
    assert service.sharing.waiting() == 1 == service.sharing.send()
    assert hub.written.repos == {REPO: "private"} and hub.written.tokens == {WRITER}
    rows = sent(hub, found)
    assert [row["vote_id"] for row in rows] == [one.id for one in votes]
    assert all(row["prompt"][0]["content"].startswith("Question") for row in rows)
    assert {row["vote_choice"] for row in rows} <= {"a", "b"} and rows[0]["text_a"][0] == "a"
    assert service.sharing.waiting() == 0 == service.sharing.send() and len(hub.written.messages) == 1


def test_while_the_hub_is_away_votes_wait_and_go_later(hub, service, home, monkeypatch):
    found = round_with(service, 2)
    judged(service, found, "ann")
    with monkeypatch.context() as away:
        away.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        with pytest.raises(Exception):  # noqa: B017 - whatever the Hub's client has
            service.sharing.send()
    assert service.sharing.waiting() == 1 and hub.written.files == {}
    judged(service, found, "ann")
    after = opened(Settings(home=home, preferences_repo=REPO))  # the app has started again meanwhile
    assert after.sharing.send() == 1 and len(sent(hub, found)) == 2


def test_what_is_withdrawn_forgotten_or_deleted_goes_from_there_too(hub, service):
    found, other = round_with(service, 3, annotators=2), round_with(service, 1)
    joined(service, found, "ben")
    mine = [judged(service, found, "ann") for _ in range(3)]
    judged(service, found, "ben"), judged(service, other, "ann")
    assert service.sharing.send() == 2 and len(sent(hub, found)) == 4
    service.withdraw(mine[0].id, "ann")
    service.forget("ben", found.id)
    assert service.sharing.send() == 1 and {row["vote_id"] for row in sent(hub, found)} == {
        one.id for one in mine[1:]
    }
    service.delete(found.id, "ann")
    assert service.rounds("ann") == [other] and service.sharing.send() == 1
    assert [path for _, path in hub.written.files] == [file_of(other.id)]
    assert service.sharing.waiting() == 0


def test_a_vote_during_the_commit_waits_for_the_next(hub, service, monkeypatch):
    found = round_with(service, 2)
    judged(service, found, "ann")
    commit = huggingface_hub.HfApi.create_commit

    def slow(api, *given, **more):
        judged(service, found, "ann")
        return commit(api, *given, **more)

    monkeypatch.setattr(huggingface_hub.HfApi, "create_commit", slow)
    assert service.sharing.send() == 1 and len(sent(hub, found)) == 1
    monkeypatch.undo()
    assert service.sharing.waiting() == 1


def test_it_goes_by_itself_and_a_fault_is_told_and_tried_again(hub, service, monkeypatch):
    monkeypatch.setattr(sharing, "EVERY", 0.02)
    monkeypatch.setenv("HF_TOKEN", "hf_unknown")
    found = round_with(service, 1)
    judged(service, found, "ann")
    service.start()
    wait(lambda: service.sharing.fault)
    assert REPO in service.sharing.fault and "hf_unknown" not in service.sharing.fault
    monkeypatch.setenv("HF_TOKEN", WRITER)
    wait(lambda: not service.sharing.waiting() and not service.sharing.fault)
    service.close()
    assert len(sent(hub, found)) == 1


def test_the_end_of_the_app_sends_what_is_left(hub, service):
    found = round_with(service, 1)
    service.start()
    judged(service, found, "ann")
    service.close()
    assert len(sent(hub, found)) == 1


def test_without_a_data_set_nothing_is_sent(hub, settings):
    service = opened(settings)
    judged(service, round_with(service, 1), "ann")
    service.start()
    assert service.sharing.send() == 0 == service.sharing.waiting() and hub.asked == []


def wait(holds) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
