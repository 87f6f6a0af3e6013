"""A round on its way to a data set of a Hub on loopback: by its owner alone, with their own token."""

import json

import gradio as gr
import pytest
from gradio_client.exceptions import AppError

from app.api import preference_push
from app.preferences.push_part import PushPart
from app.preferences.pushing import pushed_round
from pipelines.core.errors import NotAllowedError, NotFoundError
from pipelines.core.settings import Settings
from pipelines.models.push import Push
from pipelines.preferences.publishing import CARD, ROWS, Published
from tests.support.endpoints import client_of, launched
from tests.support.fake_hub import hub_with
from tests.support.hub_writing import READER, WRITER
from tests.support.preference_rounds import joined, judged, round_with

REPO = "anna/foxes"


@pytest.fixture
def voted(services):
    found = round_with(services.preferences, 3, "eve", annotators=2)
    joined(services.preferences, found, "ada")
    while judged(services.preferences, found, "ada"):
        pass
    return found


@pytest.fixture
def part(services):
    with gr.Blocks():
        return PushPart(services)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_server")
    with hub_with(tmp_path, "other/data", "datasets") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def asked(part, request, round, token=WRITER, format="trl", existing=False, repo=REPO):
    return list(part.sent_to_hub(round, format, "mit", True, repo, True, existing, token, request))


def test_rows_and_card_go_into_a_private_data_set(part, services, hub, voted, asked_by):
    updates = asked(part, asked_by("eve"), voted.id, format="kto")
    assert updates[0][1] == "", "the token stayed on the page"
    assert (
        f'href="{hub.address}/datasets/{REPO}"' in updates[-1][0] and "The data set is on" in updates[-1][0]
    )
    assert hub.written.repos == {REPO: "private"} and hub.written.tokens == {WRITER}
    assert hub.written.messages == ["Data set made with Glassworks"]
    assert any(path.startswith("POST /api/datasets/anna/foxes/commit") for path in hub.asked)
    rows = [json.loads(line) for line in hub.written.files[REPO, ROWS].splitlines()]
    assert {row["label"] for row in rows} == {True, False} and len(rows) == 6
    assert b"license: mit" in hub.written.files[REPO, CARD]
    assert "on the Hub already" in asked(part, asked_by("eve"), voted.id)[-1][0]

    services.preferences.mine.forget("ada")
    judged(services.preferences, voted, "eve")
    asked(part, asked_by("eve"), voted.id, existing=True)
    assert b"Ada" not in hub.written.files[REPO, ROWS] and len(hub.written.messages) == 2
    files = [path for path in services.settings.home.rglob("*") if path.is_file()]
    assert not any(WRITER.encode() in path.read_bytes() for path in files), "the token was kept"


def test_nobody_pushes_a_round_of_another(part, hub, voted, asked_by):
    for visitor, round in (("ada", voted.id), ("ada", voted.code), ("mallory", voted.id), ("eve", "")):
        [(told, token, _)] = asked(part, asked_by(visitor), round)
        assert "no such round" in told and token == gr.skip()
    assert hub.asked == []


def test_on_a_space_it_is_for_its_owner(services, hub, voted, asked_by):
    services.settings = Settings(home=services.settings.home, SPACE_ID="anna/space")
    visitor, how, to = services.identity.visitor(asked_by("eve")), Published(), Push(REPO, WRITER)
    with pytest.raises(NotAllowedError, match="publish everybody's votes"):
        next(pushed_round(services, visitor, voted.id, how, to))
    owner = services.identity.visitor(asked_by("owner"))
    with pytest.raises(NotFoundError):  # nor does the owner reach into others' rounds
        next(pushed_round(services, owner, voted.id, how, to))
    assert hub.asked == []


def test_what_the_hub_refuses_is_told(part, hub, voted, asked_by):
    assert "may not write" in asked(part, asked_by("eve"), voted.id, READER)[-1][0]
    assert "does not know this token" in asked(part, asked_by("eve"), voted.id, "hf_x")[-1][0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"repo": "foxes"}, "repo accepts"),
        ({"token": ""}, "token accepts"),
        ({"format": "x"}, "format accepts"),
    ],
)
def test_wrong_values_are_named_and_keep_the_token_on_the_page(part, voted, asked_by, given, words):
    [(told, token, _)] = asked(part, asked_by("eve"), voted.id, **given)
    assert words in told and token == gr.skip() and WRITER not in told


def test_the_endpoint_does_the_same(services, hub, voted):
    with launched(preference_push, services) as url:
        clients = {visitor: client_of(url, visitor) for visitor in ("eve", "ada")}

        def push(visitor, *given, **more):
            return clients[visitor].predict(*given, **more, api_name="/preferences_push")

        told = push("eve", voted.id, REPO, WRITER, "hh", licence="cc0-1.0", whole=False)
        assert told == {"url": f"{hub.address}/datasets/{REPO}"} and hub.written.repos == {REPO: "private"}
        rows = [json.loads(line) for line in hub.written.files[REPO, ROWS].splitlines()]
        assert len(rows) == 3 and all(set(row) == {"chosen", "rejected"} for row in rows)
        for visitor, given, more, words in (
            ("ada", (voted.id, REPO, WRITER), {}, "no such round"),
            ("eve", (voted.id, REPO, WRITER), {}, "on the Hub already"),
            ("eve", (voted.id, REPO, WRITER), {"licence": "mine"}, "licence accepts"),
            ("eve", (voted.id, REPO, "two words"), {}, "token accepts"),
        ):
            with pytest.raises(AppError, match=words) as refused:
                push(visitor, *given, **more)
            assert WRITER not in str(refused.value)
