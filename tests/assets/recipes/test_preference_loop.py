"""The program that votes in people's place: its rule, what it makes of a text, and whom it prefers."""

import json

import pytest

from assets.recipes.preference_loop import (
    LEAST_WORDS,
    MOST_WORDS,
    RECIPE,
    ballot,
    cut,
    ends_happily,
    fresh_prompts,
    good,
    keeps_rule,
    mended,
    rewritten,
    verdict,
)
from pipelines.core.settings import REPOSITORY
from pipelines.jobs.kinds import kind_named

BEGUN = "One day a girl named Ann went to the park with a ball. Then she threw it up and it was far away."
HAPPY = "She caught it and laughed."
SAD = "Then the ball was gone and she was sad."
LONG = " ".join(["The wind took it over the hill and down to the sea."] * 8)


@pytest.mark.parametrize(
    ("text", "happy"),
    [
        (f"{BEGUN} {HAPPY}", True),
        (f"{BEGUN} {SAD}", False),
        (f"{BEGUN} She was not happy.", False),
        (f"{BEGUN} She was happy and", False),
        ("", False),
    ],
)
def test_a_happy_ending_is_a_whole_last_sentence_with_a_happy_word(text, happy):
    assert ends_happily(text) is happy


def test_the_rule_asks_for_both():
    assert keeps_rule(f"{BEGUN} {HAPPY}") and not keeps_rule(f"{LONG} {HAPPY}") and not keeps_rule(BEGUN)


def test_a_text_is_ended_where_it_becomes_happy_or_gets_such_an_end():
    long = f"{BEGUN} {HAPPY} {LONG} {HAPPY}"
    assert cut(long) == mended(long) == f"{BEGUN} {HAPPY}"
    sad = f"{BEGUN} {LONG}"
    assert cut(sad) == "" and mended(sad) == rewritten(sad)
    assert keeps_rule(mended(sad)) and mended(sad).startswith(BEGUN) and "{" not in mended(sad)
    assert mended(f"{BEGUN} {HAPPY}") == "", "it keeps the rule already"
    assert mended("Too short.") == ""
    for text in (long, sad):
        assert LEAST_WORDS <= len(mended(text).split()) <= MOST_WORDS


def test_rows_are_learnt_from_whose_preferred_text_keeps_the_rule():
    rows = [json.dumps({"prompt": "?", "chosen": one, "rejected": SAD}) for one in (f"{BEGUN} {HAPPY}", LONG)]
    assert good("\n".join(rows)) == rows[:1]


def test_the_better_one_is_chosen_and_made_better():
    good, cuttable, hopeless = f"{BEGUN} {HAPPY}", f"{BEGUN} {HAPPY} {LONG}", "No."
    assert ballot(good, cuttable)["choice"] == "left" and ballot(good, cuttable)["edited"] == ""
    assert ballot(hopeless, cuttable)["choice"] == "right" and ballot(hopeless, cuttable)["edited"] == good
    assert ballot(hopeless, hopeless) == {"choice": "both_bad"}


def test_the_verdict_is_the_rule_s_alone():
    good, bad = f"{BEGUN} {HAPPY}", f"{BEGUN} {HAPPY} {LONG}"
    told = [verdict(*sides)["choice"] for sides in ((good, bad), (bad, good), (good, good), (bad, bad))]
    assert told == ["left", "right", "tie", "both_bad"]


def test_fresh_prompts_are_none_that_pairs_are_collected_for():
    bundled = json.loads((REPOSITORY / "assets" / "samples" / "preference_prompts.json").read_text())
    known = {row["prompt"] for row in bundled["prompts"]}
    fresh = fresh_prompts(200)
    assert len(set(fresh)) == 200 and not known & set(fresh)


def test_the_recipe_is_a_job():
    recipe = json.loads(RECIPE.read_text(encoding="utf-8"))
    assert kind_named(recipe["kind"]).parse({**recipe["spec"], "dataset": "upload:x"}).max_steps == 60
