"""Wrong values, empty and binary files, unknown names: the answer says what is accepted, nothing is lost."""

import json

import pytest
from gradio_client.exceptions import AppError

from tests.support.finished_runs import write_run
from tests.support.small_run import Api, tiny, write_corpus

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def api(running_app) -> Api:
    return Api(running_app.url)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> str:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "stories.jsonl", documents=40)


def refusal(call, *given, **named) -> str:
    """The message with which the app refuses this call."""
    with pytest.raises(AppError) as refused:
        call(*given, **named)
    message = str(refused.value)
    assert "Traceback" not in message and "/pipelines/" not in message
    return message


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("max_steps", 0, "from 1 to 1,000,000"),
        ("batch_size", "many", "a whole number from 1 to 1024"),
        ("architecture", "mamba", "one of 'llama', 'gpt2'"),
        ("learning_rate", -1, "a number from 1e-06 to 0.1"),
        ("num_kv_heads", 3, "a divisor of num_heads"),
        ("hidden_size", 33, "a multiple of num_heads"),
        ("corpus", "gopher://x", "'path:<file or folder>' or 'hub:<owner>/<name>"),
        ("compile", "yes", "true or false"),
        ("depth", 4, "the fields are"),
        ("seed", None, "a whole number"),
    ],
)
def test_wrong_value_names_field_and_accepted_range(api, corpus, field, value, accepted):
    message = refusal(api.submit, {**tiny(corpus), field: value})
    assert field in message and accepted in message


@pytest.mark.parametrize("spec", ["[]", "{", "null", '"text"', "[" * 20_000])
def test_spec_that_is_no_object_is_refused(api, spec):
    assert "JSON object" in refusal(api.client.predict, "pretrain", spec, api_name="/submit_job")


def test_unknown_kind_lists_the_kinds(api):
    assert "pretrain" in refusal(api.submit, {}, kind="distil")


@pytest.mark.parametrize("job_id", ["", "nope", "../../etc", "000000000000", "x" * 5000])
def test_unknown_job_is_not_found(api, job_id):
    assert "job" in refusal(api.job, job_id).lower()


def test_action_that_does_not_fit_names_those_that_do(api, running_app):
    job_id = write_run(running_app.home)
    assert api.job(job_id)["state"] == "succeeded"
    assert "succeeded" in refusal(api.control, job_id, "pause")
    assert "pause" in refusal(api.control, job_id, "explode")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.txt"),
        (b"   \n\n ", "blank.txt"),
        (bytes(range(256)) * 40, "binary.txt"),
        (b"", "empty.jsonl"),
        (b'{"text": "fine"}\nnot json\n', "broken.jsonl"),
        (b"\x1f\x8b\x08 not gzip", "damaged.txt.gz"),
    ],
)
def test_unreadable_corpus_gets_a_message(api, tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    message = failure(api, tiny(f"path:{path}"))
    assert name in message or "text" in message


def test_corpus_shorter_than_a_context_gets_a_message(api, tmp_path):
    path = tmp_path / "short.jsonl"
    path.write_text("".join(f'{{"text": "Anna found {n} red kites."}}\n' for n in range(4)))
    message = failure(api, tiny(f"path:{path}", context_length=512))
    assert "fewer than one context" in message and "context_length" in message


def test_corpus_that_is_not_there_gets_a_message(api, tmp_path):
    assert "gone.txt" in failure(api, tiny(f"path:{tmp_path / 'gone.txt'}"))
    for upload in ("upload:000000000000", "upload:../x"):
        assert "upload" in failure(api, tiny(upload))


def failure(api: Api, spec: dict) -> str:
    """The message of a refused submission, or of the job that failed for it; the app goes on either way."""
    try:
        job_id = api.submit(spec)
    except AppError as refused:
        return str(refused)
    job = api.wait_for_end(job_id, 90)
    assert job["state"] == "failed" and job["message"] and "Traceback" not in job["message"], job
    return job["message"]


@pytest.mark.parametrize(
    ("knobs", "accepted"),
    [
        ({"temperature": 99}, "temperature accepts a number from 0 to 5"),
        ({"top_p": 0}, "top_p accepts a number from 0.01 to 1"),
        ({"max_new_tokens": 0}, "max_new_tokens accepts a whole number from 1 to 4096"),
        ({"seed": -1}, "seed accepts"),
    ],
)
def test_decoding_knob_out_of_range(api, knobs, accepted):
    assert accepted in refusal(api.generate, "house/none", **knobs)


@pytest.mark.parametrize(
    "model", ["house/none", "run/000000000000", "run/../x", "path:/nowhere", "endpoint:x"]
)
def test_unknown_model_is_a_clear_error(api, model):
    message = refusal(api.generate, model)
    assert "model" in message.lower() or "folder" in message.lower(), message


def test_all_this_lost_nothing(api, corpus):
    job_id = api.submit(tiny(corpus, max_steps=8, warmup_steps=2))
    job = api.wait_for_end(job_id)
    assert job["state"] == "succeeded" and json.dumps(job)
    assert isinstance(api.generate(job["artifact"], max_new_tokens=5), str)
