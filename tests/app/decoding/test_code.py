"""The code for taking away runs as it is shown; without chance it gives the page's own text."""

import ast
import json
import re

import pytest

from app.decoding.code import decoding_code
from pipelines.generation.comparing import Decoded, DecodeRequest
from pipelines.generation.strategy import strategy
from pipelines.generation.strategy_names import KINDS
from pipelines.runtime.operations import INFERENCE
from tests.support.answering import answering
from tests.support.scripts import printed
from tests.support.tiny_models import tiny

PROMPT = "Anna found a red kite. The cat"
ROLES = {"assisted": {"draft": "gpt2"}, "contrastive_decoding": {"amateur": "gpt2"}}
SURE = [
    ("greedy", {}),
    ("beam", {"num_beams": 3, "length_penalty": 0.5}),
    ("beam", {"early_stopping": "never", "repetition_penalty": 1.2}),
    ("penalties", {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2}),
    ("penalties", {"frequency_penalty": 0.7, "presence_penalty": 0.3}),
    ("contrastive_search", {"penalty_alpha": 0.4, "num_candidates": 3}),
    ("dola", {"dola_layers": "low"}),
    ("dola", {"dola_layers": "high", "repetition_penalty": 1.2}),
    ("prompt_lookup", {}),
    ("assisted", {"draft": "gpt2"}),
    ("contrastive_decoding", {"amateur": "gpt2", "plausibility": 0.0}),
]


def request(name: str, parameters: dict, tokens: int = 12) -> DecodeRequest:
    return DecodeRequest("gpt2", PROMPT, (strategy(name, parameters),), tokens)


def script(asked: DecodeRequest, folder) -> list[str]:
    others = [str(folder)] * len(asked.strategies[0].models)
    return printed(decoding_code(asked, 0, str(folder), *others), "gpt2", folder)


@pytest.mark.parametrize(("name", "parameters"), SURE)
def test_code_without_chance_prints_the_text_of_the_page(name, parameters, tmp_path):
    asked = request(name, parameters)
    found = answering(INFERENCE, lambda _: tiny("gpt2"))(None, None, asked)
    assert isinstance(found, Decoded)
    assert "\n".join(script(asked, tmp_path)).strip() == found.outcomes[0].text.strip()


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.drawing])
def test_code_that_draws_runs(name, tmp_path):
    drawn = {"do_sample": True} if KINDS[name].drawing == "optional" else {}
    assert script(request(name, {**ROLES.get(name, {}), **drawn, "temperature": 0.9}, 4), tmp_path)


def test_every_setting_that_shapes_a_draw_is_said():
    code = decoding_code(request("top_p", {"top_k": 7}), 0, "m")
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    generate = next(call for call in calls if getattr(call.func, "attr", "") == "generate")
    said = {one.arg: ast.literal_eval(one.value) for one in generate.keywords if one.arg}
    assert said == {
        "max_new_tokens": 12, "do_sample": True, "num_beams": 1, "temperature": 1.0, "top_h": None,
        "top_k": 7, "top_p": 0.9, "min_p": None, "typical_p": 1.0, "epsilon_cutoff": 0.0, "eta_cutoff": 0.0,
        "repetition_penalty": 1.0, "no_repeat_ngram_size": 0,
    }  # fmt: skip


CONSTRAINTS = [
    ("regex", "[a-c]{3}", lambda text: re.fullmatch("[a-c]{3}", text)),
    ("json_schema", '{"type": "boolean"}', lambda text: json.loads(text) in (True, False)),
    ("grammar", 'start: "red" | "kite"', lambda text: text in ("red", "kite")),
    ("must_contain", "dog\nriver", lambda text: "dog" in text and "river" in text),
]


@pytest.mark.parametrize(("kind", "pattern", "fits"), CONSTRAINTS)
def test_code_of_a_constraint_keeps_it(kind, pattern, fits, tmp_path):
    asked = request("constrained", {"constraint": kind, "pattern": pattern}, 24)
    assert fits("\n".join(script(asked, tmp_path)))


@pytest.mark.parametrize("prompt", ['quote " and \' and """', "line\nbreak", "back\\slash", "{braces}", "🜚"])
def test_any_prompt_and_pattern_stay_one_string(prompt):
    one = strategy("constrained", {"constraint": "must_contain", "pattern": prompt})
    code = decoding_code(DecodeRequest("m", prompt, (one,)), 0, "m")
    assert prompt in [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]


def test_groups_are_said_to_be_left_out():
    code = decoding_code(request("beam", {"num_beam_groups": 2, "diversity_penalty": 1.0}), 0, "m")
    ast.parse(code)
    assert "2 groups" in code and "without them" in code and "trust_remote_code" not in code
