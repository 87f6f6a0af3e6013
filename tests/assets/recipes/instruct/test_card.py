"""The card and the recipe are filled with what was measured."""

import json

from assets.recipes.instruct.card import card, take_over
from assets.recipes.instruct.evaluate import arithmetic
from assets.recipes.instruct.problems import Author
from assets.recipes.instruct.rows import Row
from pipelines.core.settings import REPOSITORY
from pipelines.training.tuning.specs import SftSpec


def solver(prompts: list[str], _: int) -> list[str]:
    """Knows every answer step by step, and none directly."""
    known = {p.text: p for held in (False, True) for p in _problems(held)}
    return [
        next(p.worked for t, p in known.items() if t in q) if "step" in q else "The answer is 0."
        for q in prompts
    ]


def _problems(held_out: bool):
    from assets.recipes.instruct.evaluate import problems

    return problems(held_out, 20)


def test_the_card_tells_what_was_measured():
    found = arithmetic(solver, True, 20)
    assert found["step by step"]["share"] == 1 and found["direct"]["share"] == 0
    assert found["2 steps"]["step by step"]["count"] == 10
    assert found["step by step less direct"]["difference"] == 1
    exact = {"exact match": found["direct"], "F1": {"mean": 0.5}}
    others = {"rewrite": exact, "tell with words": {"words told": {"mean": 0.75}}}
    told = {"held out": found, "as in training": found, "other skills": others}
    text = card(told, {"train: sums": 12_345, "train: rewrite": 7, "left out: answer": 4})
    assert "| held out: 20 | 100.0 % (" in text and "**100.0** points" in text and "12,345 sums" in text
    assert "75 % of the given words" in text and "4 were left out" in text and "{" not in text


def test_what_is_taken_over_names_the_rows_as_the_recipe_does(tmp_path):
    found = arithmetic(solver, True, 20)
    told = {"held out": found, "as in training": found, "other skills": {}}
    artifact, rows = tmp_path / "artifact", tmp_path / "rows"
    artifact.mkdir()
    rows.mkdir()
    (rows / "counts.json").write_text('{"train: sums": 3}')
    spec = {"dataset": f"path:{rows}/train.jsonl.gz"}
    (artifact / "glassworks.json").write_text(json.dumps({"spec": spec, "job_id": "5766hc4fzjv3"}))
    take_over(artifact, told, rows, tmp_path / "house")
    origin = json.loads((tmp_path / "house" / "glassworks.json").read_text())
    assert origin["spec"]["dataset"] == "path:instruct-rows/train.jsonl.gz" and origin["job_id"] is None
    assert origin["test"] == told and str(tmp_path) not in json.dumps(origin)
    assert "# house/story-instruct" in (tmp_path / "house" / "README.md").read_text()


def test_the_recipe_is_a_job():
    recipe = json.loads((REPOSITORY / "assets/recipes/instruct/recipe.json").read_text(encoding="utf-8"))
    spec = SftSpec.from_dict(recipe["spec"])
    assert recipe["kind"] == "sft" and (spec.method, spec.base) == ("lora", "house/story-base")


def test_a_row_is_a_conversation():
    problem = Author(1).problem(2)
    row = Row("direct", (problem.text, problem.direct)).to_json()
    assert [m["role"] for m in row["messages"]] == ["user", "assistant"]
    assert row["messages"][1]["content"] == problem.direct
