"""The card and the recipe are filled with what was measured."""

import json

from assets.recipes.instruct.card import card, take_over
from assets.recipes.instruct.evaluate import arithmetic, problems, solved, with_calculator
from assets.recipes.instruct.rows import Row
from assets.recipes.instruct.tool_rows import CALCULATOR, turns
from assets.recipes.instruct.tool_rows import with_calculator as rows_of_tools
from pipelines.core.settings import REPOSITORY
from pipelines.prompting.tasks.problems import LARGE, Author
from pipelines.training.tuning.specs import SftSpec


def solver(prompts: list[str], _: int) -> list[str]:
    """Knows every answer step by step, and none directly."""
    known = {p.text: p for held in (False, True) for p in _problems(held)}
    return [
        next(p.worked for t, p in known.items() if t in q) if "step" in q else "The answer is 0."
        for q in prompts
    ]


def _problems(held_out: bool):
    return problems(held_out, 20)


def reckoner(prompts: list[str], _: int) -> list[str]:
    """Goes on as training's conversations do, and knows nothing without a calculator."""
    known = {p.text: turns(p, {"calculator": CALCULATOR[0]}) for p in problems(True, 20, numbers=LARGE)}
    said = next((t for text, t in known.items() if text in prompts[0]), ())
    return [_next(prompt, known) for prompt in prompts] if said else [""] * len(prompts)


def _next(prompt: str, known: dict[str, tuple[str, ...]]) -> str:
    said = next(said for text, said in known.items() if text in prompt)
    return said[2 * prompt.count("Observation: ") + 1] if "Action: tool" in prompt else "The answer is 0."


def test_the_card_tells_what_was_measured():
    found = arithmetic(solver, True, 20)
    assert found["step by step"]["share"] == 1 and found["direct"]["share"] == 0
    assert found["2 steps"]["step by step"]["count"] == 10
    assert found["step by step less direct"]["difference"] == 1
    exact = {"exact match": found["direct"], "F1": {"mean": 0.5}}
    others = {"rewrite": exact, "tell with words": {"words told": {"mean": 0.75}}}
    large = with_calculator(reckoner, 20)
    told = {"held out": found, "as in training": found, "other skills": others, "large numbers": large}
    text = card(told, {"train: sums": 12_345, "train: rewrite": 7, "left out: answer": 4})
    assert "with the calculator 100.0 % (" in text and "without it 0.0 % (" in text
    assert "| held out: 20 | 100.0 % (" in text and "**100.0** points" in text and "12,345 sums" in text
    assert "75 % of the given words" in text and "4 were left out" in text and "{" not in text


def test_what_is_taken_over_names_the_rows_as_the_recipe_does(tmp_path):
    found = arithmetic(solver, True, 20)
    large = with_calculator(reckoner, 20)
    told = {"held out": found, "as in training": found, "other skills": {}, "large numbers": large}
    artifact, rows = tmp_path / "artifact", tmp_path / "rows"
    artifact.mkdir()
    rows.mkdir()
    (rows / "counts.json").write_text('{"train: sums": 3}')
    spec = {"dataset": f"path:{rows}/train.jsonl.gz", "start_adapter": f"path:{tmp_path}/first"}
    (artifact / "glassworks.json").write_text(json.dumps({"spec": spec, "job_id": "5766hc4fzjv3"}))
    take_over(artifact, told, rows, tmp_path / "house")
    origin = json.loads((tmp_path / "house" / "glassworks.json").read_text())
    assert origin["spec"]["dataset"] == "path:instruct-rows/train.jsonl.gz" and origin["job_id"] is None
    assert origin["test"] == told and str(tmp_path) not in json.dumps(origin)
    assert "# house/story-instruct" in (tmp_path / "house" / "README.md").read_text()


def test_the_recipes_are_jobs_and_the_second_goes_on_from_the_first():
    folder = REPOSITORY / "assets" / "recipes" / "instruct"
    told = [
        json.loads((folder / f"{n}.json").read_text(encoding="utf-8")) for n in ("recipe", "recipe_tools")
    ]
    first, second = (SftSpec.from_dict(recipe["spec"]) for recipe in told)
    assert {recipe["kind"] for recipe in told} == {"sft"} and first.base == second.base == "house/story-base"
    assert second.start_adapter and not first.start_adapter
    for name in ("method", "lora_r", "lora_alpha", "target_modules", "trainable_tokens"):
        assert getattr(first, name) == getattr(second, name)


def test_a_conversation_with_a_calculator_asks_for_each_sum():
    for row in rows_of_tools(3, 50):
        asked, *steps = row.turns
        assert len(row.turns) % 2 == 0 and asked.splitlines()[-1].startswith("Question: ")
        *sums, end = [step.rpartition("Action: ")[2] for step in steps[::2]]
        told = [said.removeprefix("Observation: ") for said in steps[1::2]]
        for sum_, result in zip(sums, told, strict=True):
            left, sign, right = sum_.removeprefix("calculator[").rstrip("]").split()
            worked = {"+": int.__add__, "-": int.__sub__, "x": int.__mul__, "/": int.__floordiv__}[sign]
            assert worked(int(left), int(right)) == int(result)
        assert end == f"finish[{told[-1]}]"


def test_a_conversation_that_goes_wrong_has_no_answer():
    assert solved(lambda said, _: ["Action: calculator[9 ^ 9]"] * len(said), ["a"]) == [""]
    assert solved(lambda said, _: ["Action: calculator[9 / 0]"] * len(said), ["a"]) == [""]
    assert solved(lambda said, _: ["Action: calculator[9 x 9]"] * len(said), ["a", "b"]) == ["", ""]
    assert solved(lambda said, _: ["Action: finish[7 ]"] * len(said), ["a"]) == ["7"]


def test_a_row_is_a_conversation():
    problem = Author(1).problem(2)
    row = Row("direct", (problem.text, problem.direct)).to_json()
    assert [m["role"] for m in row["messages"]] == ["user", "assistant"]
    assert row["messages"][1]["content"] == problem.direct
