"""The tasks as a list: names, parts, headings; and that reading it costs nothing."""

import subprocess
import sys

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.evaluation.tasks.registry import TASKS, groups, task_named
from pipelines.evaluation.tasks.rows import BUNDLED

ASKED = {
    "hellaswag", "arc_easy", "arc_challenge", "mmlu", "piqa", "winogrande", "blimp",
    "truthfulqa_mc1", "truthfulqa_mc2", "lambada_openai", "commonsense_qa", "crows_pairs_english",
    "story_cloze", "minimal_pairs", "arithmetic", "story_reading",
}  # fmt: skip


def test_what_is_there():
    assert set(TASKS) >= ASKED
    for task in TASKS.values():
        assert task.title and task.about.endswith(".") and task.licence and task.source and task.fields
        assert task.metrics and len({metric.name for metric in task.metrics}) == len(task.metrics)
        assert not task.bundled or (BUNDLED / task.bundled).is_file(), task.name
        assert task.examples in ("drawn", "first", "none")


def test_names_with_parts():
    assert task_named("mmlu") == (TASKS["mmlu"], "") and task_named("mmlu/virology")[1] == "virology"
    with pytest.raises(NotFoundError, match=r"no task 'nothing'; there are .*arc_easy"):
        task_named("nothing")
    with pytest.raises(NotFoundError, match=r"MMLU has no part 'cooking'; its parts are .*anatomy"):
        task_named("mmlu/cooking")
    with pytest.raises(NotFoundError, match="it has no parts"):
        task_named("piqa/hard")


def test_each_task_stands_under_one_heading_what_comes_with_the_app_first():
    told = [task.name for tasks in groups().values() for task in tasks]
    assert sorted(told) == sorted(TASKS)
    assert next(iter(groups().values()))[0].bundled and all(groups().values())


def test_the_list_imports_nothing_heavy():
    code = "import sys, pipelines.evaluation.tasks.registry as _; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
