"""A comparison over many seeds: what is asked for, what is kept, what is told."""

import json

import numpy as np
import pytest

from app.decoding.seeds import MEASURED, over_seeds, seeds_json, seeds_of
from app.decoding.seeds_view import empty_html, ready_html, seeds_html
from pipelines.common.intervals import mean_interval
from pipelines.core.errors import SpecError
from tests.support.compared_runs import STUCK
from tests.support.moments import finished

STRATEGIES = (("greedy", {}), ("temperature", {"temperature": 0.9}), ("top_k", {"top_k": 3}))


@pytest.fixture(scope="module")
def moment():
    return finished(*STRATEGIES, samples=6)


@pytest.fixture(scope="module")
def seeds(moment):
    return seeds_of(moment)


def test_the_same_is_asked_for_with_more_texts(moment):
    about = moment.request
    asked = over_seeds(about, 9.0)  # as a slider sends it
    assert (asked.samples, asked.trace, asked.run) == (9, 0, "")
    assert (asked.strategies, asked.prompt, asked.seed) == (about.strategies, about.prompt, about.seed)


@pytest.mark.parametrize("samples", [0, 1, 65, 2.5, "9", None, True])
def test_another_number_of_texts_is_refused(moment, samples):
    with pytest.raises(SpecError, match="samples accepts a whole number from 2 to 64"):
        over_seeds(moment.request, samples)


def test_every_text_is_measured(moment, seeds):
    drawn = [one for one in moment.decoded.outcomes if one.column == 1]
    assert len(drawn) == 6 and len(seeds.of(0)) == 1
    assert seeds.values(1, "perplexity").tolist() == [one.measures.perplexity for one in drawn]
    assert seeds.values(1, "tokens").tolist() == [len(one.ids) for one in drawn]
    assert seeds.mean(1, "distinct_2") == mean_interval([one.measures.distinct[1] for one in drawn])


def test_the_texts_of_a_strategy_that_draws_differ(seeds):
    assert len({one.text for one in seeds.of(1)}) > 1


def test_a_strategy_without_a_text_says_why():
    seeds = seeds_of(finished(("sample", {}), STUCK, samples=2, max_new_tokens=100))
    drawn, stuck = seeds_json(seeds)["strategies"]
    assert "no_repeat_ngram_size" in stuck["error"] and stuck["texts"] == []
    assert drawn["error"] is None and stuck["means"]["tokens"]["count"] == 0
    assert "no_repeat_ngram_size cuts every token" in seeds_html(seeds)


def test_single_tokens_are_not_kept(seeds):
    assert all(not one.texts and not len(one.log_probs) and len(one.ids) for one in seeds.outcomes)


def test_the_judge_is_told_where_there_is_one(seeds):
    assert seeds.measures == [name for name in MEASURED if name != "judge_perplexity"]
    judged = seeds_of(finished(("sample", {}), samples=2, judge="llama"))
    assert "judge_perplexity" in judged.measures and np.isfinite(judged.values(0, "judge_perplexity")).all()
    assert "Judge’s perplexity" in seeds_html(judged) and "Judge" not in seeds_html(seeds)


def test_json_has_texts_and_means(seeds):
    told = seeds_json(seeds)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    greedy, warm, _ = told["strategies"]
    assert greedy["means"]["perplexity"]["count"] == 1 and greedy["means"]["perplexity"]["low"] is None
    found = warm["means"]["perplexity"]
    assert found["low"] < found["mean"] < found["high"] and found["count"] == len(warm["texts"]) == 6
    assert greedy["self_bleu"] is None and 0 <= warm["self_bleu"] <= 100


def test_the_view_has_a_row_a_strategy_and_a_strip_a_measure(seeds):
    html = seeds_html(seeds)
    assert html.count('<th scope="row">') == 3 and html.count("<svg") == 3 * len(seeds.measures)
    assert html.count("never draws: the same text for every seed") == 1
    assert html.count("6 texts") == 2 and "Temperature 0.9" in html


def test_what_has_no_meaning_is_a_dash():
    """Texts of one token have no pairs and no runs of four."""
    html = seeds_html(seeds_of(finished(("greedy", {}), max_new_tokens=1, samples=2)))
    assert html.count("<td>–</td>") == 2 and 'gw-number">–' in html


def test_before_there_is_anything_to_show(moment):
    assert "Generate first" in empty_html()
    assert "every strategy that draws" in ready_html(moment.request)
    alone = finished(("greedy", {}), ("beam", {"num_beams": 2}), max_new_tokens=2).request
    assert "No strategy of this comparison draws" in ready_html(alone)


def test_settings_are_text():
    seeds = seeds_of(
        finished(("constrained", {"constraint": "must_contain", "pattern": "<b>a"}), max_new_tokens=6)
    )
    assert "&lt;b&gt;a" in seeds_html(seeds) and "<b>a" not in seeds_html(seeds)
