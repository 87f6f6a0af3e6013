"""A tree comes back from its file as it was; a broken file names what is wrong in it."""

import copy
import json

import pytest

from app.decoding.branch_file import as_dict, as_text, from_dict, from_text
from app.decoding.branch_tree import ROOT, BranchTree, Token, put
from pipelines.core.errors import SpecError
from pipelines.generation.strategy import strategy


@pytest.fixture
def tree():
    made = BranchTree("house/story-base", 'Once\n"<b>" 🦀', 7, False)
    rows = [Token(5, " a", -0.25, 1, 0.5), Token(6, "", -1.5, 2, 1.25), Token(7, "é", -2.0, 3, 0.0)]
    made, leaf = put(made, ROOT, rows, "greedy one", strategy("greedy"), "length")
    beam = strategy("beam", {"num_beams": 6, "num_beam_groups": 3, "diversity_penalty": 0.5})
    made, _ = put(made, ROOT, [rows[0], Token(9, "<i>", -3.0, 4, 1.0)], "beams", beam, "eos")
    return put(made, leaf, [Token(11, "!", -4.0, 9, 2.0)], "by hand", None)[0]


def test_a_tree_comes_back_as_it_was(tree):
    assert from_dict(json.loads(json.dumps(as_dict(tree)))) == tree
    assert from_text(json.dumps({"title": "T", **as_dict(tree)})) == ("T", tree)


def test_the_text_names_every_branch_with_its_measures(tree):
    text = as_text("My tree", tree)
    assert text.startswith("My tree\nhouse/story-base, seed 7\n")
    assert 'Once\n"<b>" 🦀 aé!' in text and "## by hand\n(by hand; 4 tokens" in text
    assert "(beam num_beams=6" in text and "log-probability -3.75" in text


def changed(values, path, value):
    values = copy.deepcopy(values)
    *way, last = path
    at = values
    for step in way:
        at = at[step]
    at[last] = value
    return values


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("format",), 2, "format"),
        (("model",), "", "model"),
        (("prompt",), None, "prompt"),
        (("seed",), -1, "seed"),
        (("seed",), True, "seed"),
        (("same_noise",), 1, "same_noise"),
        (("strategies",), {}, "strategies"),
        (("strategies", 1), "beam", "strategies[1]"),
        (("strategies", 1, "name"), "beams", "strategies[1].name"),
        (("strategies", 1, "parameters"), {"num_beams": 1}, "strategies[1].num_beams"),
        (("strategies", 0, "parameters"), {"top_k": 5}, "strategies[0].top_k"),
        (("nodes",), None, "nodes"),
        (("nodes", 1), [1, 2], "nodes[1]"),
        (("nodes", 1, 0), 1, "nodes[1].number"),
        (("nodes", 1, 1), 77, "nodes[1].parent"),
        (("nodes", 0, 1), 2, "nodes[0].parent"),
        (("nodes", 2, 2), -1, "nodes[2].id"),
        (("nodes", 2, 3), 5, "nodes[2].text"),
        (("nodes", 2, 4), 0.5, "nodes[2].log_prob"),
        (("nodes", 2, 4), float("nan"), "nodes[2].log_prob"),
        (("nodes", 2, 5), 0, "nodes[2].rank"),
        (("nodes", 2, 6), "1", "nodes[2].entropy"),
        (("branches", 0), {}, "branches[0]"),
        (("branches", 0, "leaf"), 99, "branches[0].leaf"),
        (("branches", 1, "id"), 1, "branches[1].id"),
        (("branches", 1, "strategy"), 2, "branches[1].strategy"),
        (("branches", 1, "name"), "", "branches[1].name"),
        (("branches", 1, "reason"), "why", "branches[1].reason"),
    ],
)
def test_a_broken_file_names_what_is_wrong(tree, path, value, named):
    with pytest.raises(SpecError) as caught:
        from_text(json.dumps(changed(as_dict(tree), path, value)))
    assert caught.value.field == named


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", "null", '{"kind": "other"}', None, 5, "[" * 100_000, "x" * 2_000_001]
)
def test_what_is_no_tree_is_told_as_such(text):
    with pytest.raises(SpecError, match="file accepts"):
        from_text(text)
