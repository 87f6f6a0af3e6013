"""The endpoints of preferences over HTTP: the real service, a worker that writes what it is told."""

import json
import time
from types import SimpleNamespace

import httpx
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from app.api import preference_files, preferences
from app.identity import Visitor, new_secret
from pipelines.core.errors import NotFoundError
from pipelines.core.settings import Settings
from tests.support.endpoints import client_of, launched
from tests.support.preference_rounds import Writer, keeping_of, opened

ROW = {"prompt": "Why?", "chosen": "Because.", "rejected": "No."}
MODELS = {"model_a": "house/a", "model_b": "house/b", "repeat_share": 0}


class Visitors:
    """The header X-Glassworks-Visitor says who asks; nobody is the owner of the workshop."""

    def visitor(self, request):
        return Visitor(request.headers["x-glassworks-visitor"], False, "visitor")


class Models:
    def get(self, name):
        if name not in ("house/a", "house/b", "house/minilm"):
            raise NotFoundError("There is no such model.")
        return SimpleNamespace(capabilities=() if name == "house/minilm" else ("causal-lm",))


class Both:
    @staticmethod
    def build(services):
        preferences.build(services)
        preference_files.build(services)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    bucket, home = tmp_path_factory.mktemp("bucket"), tmp_path_factory.mktemp("home")
    settings = Settings(home=home, keep=str(bucket))
    service = opened(settings, runtime=Writer())
    keeping = keeping_of(settings, service)
    told = {"settings": settings, "identity": Visitors(), "models": Models()}
    with launched(Both, SimpleNamespace(preferences=service, keeping=keeping, **told)) as url:
        keeping.start()
        yield url
        keeping.close()


@pytest.fixture
def connect(served):
    """A client of a new visitor each time."""
    return lambda: client_of(served, new_secret())


@pytest.fixture(scope="module")
def anyone(served):
    """For what is refused whoever asks."""
    return client_of(served, new_secret())


@pytest.fixture
def ann(connect):
    return connect()


def ask(client, name, *given, **named):
    return client.predict(*given, **named, api_name=f"/{name}")


def rounded(client, **settings):
    return ask(client, "preference_round", json.dumps({**MODELS, **settings}))


def filled(client, count=2, **settings):
    """A round with so many pairs that came from a file and are not judged yet."""
    found = rounded(client, **settings)
    rows = [{**ROW, "prompt": f"Why {n}?"} for n in range(count)]
    text = "\n".join(map(json.dumps, rows))
    assert ask(client, "preferences_import", found["id"], text=text)["pairs"] == count
    return found


def test_from_a_prompt_to_a_vote_and_out_again(ann):
    found = rounded(ann, title="Foxes")
    *growing, made = ann.submit(found["id"], "Tell me of a fox.", api_name="/preference_pair")
    assert made["done"] and made["prompt"] == [{"role": "user", "content": "Tell me of a fox."}]
    assert not any(one["pair"] or one["done"] for one in growing) and {"model_a", "seed"}.isdisjoint(made)
    told = ask(ann, "preference_vote", made["pair"], "left", 3, ["style"], "It rhymes.", "A better one.")
    assert told["pair"] == made["pair"] and told["choice"] == "left"
    assert (
        ask(ann, "preference_vote", made["pair"], "left", 3, ["style"], "It rhymes.", "A better one.") == told
    )
    with pytest.raises(AppError, match="judged this pair already"):
        ask(ann, "preference_vote", made["pair"], "right")
    assert ask(ann, "preference_vote", made["pair"], "right", revise=True)["id"] == told["id"]
    progress = ask(ann, "preference_progress", found["id"])
    assert progress == {"pairs": 1, "votes": 1, "wanted": 1, "mine": 1, "annotators": 1}
    (row,) = map(json.loads, ask(ann, "preferences_export", found["id"], "trl", whole=False).splitlines())
    assert (row["chosen"], row["rejected"]) == (made["right"], made["left"])
    report = ask(ann, "preferences_report", found["id"])
    assert report["quality"]["votes"] == 1 and {one["model"] for one in report["ratings"]} == {
        "house/a",
        "house/b",
    }
    won = {one["model"]: (one["wins"], one["losses"], one["lengths"]["mine"]) for one in report["win_rates"]}
    assert sorted(won) == ["house/a", "house/b"] and sorted(one[:2] for one in won.values()) == [
        (0, 1),
        (1, 0),
    ]


def test_without_a_round_there_is_one_s_own_and_its_prompts_come_by_themselves(ann):
    made = ask(ann, "preference_pair", "", "Mine?", "house/a", "house/b")
    assert made["done"]
    (own,) = ask(ann, "preference_rounds")
    assert own["title"] == "My preferences"
    again = ask(ann, "preference_pair")
    assert again["pair"] == made["pair"], "it is open still"
    assert ask(ann, "preference_vote", made["pair"], "tie")
    following = ask(
        ann, "preference_pair", model_a="house/a", model_b="house/b", settings='{"temperature_a": 0}'
    )
    assert following["done"] and following["prompt"] != made["prompt"]


def test_several_people_share_a_queue_and_each_sees_their_own_sides(ann, connect):
    found = filled(ann, 4, annotators=2)
    ben = connect()
    joined = ask(ben, "preference_join", found["code"], "Ben", True)
    assert joined["round"] == found["id"] and "code" not in joined and "settings" not in joined
    assert "may publish them" in joined["notice"][0]
    for client in (ann, ben):
        for _ in range(4):
            shown = ask(client, "preference_next", found["id"])
            assert {shown["left"], shown["right"]} == {"Because.", "No."}
            ask(client, "preference_vote", shown["pair"], "left" if shown["left"] == "Because." else "right")
        assert ask(client, "preference_next", found["id"]) == {"pair": ""}
    agreement = ask(ann, "preferences_report", found["id"])["agreement"]
    assert agreement["judged_by_several"] == 4
    assert ask(ben, "preference_forget", found["code"])["votes"] == 4


def test_a_vote_is_saved_when_its_copy_is_there(ann, connect):
    found = filled(ann)
    told = ask(ann, "preference_vote", ask(ann, "preference_next", found["id"])["pair"], "left")
    assert not told["saved"] and told["where"] == "the mounted folder"
    now, end = {"saved": False}, time.monotonic() + 30
    while not now["saved"] and time.monotonic() < end:
        now = ask(ann, "preference_saved", found["id"], told["receipt"])
    assert now == {"saved": True, "where": "the mounted folder", "fault": ""}
    with pytest.raises(AppError, match="send this vote again"):
        ask(ann, "preference_saved", found["id"], "0.1")
    with pytest.raises(AppError, match="no such round"):
        ask(connect(), "preference_saved", found["id"], told["receipt"])


def test_an_open_pair_is_its_visitor_s_alone(ann, connect):
    found = filled(ann)
    ben = connect()
    ask(ben, "preference_join", found["code"], "Ben", True)
    mine, his = (ask(client, "preference_next", found["id"])["pair"] for client in (ann, ben))
    assert mine != his
    for pair in (mine, "nothing"):
        with pytest.raises(AppError, match="not open for you"):
            ask(ben, "preference_vote", pair, "left")
    assert ask(ann, "preference_progress", found["id"])["votes"] == 0


def test_what_is_another_s_does_not_exist(ann, connect):
    found, eve = filled(ann), connect()
    for name, given in (
        ("preference_next", ()),
        ("preference_progress", ()),
        ("preference_join", ("Eve", True)),
        ("preference_control", ("delete",)),
        ("preference_control", ("close",)),
        ("preference_forget", ()),
        ("preference_pair", ("Hi",)),
        ("preference_rank", ("Hi", ["a", "b"], [0, 1])),
        ("preferences_export", ()),
        ("preferences_report", ()),
    ):
        with pytest.raises(AppError, match="no such round"):
            ask(eve, name, found["id"], *given)
    with pytest.raises(AppError, match="no such round"):
        ask(eve, "preferences_import", found["code"], text=json.dumps(ROW))
    ask(eve, "preference_join", found["code"], "Eve", True)
    with pytest.raises(AppError, match="no such round"):
        ask(eve, "preference_pair", found["code"], "Hi", "house/a")


def test_a_round_is_closed_opened_and_deleted(ann):
    found = filled(ann)
    shown = ask(ann, "preference_next", found["id"])
    assert ask(ann, "preference_control", found["id"], "close")["open"] is False
    with pytest.raises(AppError, match="closed"):
        ask(ann, "preference_vote", shown["pair"], "left")
    assert ask(ann, "preference_control", found["id"], "reopen")["open"] is True
    assert ask(ann, "preference_control", found["id"], "delete") == {"deleted": found["id"]}
    assert ask(ann, "preference_rounds") == []


def test_a_file_comes_in_by_its_lines_or_as_an_upload(ann, tmp_path):
    found, file = rounded(ann), tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(ROW) + "\n")
    assert ask(ann, "preferences_import", found["id"], handle_file(file)) == {"pairs": 1, "votes": 1}
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(AppError, match="UTF-8"):
        ask(ann, "preferences_import", found["id"], handle_file(file))
    for text, words in (("", "a pair at least"), ("{", "JSON"), ("[1]", "item 1"), ('{"a": 1}', "line 1")):
        with pytest.raises(AppError, match=words):
            ask(ann, "preferences_import", found["id"], text=text)
    assert ask(ann, "preference_progress", found["id"])["pairs"] == 1


def test_files_of_this_machine_are_not_read(ann, tmp_path):
    found, secret = rounded(ann), tmp_path / "secret.jsonl"
    secret.write_text(json.dumps(ROW))
    sent = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    address = f"{ann.src}gradio_api/call/preferences_import"  # the client would upload the file first
    headers = {"x-glassworks-visitor": ann.headers["x-glassworks-visitor"]}
    asked = httpx.post(address, json={"data": [found["id"], sent]}, headers=headers).json()
    assert "event: error" in httpx.get(f"{address}/{asked['event_id']}", headers=headers).text
    assert ask(ann, "preference_progress", found["id"])["pairs"] == 0


def test_a_ranking_becomes_pairs(ann):
    found = rounded(ann)
    ids = ask(ann, "preference_rank", found["id"], "How?", ["good", "best", "bad"], [1, 0, 2])
    assert len(ids) == 3 == ask(ann, "preference_progress", found["id"])["votes"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[1]", "JSON object"),
        ('{"colour": 1}', "the fields are title"),
        ('{"annotators": 0}', "from 1 to 50"),
        ('{"model_a": "house/none"}', "no such model"),
        ('{"model_a": "house/minilm"}', "continues text"),
        ('{"model_a": "owner/hub-model"}', "for the owner"),
        ('{"model_a": "path:/etc"}', "for the owner"),
        ('{"model_b": "endpoint:x"}', "runs here"),
    ],
)
def test_settings_that_do_not_fit_are_refused(anyone, settings, words):
    try:
        given = json.dumps({**MODELS, **json.loads(settings)})
    except TypeError:
        given = settings
    with pytest.raises(AppError, match=words):
        ask(anyone, "preference_round", given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("left", 7), "from 1 to 3"),
        (("a",), "one of left"),
        ((None,), "one of left"),
        (("left", 1, ["nice"]), "some of helpful"),
        (("left", 1, [], "x" * 2_001), "2,000"),
    ],
)
def test_votes_that_do_not_fit_are_refused_and_the_pair_stays_open(anyone, given, words):
    found = filled(anyone, 1)
    shown = ask(anyone, "preference_next", found["id"])
    with pytest.raises(AppError, match=words):
        ask(anyone, "preference_vote", shown["pair"], *given)
    assert ask(anyone, "preference_next", found["id"]) == shown


def test_unfitting_changes_of_a_pair_are_refused(anyone):
    found = rounded(anyone)
    for settings, words in (('{"title": "x"}', "only model_a"), ('{"top_p": 2}', "top_p accepts")):
        with pytest.raises(AppError, match=words):
            ask(anyone, "preference_pair", found["id"], "Hi", settings=settings)
    for prompt in (" ", "x" * 8_001):
        with pytest.raises(AppError, match="prompt accepts"):
            ask(anyone, "preference_pair", found["id"], prompt)
    with pytest.raises(AppError, match="one of close"):
        ask(anyone, "preference_control", found["id"], "burn")
