"""Exported files are read by lm-evaluation-harness's own functions, and say what it says itself."""

import json
import math
from pathlib import Path

import datasets
import pytest
from lm_eval import utils

from pipelines.core.errors import SpecError
from pipelines.evaluation.answering.opened import opened
from pipelines.evaluation.running.job import run
from pipelines.evaluation.service import EvaluationService
from pipelines.evaluation.specs import EvalSpec
from pipelines.jobs.states import JobState
from tests.support.evaluated import write_result
from tests.support.evaluation_rows import file_of, published, rows
from tests.support.evaluation_runs import Uploads, new_job, stories
from tests.support.harness import harness

SAME = {"doc_id", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "target_hash"}


@pytest.fixture
def service(settings):
    return EvaluationService(settings)


def saved(folder: Path, files) -> list[str]:
    for one in files:
        path = folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text, encoding="utf-8")
    return [str(folder / one.name) for one in files]


def test_the_harness_reads_what_is_written(service, settings, tmp_path):
    one = write_result(settings, "house/a", [True, False] * 6, created=1e9)
    parts = write_result(settings, "house/a", [True] * 5, task="minimal_pairs", parts=("x", "y"), created=1e9)
    names = saved(tmp_path, service.export([one, parts]))
    (results,) = utils.get_results_filenames(names)
    samples = utils.get_sample_results_filenames(names)
    told = json.loads(Path(results).read_text())
    tasks = {"story_cloze", "minimal_pairs_x", "minimal_pairs_y"}
    assert {utils.get_file_task_name(Path(name).name) for name in samples} == tasks
    assert Path(results).parent.name == utils.sanitize_model_name("house/a") == told["model_name_sanitized"]
    assert utils.get_latest_filename(names) and told["task_hashes"].keys() == tasks
    table = utils.make_table(told)
    assert "|story_cloze" in table and "|acc|↑|0.5|±|0.15" in table.replace(" ", "")
    assert " - x" in table and "|minimal_pairs" in utils.make_table(told, "groups")
    assert told["group_subtasks"] == {"minimal_pairs": ["minimal_pairs_x", "minimal_pairs_y"]}
    assert told["n-samples"]["minimal_pairs_x"] == {"original": 3, "effective": 3}
    assert told["n-shot"]["story_cloze"] == 0 and told["higher_is_better"]["story_cloze"]["acc"] is True
    read = datasets.Dataset.from_json([name for name in samples if "story_cloze" in name])
    assert len(read) == 12 and read[1]["acc"] == 0 and read[0]["doc"]["endings"] == ["It slept.", "It table."]


def test_two_ways_of_one_task_are_two_files(service, settings):
    keys = [write_result(settings, "house/a", [True] * n, created=float(n)) for n in (2, 3)]
    keys.append(write_result(settings, "run/0123456789ab", [True]))
    names = [one.name for one in service.export(keys) if one.name.endswith(".json")]
    assert len(set(names)) == 3 and sum(name.startswith("house__a/") for name in names) == 2
    for wrong in ([], keys[:1] * 2):
        with pytest.raises(SpecError, match="keys"):
            service.export(wrong)


def test_a_run_says_what_the_harness_says(service, settings, monkeypatch, scripted, tiny_gpt2):
    """A real model, by the job; the harness on the same rows."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    job, task = new_job(settings), "arc_easy"
    spec = EvalSpec(models=(f"path:{tiny_gpt2}",), tasks=(task,), file=file_of(task), limit=24)
    with scripted(job) as context:
        assert run(spec, context, opened, stories, Uploads) is JobState.SUCCEEDED
    (key,) = service.under_way(job.path.name).keys
    files = {one.name.rpartition(".")[2]: one.text for one in service.export([key])}
    ours = json.loads(files["json"])["results"][task]
    theirs = harness(tiny_gpt2, "arc/arc_easy", [published(task, row) for row in rows(task)[:24]])
    for name in ("acc,none", "acc_norm,none", "acc_stderr,none", "acc_norm_stderr,none"):
        assert ours[name] == pytest.approx(theirs["figures"][name], abs=5e-5)
    samples = [json.loads(line) for line in files["jsonl"].splitlines()]
    for mine, sample in zip(samples, theirs["samples"], strict=True):
        assert mine.keys() >= sample.keys() >= SAME
        assert mine["acc"] == sample["acc"] and mine["acc_norm"] == sample["acc_norm"]
        asked = [tuple(one.values()) for one in mine["arguments"].values()]
        assert asked == [(context, text.removeprefix(" ")) for context, text in sample["arguments"]]
        assert mine["prompt_hash"] == sample["prompt_hash"] and mine["resps"][0][0][1] in ("True", "False")
        scores = [float(one[0][0]) for one in mine["resps"]]
        assert scores == pytest.approx([one[0][0] for one in sample["resps"]], abs=1e-4)
    assert not math.isnan(ours["acc,none"])
