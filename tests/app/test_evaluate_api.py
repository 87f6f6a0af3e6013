"""/evaluate and /evaluation through gradio_client; the job is worked on by a model that is a function."""

import json
from collections import Counter

import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from app.api import evaluate
from pipelines.evaluation.running.job import run
from pipelines.evaluation.service import EvaluationService
from pipelines.evaluation.specs import EvalSpec
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.training.rows.store import RowStore
from tests.support import workshop
from tests.support.endpoints import client_of, launched
from tests.support.evaluation_runs import opening, stories, write_rows
from tests.support.scripted import ScriptedContext

services = workshop.services
HOUSE = ["house/story-base", "house/story-instruct"]


@pytest.fixture
def workshop_of(services):
    services.evaluation = EvaluationService(services.settings)
    return services


def work_on(services, job_id: str) -> Counter:
    """How often each thing was asked."""
    job, folder, asked = services.jobs.get(job_id), JobDir(services.settings.runs / job_id), Counter()
    with ScriptedContext(folder) as context:
        spec = EvalSpec.from_dict(job.spec)
        assert run(spec, context, opening(asked), stories, RowStore) is JobState.SUCCEEDED
    return asked


def test_an_evaluation_is_submitted_and_read(workshop_of):
    with launched(evaluate, workshop_of) as url:
        eve, mallory = client_of(url, "eve"), client_of(url, "mallory")
        job = eve.predict(HOUSE, "story_cloze", 20, api_name="/evaluate")
        with pytest.raises(AppError, match="not begun"):
            eve.predict(job, api_name="/evaluation")
        assert sum(work_on(workshop_of, job).values()) == 2 * 2 * 20
        told = eve.predict(job, api_name="/evaluation")
        first, second = told["results"]
        assert told["failed"] == {} and [first["model"], second["model"]] == HOUSE
        assert first["count"] == first["wanted"] == 20 and first["settings"]["num_fewshot"] == 0
        assert [one["metric"] for one in first["figures"]] == ["acc", "acc_norm", "acc_bytes"]

        board = mallory.predict(api_name="/evaluation")
        (column,) = board["columns"]
        assert (column["task"], column["models"]) == ("story_cloze", 2)
        found = {row["model"]: row["results"][column["setup"]] for row in board["rows"]}
        assert found[HOUSE[0]]["figures"] == first["figures"]

        both = mallory.predict(result=first["key"], other=second["key"], api_name="/evaluation")
        (acc, *_), counted = both["compared"]["differences"], both["compared"]["count"]
        assert counted == 20 and acc["test"] == "McNemar, exact" and 0 < acc["p_value"] <= 1
        assert acc["difference"] == pytest.approx(
            second["figures"][0]["value"] - first["figures"][0]["value"]
        )

        asked = {"result": first["key"], "other": second["key"], "form": "items", "only": "differ"}
        items = eve.predict(**asked, count=3, api_name="/evaluation")
        assert items["total"] == acc["wins"] + acc["losses"] and len(items["items"]) == 3
        assert all(one["right"] is not one["other_right"] for one in items["items"])
        assert items["items"][0]["options"][0].keys() >= {"text", "log_prob", "wanted"}
        assert items["items"][0]["fields"]["story"]

        files = eve.predict(job, form="lm_eval", api_name="/evaluation")["files"]
        assert len(files) == 4 and "house__story-base/samples_story_cloze" in " ".join(files)
        again = mallory.predict(HOUSE, ["story_cloze"], 10, api_name="/evaluate")
        assert not work_on(workshop_of, again), "the first ten of them are known"


def test_what_was_read_of_a_visitor_s_own_file_is_theirs(workshop_of, tmp_path):
    rows = handle_file(write_rows(tmp_path / "mine.jsonl", 6))
    with launched(evaluate, workshop_of) as url:
        eve, mallory = client_of(url, "eve"), client_of(url, "mallory")
        job = eve.predict(task="story_cloze", file=rows, settings='{"reader": ""}', api_name="/evaluate")
        work_on(workshop_of, job)
        (found,) = eve.predict(job, api_name="/evaluation")["results"]
        assert found["count"] == 6 and len(eve.predict(api_name="/evaluation")["rows"]) == 1
        assert mallory.predict(api_name="/evaluation")["rows"] == []
        for asked, words in (
            ({"job_id": job}, "There is no job"),
            ({"result": found["key"]}, "There is no result"),
            ({"result": found["key"], "form": "items"}, "There is no result"),
            ({"result": found["key"], "form": "lm_eval"}, "There is no result"),
        ):
            with pytest.raises(AppError, match=words):
                mallory.predict(**asked, api_name="/evaluation")
        upload = workshop_of.jobs.get(job).spec["file"]
        with pytest.raises(AppError, match="no data set"):
            settings = json.dumps({"file": upload})
            mallory.predict(task="story_cloze", settings=settings, api_name="/evaluate")


def test_what_cannot_be_asked_is_refused_before_the_queue(workshop_of):
    with launched(evaluate, workshop_of) as url:
        eve = client_of(url, "eve")
        for given, words in (
            ({"task": "no such task"}, "There is no task"),
            ({"task": "mmlu/alchemy"}, "has no part"),
            ({"task": []}, "tasks accepts"),
            ({"model": 7}, "models accepts"),
            ({"model": "house/minilm-sentiment"}, "models accepts"),
            ({"model": "path:/etc"}, "for the owner"),
            ({"model": "endpoint:none"}, "for the owner"),
            ({"model": "run/0123456789ab"}, "among yours"),
            ({"task": "text:upload:nothing"}, "among yours"),
            ({"task": "text:path:/etc/passwd"}, "Only the owner"),
            ({"task": "text:elsewhere"}, "tasks accepts"),
            ({"settings": '{"file": "/etc/passwd"}'}, "Only the owner"),
            ({"settings": '{"judge": "path:/etc"}'}, "for the owner"),
            ({"settings": '{"context_length": 8, "stride": 9}'}, "stride accepts"),
            ({"settings": '{"colour": 1}'}, "colour"),
            ({"limit": -1}, "limit accepts"),
            ({"file": {"path": "/etc/passwd"}}, "uploaded file"),
        ):
            with pytest.raises(AppError, match=words):
                eve.predict(**given, api_name="/evaluate")
        assert workshop_of.jobs.list() == []
        for given, words in (
            ({"form": "pictures"}, "form accepts"),
            ({"form": "items"}, "form accepts"),
            ({"result": "../../etc"}, "There is no result"),
            ({"job_id": "0123456789ab"}, "There is no job"),
        ):
            with pytest.raises(AppError, match=words):
                eve.predict(**given, api_name="/evaluation")
