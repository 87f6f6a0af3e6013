"""The code for taking away runs as it is shown, and says the same settings."""

import ast

import pytest

from app.python_code import code_html, transformers_code
from pipelines.generation.specs import DecodingSpec


def arguments(code: str) -> dict:
    """Keyword arguments of the ``model.generate`` call."""
    calls = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call)]
    call = next(c for c in calls if getattr(c.func, "attr", "") == "generate")
    return {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}


def test_sampling_settings_are_passed_on():
    spec = DecodingSpec(max_new_tokens=9, temperature=0.7, top_k=5, top_p=0.9, repetition_penalty=1.2, seed=3)
    code = transformers_code("house", "Hi", spec)
    assert arguments(code) == {
        "do_sample": True,
        "max_new_tokens": 9,
        "temperature": 0.7,
        "top_k": 5,
        "top_p": 0.9,
        "repetition_penalty": 1.2,
    }
    assert "torch.manual_seed(3)" in code


def test_temperature_zero_is_greedy():
    made = arguments(transformers_code("m", "Hi", DecodingSpec(temperature=0)))
    assert made["do_sample"] is False and "temperature" not in made


@pytest.mark.parametrize("prompt", ['quote " and \' and """', "line\nbreak", "back\\slash", "{braces}", "🜚"])
def test_any_prompt_stays_one_string(prompt):
    tree = ast.parse(transformers_code("m", prompt, DecodingSpec()))
    assert prompt in [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]


def test_code_is_shown_as_text():
    assert "<script" not in code_html("<script>alert(1)</script>")
