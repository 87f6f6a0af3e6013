"""The four adapters on MiniLM: small, told of, and able to do what their cards say."""

import json

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


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the data beside the repository")
@every
def test_it_measures_as_its_card_says(tmp_path, name):
    """On the recipe's test rows, which neither trained nor chose it."""
    task = name.removeprefix("minilm-")
    write(tmp_path, TASKS[task](DATA))
    figures = measured(f"house/{name}", tmp_path / "test.jsonl", tmp_path / "train.jsonl")
    told = json.loads((HOUSE / name / "glassworks.json").read_text(encoding="utf-8"))["test"]
    main = ABOUT[name].main
    assert figures["rows"] == told["rows"]
    assert figures[main]["mean"] == pytest.approx(told[main]["mean"], abs=0.01)
    assert figures[main]["mean"] >= FLOORS[name]
