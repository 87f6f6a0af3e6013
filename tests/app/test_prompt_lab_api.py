"""/run_prompt_lab, /prompt_results and /prompt_trace through gradio_client; the job is worked on by a model
that is a function."""

import json

import pytest
from gradio_client.exceptions import AppError

from app.api import prompt_lab
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.prompting.lab.job import run
from pipelines.prompting.specs import PromptLabSpec
from tests.support import workshop
from tests.support.endpoints import client_of, launched
from tests.support.lab_models import opened
from tests.support.scripted import ScriptedContext

services = workshop.services
ITEMS = [{"question": f"{n} + {n}?", "answer": str(2 * n)} for n in range(1, 9)]


def say(call) -> str:
    """Adds with steps, and says 4 without."""
    question = call.messages[-1].content
    number = int(question.split()[0])
    stepwise = "step by step" in question
    return (
        f"{number} + {number} = {2 * number}. The answer is {2 * number}." if stepwise else "The answer is 4."
    )


def work_on(services, job_id: str, monkeypatch) -> None:
    monkeypatch.setenv("GLASSWORKS_HOME", str(services.settings.home))
    job = services.jobs.get(job_id)
    folder = JobDir(services.settings.runs / job_id)
    if not folder.path.exists():
        folder.create(job.kind, job_id, job.spec)
    with ScriptedContext(folder) as context:
        assert run(PromptLabSpec.from_dict(job.spec), context, open=opened(say)) is JobState.SUCCEEDED


def test_a_run_is_submitted_read_and_kept_from_others(services, monkeypatch):
    with launched(prompt_lab, services) as url:
        eve, mallory = client_of(url, "eve"), client_of(url, "mallory")
        settings = json.dumps({"max_new_tokens": 30, "self_consistency": {"samples": 3}})
        strategies = ["direct", "cot", "self_consistency"]
        job = eve.predict(ITEMS, strategies, "house/story-base", settings, 8, 0, api_name="/run_prompt_lab")
        with pytest.raises(AppError, match="not asked anything yet"):
            eve.predict(job, api_name="/prompt_results")
        work_on(services, job, monkeypatch)
        found = eve.predict(job, api_name="/prompt_results")
        direct, cot, votes = found["strategies"]
        assert (direct["strategy"], direct["accuracy"], cot["accuracy"], votes["accuracy"]) == (
            "direct",
            1 / 8,
            1,
            1,
        )
        assert (
            cot["interval"][0] > 0.6
            and cot["tokens"] == 16
            and votes["tokens"] == 26
            and votes["votes"]["share"] == 1
        )
        pair = found["paired"][0]
        assert (pair["first"], pair["second"], pair["items"]) == ("Direct", "Chain of thought", 8)
        assert pair["p_value"] == pytest.approx(2 / 2**7) and len(pair["differences"]) == 7
        assert found["sentence"].startswith("On the same 8 items chain of thought is right on 100.0%")
        assert found["findings"] == []
        trace = eve.predict(job, pair["differences"][0]["item"], api_name="/prompt_trace")
        assert [one["cell"] for one in trace["cells"]] == ["Direct", "Chain of thought", "Self-consistency"]
        assert trace["cells"][1]["trace"][0]["messages"][-1]["content"].endswith("step by step.")
        strict = eve.predict(
            job, "custom", '{"kind": "number", "pattern": "= (\\\\d+)"}', api_name="/prompt_results"
        )
        assert [one["accuracy"] for one in strict["strategies"]] == [0, 1, 1], "read anew, asked once"
        for read in ("/prompt_results", "/prompt_trace", "/prompt_script"):
            with pytest.raises(AppError, match="There is no job"):
                mallory.predict(job, *(["x"] if read == "/prompt_trace" else []), api_name=read)
        script = eve.predict(job, 1, api_name="/prompt_script")
        compile(script, "script.py", "exec")
        assert "1 + 1? Let's think step by step." in script and "assets/models/story-base" in script
        with pytest.raises(AppError, match="cell accepts a whole number from 0 to 2"):
            eve.predict(job, 3, api_name="/prompt_script")
        with pytest.raises(AppError, match="no item"):
            eve.predict(job, "nothing", api_name="/prompt_trace")
        with pytest.raises(AppError, match="rule accepts"):
            eve.predict(job, "custom", api_name="/prompt_results")


def test_what_cannot_be_asked_is_refused_before_the_queue(services):
    with launched(prompt_lab, services) as url:
        eve = client_of(url, "eve")
        for given, words in (
            ({"items": "no such task"}, "task accepts"),
            ({"items": [{"question": "?"}]}, "answer"),
            ({"strategies": ["guess"]}, "strategy accepts"),
            ({"settings": '{"samples": 3}'}, "settings accepts"),
            (
                {"settings": '{"self_consistency": {"samples": 1}}', "strategies": ["self_consistency"]},
                "samples",
            ),
            ({"model": "path:/etc"}, "for the owner"),
            ({"model": "endpoint:none"}, "for the owner"),
            ({"model": "house/minilm-sentiment"}, "models accepts"),
            ({"spec": '{"file": "/etc/passwd", "task": "gsm8k"}'}, "owner"),
            ({"spec": '{"prompts": [{"template": "{question} {colour}"}]}'}, "colour"),
            ({"spec": '{"answers": {"pattern": "("}}'}, "pattern"),
            ({"n": 0}, "n accepts"),
        ):
            asked = {"model": "house/story-base", **given}
            with pytest.raises(AppError, match=words):
                eve.predict(**asked, api_name="/run_prompt_lab")
        assert services.jobs.list() == []


def test_a_label_that_is_never_said_is_named(services, monkeypatch):
    items = [{"question": f"{n} is?", "answer": ("odd", "even")[n % 2]} for n in range(12)]
    with launched(prompt_lab, services) as url:
        eve = client_of(url, "eve")
        job = eve.predict(items, ["cot"], "house/story-base", n=12, api_name="/run_prompt_lab")
        work_on(services, job, monkeypatch)
        found = eve.predict(job, api_name="/prompt_results")
    assert found["kind"] == "label" and found["findings"][0] == (
        "No response names the label 'even', which 6 items want."
    )
