"""The four adapters on MiniLM: small, told of, and able to do what their cards say."""

import json
import os
from pathlib import Path

import pytest
import torch

from assets.recipes.minilm_card import ABOUT, interval
from assets.recipes.minilm_data import TASKS, write
from assets.recipes.minilm_measure import measured
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.generation.fill_mask import fill
from pipelines.models import minilm
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from pipelines.prediction.handlers import predicted

HOUSE = REPOSITORY / "assets" / "models"
DATA = REPOSITORY.parent / "shared" / "data"
ABLE = {
    "minilm-sentiment": "sequence-classification",
    "minilm-ner": "token-classification",
    "minilm-qa": "question-answering",
    "minilm-fill-mask": "masked-lm",
}
FLOORS = {"minilm-sentiment": 0.80, "minilm-ner": 0.55, "minilm-qa": 0.42, "minilm-fill-mask": 0.60}
PART = 120  # at least so many rows, spread evenly over all
MEASURED = {"minilm-sentiment": 0.8102, "minilm-ner": 0.5579, "minilm-qa": 0.5060, "minilm-fill-mask": 0.6803}
with_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the data beside the repository")
every = pytest.mark.parametrize("name", ABLE)


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(Settings())


@pytest.fixture
def loaded(catalogue):
    def load(name: str):
        place = catalogue.place(f"house/{name}")
        return load_model(place.name, place.folder, torch.device("cpu"), place.base)

    return load


@every
def test_each_is_listed_with_what_it_can_do(catalogue, name):
    entry = next(e for e in catalogue.entries(ABLE[name]) if e.name.startswith("house/"))
    assert entry.name == f"house/{name}" and entry.adapter_of == minilm.NAME
    assert entry.adapter_parameters < 1_000_000 < entry.parameters and entry.context_length == 512
    assert catalogue.tokenizer_folder(entry.name) == minilm.folder(), "the tokenizer is the base's"
    assert entry.name not in [tokenizer.name for tokenizer in catalogue.tokenizers()]
    assert sum(file.stat().st_size for file in (HOUSE / name).iterdir()) < 1_500_000


@every
def test_its_origin_is_told_and_the_card_has_the_figures(name):
    told = json.loads((HOUSE / name / "glassworks.json").read_text(encoding="utf-8"))
    assert len(told["corpus"]["sha256"]) == 64 and told["code_version"] and told["versions"]["peft"]
    assert told["corpus"]["id"].startswith("path:minilm-data/")
    recipe = REPOSITORY / "assets" / "recipes" / f"{name.replace('-', '_')}.json"
    assert json.loads(recipe.read_text(encoding="utf-8")).items() <= told["spec"].items(), "not as it was run"
    card = (HOUSE / name / "README.md").read_text(encoding="utf-8")
    assert interval(told["test"][ABOUT[name].main]) in card and ABOUT[name].license in card
    assert told["test"][ABOUT[name].main]["low"] > FLOORS[name] - 0.05


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A warm, funny and beautifully acted film.", "positive"),
        ("A dull, clumsy mess that wastes its cast.", "negative"),
    ],
)
def test_a_review_is_judged(loaded, text, label):
    *_, found = predicted(loaded("minilm-sentiment"), text, "")
    assert found.labels[0].name == label and found.labels[0].probability > 0.8


def test_names_are_found_where_they_stand(loaded):
    text = "Paul McCartney flew from London to New York on Friday."
    *_, found = predicted(loaded("minilm-ner"), text, "")
    told = {(text[e.start : e.end], e.type) for e in found.entities}
    assert {("Paul McCartney", "person"), ("London", "location"), ("New York", "location")} <= told


def test_an_answer_is_found_in_a_passage(loaded):
    text = "The fox ran over the hill, and in the evening it slept under the old oak. The hare was awake."
    *_, found = predicted(loaded("minilm-qa"), "Where did the fox sleep?", text)
    best = found.spans[0]
    assert "under the old oak" in text[best.start : best.end] and found.answered


def test_a_gap_is_filled_from_both_sides(loaded):
    *_, found = fill(loaded("minilm-fill-mask"), "The little [MASK] barked at the cat.", 5)
    assert "dog" in {one.text.strip() for one in found.gaps[0].fillings}


@pytest.fixture
def gathered(tmp_path):
    """``gathered(name)`` → the recipe's rows, of which ``test`` neither trained nor chose the model."""

    def gather(name: str) -> tuple[Path, Path]:
        write(tmp_path, TASKS[name.removeprefix("minilm-")](DATA))
        return tmp_path / "test.jsonl", tmp_path / "train.jsonl"

    return gather


def told_of(name: str) -> dict:
    return json.loads((HOUSE / name / "glassworks.json").read_text(encoding="utf-8"))["test"]


@with_data
@every
def test_a_part_of_the_test_rows_measures_as_it_did_and_as_the_card_leaves_likely(gathered, name):
    test, train = gathered(name)
    with test.open(encoding="utf-8") as file:
        lines = list(file)
    assert len(lines) == told_of(name)["rows"]
    test.write_text("".join(lines[:: len(lines) // PART]), encoding="utf-8")
    found = measured(f"house/{name}", test, train, untrained=False)[ABOUT[name].main]
    assert found["mean"] == pytest.approx(MEASURED[name], abs=0.01)
    assert found["low"] <= told_of(name)[ABOUT[name].main]["mean"] <= found["high"]


@with_data
@pytest.mark.skipif(
    os.environ.get("GLASSWORKS_LONG_TESTS") != "1",
    reason="takes minutes on two cores; GLASSWORKS_LONG_TESTS=1 runs it",
)
@every
def test_all_test_rows_measure_as_the_card_says(gathered, name):
    figures, main = measured(f"house/{name}", *gathered(name), untrained=False), ABOUT[name].main
    assert figures["rows"] == told_of(name)["rows"]
    assert figures[main]["mean"] == pytest.approx(told_of(name)[main]["mean"], abs=0.01)
    assert figures[main]["mean"] >= FLOORS[name]
