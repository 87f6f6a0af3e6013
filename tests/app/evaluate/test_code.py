"""A run as lines for lm-evaluation-harness: they are Python, and it has these tasks."""

import ast

import pytest

from app.evaluate.code import evaluate_code, is_the_harness_s
from pipelines.evaluation.results.export import task_name
from pipelines.evaluation.specs import EvalSpec
from pipelines.evaluation.tasks.registry import TASKS


@pytest.fixture
def code(services, asked_by):
    def written(**fields) -> str:
        visitor = services.identity.visitor(asked_by(fields.pop("visitor", "owner")))
        return evaluate_code(services, visitor, EvalSpec(**fields))

    return written


def test_the_run_is_one_call_of_the_harness(code):
    text = code(tasks=("arc_easy", "mmlu/anatomy"), limit=20, num_fewshot=3)
    [call] = [
        n
        for n in ast.walk(ast.parse(text))
        if getattr(n.func if isinstance(n, ast.Call) else None, "attr", "") == "simple_evaluate"
    ]
    told = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg != "model"}
    assert told["tasks"] == ["arc_easy", "mmlu_anatomy"] and (told["limit"], told["num_fewshot"]) == (20, 3)
    assert "confirm_run_unsafe_code" not in told and "assets/models/story-base" in text


def test_what_only_this_app_can_ask_is_named_or_nothing_is_written(code):
    assert code(tasks=("story_cloze", "text:sample")) == "" and code(models=("endpoint:x",)) == ""
    text = code(tasks=("piqa", "arithmetic"), models=("house/story-base", "endpoint:x", "someone/not-here"))
    assert text.startswith("# Only this app can ask: endpoint:x, arithmetic\n") and "someone/not-here" in text
    assert ast.parse(text) and "confirm_run_unsafe_code=True" in code(tasks=("humaneval",))


@pytest.mark.slow
def test_the_harness_has_every_task_of_the_lines():
    from lm_eval.tasks import TaskManager

    known = set(TaskManager().all_tasks)
    named = [name for name in TASKS if is_the_harness_s(name)]
    assert len(named) > 15 and [name for name in named if task_name(name) not in known] == []
    parts = [f"{name}/{part}" for name in named for part in TASKS[name].parts]
    assert len(parts) > 150 and [one for one in parts if task_name(one) not in known] == []
