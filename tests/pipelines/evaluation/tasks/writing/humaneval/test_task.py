"""HumanEval as a task: what is asked, what is run, what is told."""

import pytest

from pipelines.common.sandbox.run import NoSandboxError
from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.humaneval import task
from pipelines.evaluation.tasks.writing.humaneval.programs import Verdict
from pipelines.evaluation.tasks.writing.humaneval.task import HUMANEVAL
from tests.support.scripted_answerers import ScriptedAnswerer

ROW = {
    "task_id": "T/0",
    "prompt": "def one():\n",
    "entry_point": "one",
    "test": "def check(candidate):\n    assert candidate() == 1\n",
}
ITEM = Item("0", ROW)


@pytest.fixture(autouse=True)
def told_by_the_text(monkeypatch):
    """No program is run: those that return 1 pass."""
    monkeypatch.setattr(task, "way", lambda: "inside")
    monkeypatch.setattr(
        task,
        "verdicts",
        lambda found: [Verdict("passed" if "return 1" in one else "failed") for one in found],
    )


def test_one_answer_is_greedy():
    model = ScriptedAnswerer(lambda write: "    return 1")
    (outcome,) = HUMANEVAL.outcomes([ITEM], model, Setting())
    assert outcome.values == {"pass@1,create_test": 1.0}
    assert outcome.details == {"tests": [{"told": "passed", "error": ""}], "passed": 1, "samples": 1}
    (asked,) = model.asked
    assert (asked.context, asked.temperature, asked.samples) == ("def one():\n", 0.0, 1)
    assert asked.until == ("\nclass", "\ndef", "\n#", "\nif", "\nprint") and asked.max_new_tokens == 1024


def test_several_are_drawn():
    model = ScriptedAnswerer(lambda write: ("    return 1", "    return 2", "    return 3", "    return 1"))
    (outcome,) = HUMANEVAL.outcomes([ITEM], model, Setting(samples=4, seed=3))
    assert outcome.values == {"pass@1,create_test": 0.5, "pass@2,create_test": pytest.approx(5 / 6)}
    assert (model.asked[0].samples, model.asked[0].temperature, model.asked[0].seed) == (4, 0.2, 3)
    assert len(outcome.texts) == 4 and outcome.details["passed"] == 2
    named = {metric.name for metric in HUMANEVAL.metrics}
    assert set(outcome.values) <= named


def test_each_item_has_its_own_answers():
    other = Item("1", {**ROW, "prompt": "def two():\n"})
    model = ScriptedAnswerer(
        lambda write: ("    return 1",) * 2 if "two" in write.context else ("no", "    return 1")
    )
    first, second = HUMANEVAL.outcomes([ITEM, other], model, Setting(samples=2))
    assert (first.details["passed"], second.details["passed"]) == (1, 2)


def test_as_chat_the_answer_is_begun_and_ends_with_its_fence():
    model = ScriptedAnswerer(lambda write: "    return 1\n```\nThis returns one.")
    (outcome,) = HUMANEVAL.outcomes([ITEM], model, Setting(chat=True))
    assert outcome.texts == ("    return 1\n",)
    assert outcome.prompt.startswith("<user>Write a solution to the following problem")
    assert outcome.prompt.endswith("Here is the completed function:\n```python\ndef one():\n\n")


def test_without_a_sandbox_no_model_is_asked(monkeypatch):
    def none() -> str:
        raise NoSandboxError("No sandbox works on this machine.")

    monkeypatch.setattr(task, "way", none)
    model = ScriptedAnswerer(lambda write: "")
    with pytest.raises(NoSandboxError):
        HUMANEVAL.outcomes([ITEM], model, Setting())
    assert model.asked == []


@pytest.mark.parametrize("field", ["task_id", "prompt", "entry_point", "test"])
def test_a_missing_field_is_named(field):
    HUMANEVAL.check(ROW)
    with pytest.raises(SpecError, match=f"^{field} accepts"):
        HUMANEVAL.check({**ROW, field: None})
