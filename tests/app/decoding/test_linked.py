"""Of a link only what fits is taken."""

import pytest

from app.decoding.linked import NAMES, linked

GOOD = {
    "tab": "decoding",
    "model": "house/m",
    "prompt": "Hi <b>",
    "strategies": '[{"name":"top_k","parameters":{"top_k":7}}]',
    "max_new_tokens": "12",
    "seed": "3",
    "same_noise": "false",
    "judge": "",
}


def test_a_whole_link_is_restored():
    found = linked(GOOD)
    assert set(found) == set(NAMES)
    assert (found["max_new_tokens"], found["seed"], found["same_noise"]) == (12, 3, False)
    assert found["strategies"] == GOOD["strategies"]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("strategies", "["),
        ("strategies", '[{"name":"magic"}]'),
        ("strategies", '[{"name":"top_p","parameters":{"top_p":0}}]'),
        ("strategies", "[" * 5000),
        ("max_new_tokens", "0"),
        ("max_new_tokens", "1e3"),
        ("max_new_tokens", "99999"),
        ("seed", "-1"),
        ("seed", "²"),
        ("seed", "9" * 30),
        ("same_noise", "perhaps"),
    ],
)
def test_what_does_not_fit_is_left_out_and_the_rest_taken(name, bad):
    found = linked({**GOOD, name: bad})
    assert name not in found and set(found) == set(NAMES) - {name}


def test_another_tab_and_an_overlong_link_give_nothing():
    assert linked({**GOOD, "tab": "tokenizer"}) == {}
    assert linked({**GOOD, "prompt": "x" * 30_000}) == {}
