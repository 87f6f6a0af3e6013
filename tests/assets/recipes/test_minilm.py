"""What the rows of the adapters on MiniLM are made of: spans, passages, parts; and how an adapter is cut."""

import random

import pytest
import torch

from assets.recipes.minilm_card import cut
from assets.recipes.minilm_data import part_of, passage, span_of

CONTEXT = "One came. Two went home. The old king sat by the fire and slept. Four more came. Five."


@pytest.mark.parametrize(
    ("answer", "near", "found"),
    [
        ("The Old King.", False, "The old king"),
        ("king sat by a fire", False, None),
        ("king sat by a fire", True, "king sat by the fire"),
        ("a dragon of gold", True, None),
        ("in", False, None),
        ('."', True, None),
    ],
)
def test_an_answer_is_found_whole_or_nearly(answer, near, found):
    span = span_of(answer, CONTEXT, near)
    assert (CONTEXT[slice(*span)] if span else None) == found


@pytest.mark.parametrize("most", [1, 10, 12, 100])
def test_a_passage_is_whole_sentences_around_the_answer(most):
    span = span_of("by the fire", CONTEXT, near=False)
    for seed in range(20):
        text, ((begin, end),) = passage(CONTEXT, span, random.Random(seed), most)
        assert text[begin:end] == "by the fire" and text in CONTEXT
        assert len(text.split()) <= max(most, 10) and text.endswith(".") and text[0].isupper()
    assert (text == CONTEXT) is (most == 100)


def test_the_part_of_a_text_follows_its_words_alone():
    parts = [part_of(f"A film of {n} minutes.") for n in range(2000)]
    assert parts == [part_of(f"a FILM of {n} minutes") for n in range(2000)]
    assert all(150 < parts.count(part) < 250 for part in ("test", "validation"))


def test_a_cut_keeps_the_nearest_matrices_and_all_else():
    torch.manual_seed(0)
    sizes = torch.tensor([8.0, 4.0, 0.01, 0.001])
    left, right = (torch.linalg.qr(torch.randn(width, 4))[0] for width in (20, 30))
    pair = {
        "x.lora_A.weight": sizes[:, None] * right.T,
        "x.lora_B.weight": left,
        "head.weight": torch.ones(2),
    }
    found = cut(pair, 2)
    whole, less = (p["x.lora_B.weight"] @ p["x.lora_A.weight"] for p in (pair, found))
    assert found["x.lora_A.weight"].shape == (2, 30) and found["x.lora_B.weight"].shape == (20, 2)
    assert float((whole - less).norm()) == pytest.approx(float(sizes[2:].norm()), rel=1e-3)
    assert found["head.weight"] is pair["head.weight"]
