"""The queue: so many requests of a visitor at once, counted as they are, and refused in our words."""

import threading
import time

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from app.identity import new_secret
from app.launch import serve
from app.limits import ADDRESS_SHARE, Limits
from pipelines.core.settings import Settings

AT_ONCE = 2


class Page:
    """A launched page with one endpoint, ``/slow``, that waits until it is let go."""

    def __init__(self, home):
        settings = Settings(
            home=home, SPACE_ID="someone/glassworks", visitor_at_once=AT_ONCE, owner_token="o"
        )
        self.gate = threading.Event()
        with gr.Blocks() as self.blocks:
            gr.api(self._slow, api_name="slow")
        self.url = serve(self.blocks, settings, Limits(settings), server_name="127.0.0.1")
        self.queue = self.blocks._queue
        self.http = httpx.Client(base_url=f"{self.url}gradio_api")

    def _slow(self, text: str) -> str:
        self.gate.wait(30)
        return text

    def join(self, secret="", address="8.8.8.8", **headers):
        sent = {"X-Forwarded-For": address, **({"X-Glassworks-Visitor": secret} if secret else {}), **headers}
        return self.http.post("/call/slow", json={"data": ["a"]}, headers=sent)

    def let_go(self):
        """Have all come to their end."""
        self.gate.set()
        until = time.monotonic() + 20
        while self.under_way() and time.monotonic() < until:
            time.sleep(0.02)
        self.gate.clear()
        assert not self.under_way()

    def under_way(self):
        waiting = sum(len(one.queue) for one in self.queue.event_queue_per_concurrency_id.values())
        return waiting + sum(len(events) for events in self.queue.active_jobs if events)


@pytest.fixture(scope="module")
def launched(tmp_path_factory):
    page = Page(tmp_path_factory.mktemp("home"))
    yield page
    page.gate.set()
    page.blocks.close()


@pytest.fixture
def page(launched):
    yield launched
    launched.let_go()


def test_one_too_many_is_told_when_to_come_back(page):
    mine = new_secret()
    assert [page.join(mine).status_code for _ in range(AT_ONCE)] == [200] * AT_ONCE
    refused = page.join(mine)
    assert refused.status_code == 429 and refused.headers["retry-after"] == "2"
    assert refused.json()["detail"].startswith("At most 2 requests at once are accepted from a visitor here.")
    assert page.join(new_secret()).status_code == 200  # somebody else
    page.let_go()
    assert page.join(mine).status_code == 200


def test_the_page_and_gradios_client_speak_to_the_same_door(page):
    mine = new_secret()
    client = Client(page.url, headers={"X-Glassworks-Visitor": mine}, verbose=False)
    jobs = [client.submit("a", api_name="/slow") for _ in range(AT_ONCE)]
    until = time.monotonic() + 10
    while page.under_way() < AT_ONCE and time.monotonic() < until:
        time.sleep(0.02)
    assert page.join(mine).status_code == 429
    page.let_go()
    assert [job.result() for job in jobs] == ["a"] * AT_ONCE


def test_new_secrets_from_one_address_do_not_fill_the_queue(page):
    answers = [page.join(new_secret()) for _ in range(ADDRESS_SHARE * AT_ONCE + 1)]
    assert [one.status_code for one in answers[:-1]] == [200] * (len(answers) - 1)
    assert answers[-1].status_code == 429 and "one address" in answers[-1].json()["detail"]
    assert page.join(address="8.8.4.4").status_code == 200  # without any secret


def test_those_who_have_left_count_no_more(page):
    mine = new_secret()
    for _ in range(AT_ONCE):
        page.join(mine)
    for waiting in page.queue.event_queue_per_concurrency_id.values():
        for event in list(waiting.queue):
            page.http.post("/cancel", json={"event_id": event._id, "session_hash": "", "fn_index": 0})
    page.let_go()
    assert page.join(mine).status_code == 200


def test_the_owner_waits_behind_no_limit_but_the_queues_own(page):
    answers = [page.join(**{"X-Glassworks-Owner": "o"}) for _ in range(8 + 32 + 2)]
    full = [one for one in answers if one.status_code != 200]
    assert {one.status_code for one in full} == {503} and 1 <= len(full) <= 10
    assert full[-1].json()["detail"].startswith("Many requests of all visitors are waiting")


def test_a_secret_that_is_none_is_refused_in_words(page):
    refused = page.join("not a secret")
    assert refused.status_code == 403 and "32 hexadecimal digits" in refused.json()["detail"]
