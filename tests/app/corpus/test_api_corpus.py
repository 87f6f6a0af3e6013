"""The endpoints over HTTP, called with gradio_client on a launched app."""

import json

import pytest
from gradio_client.exceptions import AppError

from app.api import corpus as api
from tests.support.endpoints import client_of, launched


@pytest.fixture
def connect(services):
    """``connect("eve")`` is a client of that visitor."""
    with launched(api, services) as url:
        yield lambda name="owner": client_of(url, name)


def test_clean_report_and_preview(connect, upload, do, services):
    client = connect("eve")
    spec = json.dumps({"near_duplicates": False, "name": "Tidy"})
    job_id = client.predict(upload("eve"), spec, api_name="/curate_corpus")
    with pytest.raises(AppError, match="its report comes when it has succeeded"):
        client.predict(job_id, api_name="/corpus_report")
    do(job_id)
    report = client.predict(job_id, api_name="/corpus_report")
    assert (report["read"]["documents"], report["kept"]["documents"], report["name"]) == (32, 30, "Tidy")
    assert {s["name"]: s["documents"] for s in report["removed"]}["exact_duplicates"] == 2
    rows = client.predict(f"run:{job_id}", "house/story-base", 32, 2, api_name="/packing_preview")
    assert rows["packed"]["tokens"] == sum(map(len, rows["tokens"])) and len(rows["tokens"]) == 2
    assert all(
        sum(length for _, _, length in row["spans"]) + row["padding"] == 32
        for way in ("packed", "padded", "cut")
        for row in rows[way]["rows"]
    )
    mallory = connect("mallory")
    for call in (("/corpus_report", job_id), ("/packing_preview", f"run:{job_id}")):
        with pytest.raises(AppError, match="There is no job"):
            mallory.predict(call[1], api_name=call[0])


@pytest.mark.parametrize(
    ("corpus", "spec", "words"),
    [
        ("sample", '{"limit": 0}', "limit accepts a whole number from 1"),
        ("sample", "[]", "spec accepts a JSON object"),
        ("nonsense", "{}", "corpus accepts 'sample'"),
        ("hub:one", "{}", "corpus accepts 'sample'"),
        ("upload:0", "{}", "no such upload"),
    ],
)
def test_a_wrong_request_is_refused_by_name(connect, services, corpus, spec, words):
    with pytest.raises(AppError, match=words):
        connect().predict(corpus, spec, api_name="/curate_corpus")
    assert services.jobs.list() == []


def test_a_job_of_another_kind_has_no_report(connect, services):
    job_id = services.jobs.submit("pretrain", {}, "owner").id
    with pytest.raises(AppError, match="cleans no corpus"):
        connect().predict(job_id, api_name="/corpus_report")
