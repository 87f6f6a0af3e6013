"""A comparison as plain values: all of it, in numbers that JSON knows, and its table."""

import csv
import io
import json
import math

import pytest

from app.decoding.plain import compared_json, growing_json, outcome_json, plain, table_csv
from tests.support.compared_runs import PROMPT, STUCK, loaded
from tests.support.moments import finished, moments

STRATEGIES = (("greedy", {}), ("beam", {"num_beams": 2}), ("top_k", {"top_k": 5}))


def test_the_whole_is_json_and_names_its_settings():
    moment = finished(*STRATEGIES, samples=2, seed=4, same_noise=False)
    told = compared_json(moment)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["model"], told["prompt"], told["seed"], told["samples"]) == ("gpt2", PROMPT, 4, 2)
    assert (told["state"], told["same_noise"], told["judge"]) == ("done", False, "")
    assert "".join(token["text"] for token in told["prompt_tokens"]) == PROMPT
    assert [one["name"] for one in told["strategies"]] == ["greedy", "beam", "top_k"]
    assert [len(one["texts"]) for one in told["strategies"]] == [1, 1, 2]
    assert [one["self_bleu"] is None for one in told["strategies"]] == [True, True, False]
    assert told["strategies"][2]["parameters"]["top_k"] == 5 and told["strategies"][2]["draws"]


def test_a_text_s_tokens_are_those_of_the_model():
    moment = finished(*STRATEGIES)
    told = compared_json(moment)["strategies"][2]["texts"][0]
    outcome = next(one for one in moment.decoded.outcomes if one.column == 2)
    assert [token["id"] for token in told["tokens"]] == outcome.ids.tolist()
    assert "".join(token["text"] for token in told["tokens"]) == told["text"] == outcome.text
    chances = [token["probability"] for token in told["tokens"]]
    assert chances == pytest.approx([math.exp(one) for one in outcome.log_probs], rel=1e-4)
    mean = math.fsum(math.log(chance) for chance in chances) / len(chances)
    assert told["measures"]["perplexity"] == pytest.approx(math.exp(-mean), rel=1e-3)
    assert all(1 <= token["rank"] <= 5 and token["origin"] == "own" for token in told["tokens"])
    assert "stages" not in told["tokens"][0]


def test_a_trace_is_told_with_each_token():
    told = compared_json(finished(*STRATEGIES, trace=3))["strategies"][2]["texts"][0]["tokens"]
    for token in told:
        assert [stage["stage"] for stage in token["stages"]] == ["raw", "top_k"]
        raw, cut = token["stages"]
        assert len(raw["candidates"]) == len(cut["candidates"]) >= 3
        by_id = {one["id"]: one["probability"] for one in raw["candidates"]}
        assert by_id[token["id"]] == pytest.approx(token["probability"], rel=1e-3)
        assert cut["kept"] == 5 and 0 < cut["lost"] < 1


def test_a_strategy_that_could_not_go_on_says_why_and_has_no_text():
    stuck, greedy = compared_json(finished(STUCK, ("greedy", {}), max_new_tokens=100))["strategies"]
    assert "no_repeat_ngram_size" in stuck["error"] and stuck["texts"] == [] and stuck["self_bleu"] is None
    assert greedy["error"] is None and len(greedy["texts"][0]["tokens"]) > 8


def test_what_grows_is_told_as_texts():
    *_, before, last = [growing_json(one) for one in moments(*STRATEGIES)][:-1]
    assert last["state"] == "writing"
    greedy = [one["strategies"][0]["texts"][0]["text"] for one in (before, last)]
    assert greedy[1].startswith(greedy[0])
    assert json.loads(json.dumps(last, allow_nan=False)) == last


def test_what_a_draft_lost_is_told_at_its_place():
    moment = finished(("greedy", {}))
    grown = moment.texts[0, 0]
    grown.rejected[1] = " dog"
    told = outcome_json(moment.decoded.outcomes[0], grown)["tokens"]
    assert [token.get("rejected") for token in told[:3]] == [None, " dog", None]


@pytest.mark.parametrize(
    ("value", "told"),
    [(math.nan, None), (math.inf, None), (1 / 3, 0.333333), (0.0, 0.0), (1.5e-12, 1.5e-12), (12.0, 12.0)],
)
def test_numbers_have_six_digits(value, told):
    assert plain(value) == told


def test_the_table_has_a_row_a_text():
    moment = finished(*STRATEGIES, samples=2)
    outcomes = moment.decoded.outcomes
    rows = list(csv.DictReader(io.StringIO(table_csv(moment.request.strategies, outcomes))))
    assert [(row["column"], row["strategy"], row["sample"]) for row in rows] == [
        ("1", "greedy", "1"),
        ("2", "beam", "1"),
        ("3", "top_k", "1"),
        ("3", "top_k", "2"),
    ]
    assert [row["text"] for row in rows] == [one.text for one in outcomes]
    assert all(row["judge_perplexity"] == "" for row in rows)
    assert float(rows[0]["perplexity"]) == pytest.approx(outcomes[0].measures.perplexity, rel=1e-5)


def test_the_same_model_as_judge_finds_what_it_found_itself():
    """Where no text ends with an end token, which the judge does not see."""
    told = compared_json(finished(("greedy", {}), ("sample", {}), judge="gpt2", family="gpt2"))
    tokenizer = loaded("gpt2").tokenizer
    for one in told["strategies"]:
        (text,) = one["texts"]
        ids = [token["id"] for token in text["tokens"]]
        prompt = [token["id"] for token in told["prompt_tokens"]]
        if tokenizer(PROMPT + text["text"]).input_ids == [*prompt, *ids]:
            measures = text["measures"]
            assert measures["judge_perplexity"] == pytest.approx(measures["perplexity"], rel=1e-3)
