"""The sets that come with the app: whole, small, without double items, and chance where nothing is known."""

import json
from collections import Counter
from zlib import crc32

import pytest

from assets.recipes import benchmarks_pairs, benchmarks_roles, benchmarks_sums
from pipelines.core.settings import Settings
from pipelines.evaluation.answering.opened import opened
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.evaluation.tasks.rows import BUNDLED, load
from pipelines.evaluation.tasks.task import Setting
from tests.support.scripted_answerer import ScriptedAnswerer

SETS = [task.name for task in TASKS.values() if task.bundled]
LEAST = {
    "minimal_pairs": 16 * 40,
    "story_cloze": 100,
    "arithmetic": 200,
    "story_reading": 66,
    "bias_pairs": 100,
}


def items(name: str):
    return load(TASKS[name], "", "", 0, Settings()).items


@pytest.mark.parametrize("name", LEAST)
def test_they_are_whole(name):
    found = items(name)
    assert len(found) >= LEAST[name]
    asked = [TASKS[name].pose(item.fields) for item in found]
    assert len({(posed.contexts, posed.options) for posed in asked}) == len(asked)
    assert all(len(set(posed.options)) == len(posed.options) for posed in asked)
    parts = {item.part for item in found}
    assert parts == set(TASKS[name].parts or [""]), "each part is known by its name"


def test_they_are_small():
    assert sum((BUNDLED / TASKS[name].bundled).stat().st_size for name in SETS) < 250_000


@pytest.mark.parametrize("recipe", [benchmarks_pairs, benchmarks_roles, benchmarks_sums])
def test_what_is_made_is_what_its_recipe_makes(recipe):
    assert recipe.FILE.read_text() == "".join(recipe.lines())


@pytest.mark.parametrize("name", ["story_cloze", "arithmetic", "story_reading"])
def test_no_place_and_no_length_gives_the_answer_away(name):
    asked = [TASKS[name].pose(item.fields) for item in items(name)]
    places = Counter(posed.right[0] for posed in asked)
    options = len(asked[0].options)
    assert max(places.values()) / len(asked) < 1 / options + 0.12
    for pick in (min, max):
        right = sum(posed.options[posed.right[0]] == pick(posed.options, key=len) for posed in asked)
        assert right / len(asked) < 1 / options + 0.2, f"the {pick.__name__} one in characters"


def test_what_is_wrong_in_one_pair_is_right_in_another():
    """Whoever knows each word's frequency alone is at chance; of some points the words are the same."""
    for uid in (
        "number_agreement",
        "determiner_noun",
        "reflexive_gender",
        "article",
        "many_much",
        "participle",
    ):
        mine = [item.fields for item in items("minimal_pairs") if item.part == uid]
        words = Counter()
        for row in mine:
            words.update(row["sentence_good"].split())
            words.subtract(row["sentence_bad"].split())
        apart = sum(map(abs, words.values())) / (2 * len(mine))
        assert apart < 0.5, uid


def test_sums_are_right():
    for row in map(json.loads, benchmarks_sums.lines()):
        if row["part"] in ("addition", "subtraction"):
            assert str(eval(row["question"].rstrip("= "))) == row["choices"][row["label"]]


def test_a_model_that_knows_nothing_is_at_chance():
    model = ScriptedAnswerer(lambda ask: -float(crc32(f"{ask.context}{ask.continuation}".encode())))
    for name, chance in (("story_cloze", 0.5), ("minimal_pairs", 0.5), ("arithmetic", 0.25)):
        found = TASKS[name].outcomes(items(name), model, Setting())
        assert abs(sum(one.values["acc"] for one in found) / len(found) - chance) < 0.2


def test_the_house_s_model_is_not():
    """Measured: 0.80 of the endings, 0.88 of the pairs, 0.42 of the reading questions."""
    model = opened("house/story-base", Settings())
    for name, least in (("story_cloze", 0.7), ("minimal_pairs", 0.8), ("story_reading", 0.33)):
        found = TASKS[name].outcomes(items(name), model, Setting())
        assert sum(one.values["acc"] for one in found) / len(found) > least
