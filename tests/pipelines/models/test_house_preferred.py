"""``house/story-instruct-grpo`` and ``…-dpo``: adapters on an adapter that do as their cards say."""

import json

import pytest
import torch

from assets.recipes.tuned_card import card
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model

BASE = "house/story-instruct"
GRPO, DPO = "story-instruct-grpo", "story-instruct-dpo"
RECIPES = {GRPO: "grpo_arithmetic", DPO: "preference_loop"}


def told(name: str) -> dict:
    file = REPOSITORY / "assets" / "models" / name / "glassworks.json"
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", RECIPES)
def test_it_is_small_and_talks_as_its_base(name, tmp_path):
    catalogue = Catalogue(Settings(home=tmp_path))
    entry = catalogue.get(f"house/{name}")
    assert entry.adapter_of == BASE and "causal-lm" in entry.capabilities
    assert sum(file.stat().st_size for file in entry.path.iterdir()) < 400_000
    place = catalogue.place(f"house/{name}")
    loaded = load_model(place.name, place.folder, torch.device("cpu"), place.base)
    talk = [{"role": "user", "content": "Hello"}]
    rendered = loaded.tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True)
    assert rendered == "<|user|>Hello<|end|><|assistant|>"


@pytest.mark.parametrize("name", RECIPES)
def test_its_card_is_made_of_what_was_measured(name):
    folder = REPOSITORY / "assets"
    frame = (folder / "recipes" / f"{RECIPES[name]}.md").read_text(encoding="utf-8")
    assert (folder / "models" / name / "README.md").read_text(encoding="utf-8") == card(frame, told(name))
    assert told(name)["parent"] == BASE


def test_grpo_was_trained_by_its_recipe_and_answers_better():
    recipe = json.loads((REPOSITORY / "assets" / "recipes" / "grpo_arithmetic.json").read_text())
    assert recipe["spec"].items() <= told(GRPO)["spec"].items()
    found = told(GRPO)["test"]["as it stands, drawn"]
    assert found["before"]["count"] == 400 and found["before"]["high"] < 0.15 < 0.7 < found["after"]["low"]


def test_dpo_keeps_the_rule_more_often_and_has_forgotten_little():
    recipe = json.loads((REPOSITORY / "assets" / "recipes" / "preference_loop.json").read_text())
    assert {**recipe["spec"], "name": DPO}.items() <= {**told(DPO)["spec"], "name": DPO}.items()
    before, after = (told(DPO)["test"][when]["rule"] for when in ("before", "after"))
    assert before["count"] == after["count"] == 200
    assert after["low"] > before["high"] and after["share"] - before["share"] >= 0.2
    figures = told(DPO)["metrics"]
    assert figures["general_perplexity_after"] <= 1.1 * figures["general_perplexity_before"]
