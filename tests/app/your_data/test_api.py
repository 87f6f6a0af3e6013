"""``/my_data`` and ``/forget_me`` over HTTP, as two visitors."""

from pathlib import Path

import gradio as gr
import pytest
from gradio_client.exceptions import AppError

from app.api import your_data
from app.identity import Visitor, new_secret
from tests.support.endpoints import client_of, launched
from tests.support.your_data import KINDS, mark, texts_of


@pytest.fixture
def connect(services):
    """``connect()`` → (a client, its visitor's id)."""

    class Guests:
        def visitor(self, request: gr.Request) -> Visitor:
            return Visitor(f"visitor-{request.headers['x-glassworks-visitor']}", False, "visitor")

    services.identity = Guests()
    with launched(your_data, services) as url:

        def made():
            secret = new_secret()
            return client_of(url, secret), f"visitor-{secret}"

        yield made


def test_a_visitor_sees_takes_and_deletes_what_is_theirs_alone(connect, keeper):
    (eve, eves), (ada, adas) = connect(), connect()
    for name in KINDS:
        getattr(keeper, name)(eves, 1), getattr(keeper, name)(adas, 1)
    told = eve.predict(api_name="/my_data")
    assert {one["name"]: one["count"] for one in told["kinds"]} == dict.fromkeys(KINDS, 1)
    assert told["archive"] is None and "guest" in told["notice"][0]
    file = eve.predict(archive=True, kinds=["trees", "votes"], api_name="/my_data")["archive"]
    found = "".join(texts_of(Path(file)).values())
    assert mark(eves) in found and mark(adas) not in found

    for wrong in ({}, {"confirm": "yes"}, {"confirm": True, "kinds": ["runs"]}):
        with pytest.raises(AppError, match="accepts"):
            eve.predict(**wrong, api_name="/forget_me")
    gone = eve.predict(confirm=True, kinds=["trees"], api_name="/forget_me")
    assert gone == {"deleted": {"trees": 1}, "left": []}
    assert sum(eve.predict(confirm=True, api_name="/forget_me")["deleted"].values()) == len(KINDS) - 1
    assert not any(one["count"] for one in eve.predict(api_name="/my_data")["kinds"])
    assert all(one["count"] == 1 for one in ada.predict(api_name="/my_data")["kinds"])
