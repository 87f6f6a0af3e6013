"""/check_dataset through gradio_client: the real services and the real tokenizer worker."""

import json
from dataclasses import replace

import gradio as gr
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from app.api import check_dataset
from app.launch import serve
from app.services import make_services
from pipelines.core.settings import Settings
from pipelines.models import minilm
from tests.support.endpoints import client_of, launched
from tests.support.workshop import Header

BASE = {"base": "house/story-base", "task": "instruct", "validation_share": 0.2}
ROWS = [{"prompt": f"Say {n}.", "completion": f"It is {n}, <b>of course</b>."} for n in range(20)]


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), device="cpu")
    settings.make_folders()
    made = make_services(settings)
    yield made
    made.tokenizers.close()


@pytest.fixture(scope="module")
def client(services):
    with gr.Blocks(analytics_enabled=False) as page:
        check_dataset.build(services)
    url = serve(page, services.settings, server_name="127.0.0.1")
    found = Client(url, verbose=False)
    yield found
    found.close()
    page.close(verbose=False)


def asked(client, rows=ROWS, file=None, show=None, **spec):
    given = "\n".join(map(json.dumps, rows)) if rows else ""
    return client.predict(json.dumps({**BASE, **spec}), file, given, show, api_name="/check_dataset")


def test_rows_are_kept_checked_and_shown(client, services):
    answer = asked(client, chat_template="house", show=[4])
    assert (answer["training"], answer["held_out"], answer["blocked"]) == (16, 4, False)
    (row,) = answer["preview"]
    assert row["row"] == 4 and "".join(row["tokens"]).startswith("<|user|>Say 3.")
    assert len(row["ids"]) == len(row["trained"]) == len(row["special"]) and not row["trained"][0]
    assert services.rows.describe(answer["dataset"]).rows == 20
    again = asked(client, rows=None, dataset=answer["dataset"], chat_template="house")
    assert again["lengths"] == answer["lengths"] and len(again["preview"]) == 6


def test_a_finding_names_rows_and_its_mend_mends_it(client):
    rows = [*ROWS, {"prompt": "word " * 90, "completion": "Yes."}]
    answer = asked(client, rows, max_length=32)
    first = answer["findings"][0]
    assert answer["blocked"] and (first["check"], first["level"], first["rows"]) == (
        "nothing learnt",
        "blocks",
        [21],
    )
    assert not asked(client, rows, **first["mend"])["findings"]


def test_a_file_of_an_encoder_task(client, tmp_path):
    file = tmp_path / "reviews.csv"
    lines = [f"film {n} was seen,{'good' if n % 2 else 'bad'}" for n in range(30)]
    file.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    answer = asked(client, None, handle_file(str(file)), task="classify", base=minilm.NAME)
    assert not answer["findings"] and answer["preview"][0]["note"].startswith("Label: ")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"task": "dance"}, "task accepts one of"),
        ({"base": "house/nobody"}, "house/nobody"),
        ({"max_length": 1}, "max_length accepts"),
        ({"lora_r": 0}, "lora_r accepts"),
        ({"base": "house/story-base", "task": "classify"}, "base accepts"),
    ],
)
def test_a_wrong_spec_is_refused_by_name(client, spec, words):
    with pytest.raises(AppError, match=words):
        asked(client, **spec)


def test_rows_are_for_who_brought_them(services):
    known = replace(services, identity=Header())
    with launched(check_dataset, known) as url:
        eve, mallory = client_of(url, "eve"), client_of(url, "mallory")
        answer = asked(eve)
        assert asked(eve, None, dataset=answer["dataset"])["training"] == 16
        for dataset in (answer["dataset"], "path:/etc/hostname", "hub:a/b"):
            with pytest.raises(AppError, match=r"no data set|Only the owner"):
                asked(mallory, None, dataset=dataset)
        with pytest.raises(AppError, match="no data set"):
            asked(mallory, validation=answer["dataset"])


def test_only_what_was_uploaded_here(client):
    with pytest.raises(AppError, match="upload"):
        asked(client, None, dataset="upload:" + "0" * 24)
    with pytest.raises(AppError, match="file accepts"):
        client.predict(json.dumps(BASE), {"path": "/etc/hostname"}, "", None, api_name="/check_dataset")
    with pytest.raises(AppError, match="nothing beside rows"):
        asked(client, file={"path": "x"})
    with pytest.raises(AppError, match="rows accepts"):
        asked(client, show=[0])


def test_preferences_are_checked_by_their_own_kind(client):
    pairs = [{"prompt": f"Say {n}.", "chosen": f"It is {n}.", "rejected": f"Not {n}."} for n in range(20)]
    spec = {"base": "house/story-instruct", "method": "full"}
    for task in ("dpo", "kto", "orpo", "reward"):
        answer = asked(client, pairs, task=task, **spec)
        assert answer["format"] == "pairs" and not answer["blocked"]
        assert answer["preview"][0]["note"] in ("Preferred", "A good answer")
    same = [*pairs, {"prompt": "Why?", "chosen": "So.", "rejected": "So."}]
    found = asked(client, same, task="dpo", **spec)
    assert found["blocked"] and found["findings"][0]["check"] == "identical answers"
    with pytest.raises(AppError, match="beta accepts"):
        asked(client, pairs, task="dpo", beta=0, **spec)
