"""``house/story-instruct``: an adapter on the bundled base that does what its card says."""

import json

import pytest
import torch

from assets.recipes.instruct.arithmetic import DIRECTLY, STEP_BY_STEP
from assets.recipes.instruct.card import share
from assets.recipes.instruct.evaluate import Answerer, is_right, problems, with_calculator
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model

NAME, BASE = "house/story-instruct", "house/story-base"
HOUSE = REPOSITORY / "assets" / "models"
FOLDER = HOUSE / "story-instruct"


@pytest.fixture(scope="module")
def answers():
    return Answerer(str(HOUSE / "story-base"), str(FOLDER))


def test_it_is_an_adapter_with_a_chat_template(tmp_path):
    catalogue = Catalogue(Settings(home=tmp_path))
    entry = catalogue.get(NAME)
    assert entry.adapter_of == BASE and "causal-lm" in entry.capabilities
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 5_000_000
    place = catalogue.place(NAME)
    loaded = load_model(NAME, place.folder, torch.device("cpu"), place.base)
    ends = loaded.model.generation_config.eos_token_id
    assert loaded.tokenizer.convert_tokens_to_ids("<|end|>") in ends
    talk = [{"role": "user", "content": "Hello"}]
    rendered = loaded.tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True)
    assert rendered == "<|user|>Hello<|end|><|assistant|>"


def test_its_origin_is_told_and_the_card_has_the_figures():
    told = json.loads((FOLDER / "glassworks.json").read_text(encoding="utf-8"))
    folder = REPOSITORY / "assets" / "recipes" / "instruct"
    recipe = json.loads((folder / "recipe_tools.json").read_text(encoding="utf-8"))
    assert told["parent"] == BASE and recipe["spec"].items() <= told["spec"].items(), "not as it was run"
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    held = told["test"]["held out"]
    assert share(held["step by step"]) in card and share(held["direct"]) in card
    assert held["step by step"]["count"] == 500 and held["step by step"]["low"] >= 0.8
    assert held["step by step less direct"]["low"] >= 0.25
    assert share(told["test"]["large numbers"]["with a calculator"]) in card


@pytest.mark.slow
def test_steps_help_on_problems_that_it_has_not_seen(answers):
    asked = problems(held_out=True, count=40, seed=5)
    right = {}
    for name, instruction in (("steps", STEP_BY_STEP[0]), ("direct", DIRECTLY[0])):
        given = answers([f"{problem.text} {instruction}" for problem in asked], 60)
        right[name] = sum(map(is_right, asked, given)) / len(asked)
    assert right["steps"] >= 0.75 and right["steps"] - right["direct"] >= 0.25


@pytest.mark.slow
def test_with_a_calculator_it_solves_what_is_too_large_for_it(answers):
    found = with_calculator(answers, 24)
    assert found["with a calculator"]["share"] >= 0.6 and found["step by step"]["share"] <= 0.1


def test_it_follows_a_few_simple_instructions(answers):
    passage = "Mia has a red kite. She flies it by the river with her friend Tom."
    asked = [
        "Tell me a story about a small dog.",
        f"{passage}\nQuestion: What color is the kite?",
    ]
    story, answer = answers(asked, 120)
    assert len(story) > 200 and "dog" in story and "<|" not in story
    assert len(answer) < 80
