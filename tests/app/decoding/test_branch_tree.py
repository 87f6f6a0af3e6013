"""Texts that begin alike share their nodes; each change gives another tree; what a tree holds is bounded."""

import math
import random

import pytest

from app.decoding import branch_tree
from app.decoding.branch_tree import BY_HAND, ROOT, BranchTree, Token, measured, parted, put, renamed, without
from pipelines.core.errors import ConflictError, GlassworksError, NotFoundError, SpecError
from pipelines.generation.strategy import strategy

GREEDY, TOP_K = strategy("greedy"), strategy("top_k")


def tokens(*ids):
    return [Token(one, f"<{one}>", -one / 10, one, 1.0) for one in ids]


@pytest.fixture
def forked():
    """Two texts: 5 6 7 and 5 6 8 9."""
    tree, _ = put(BranchTree("m", "p"), ROOT, tokens(5, 6, 7), "one", GREEDY, "length")
    return put(tree, ROOT, tokens(5, 6, 8, 9), "two", TOP_K, "eos")[0]


def test_a_shared_beginning_is_there_once(forked):
    assert len(forked.nodes) == 5
    assert [forked.ids(one.leaf) for one in forked.branches] == [(5, 6, 7), (5, 6, 8, 9)]
    assert forked.text(forked.branches[0].leaf) == "<5><6><7>"
    assert forked.ids(parted(forked, [1, 2])) == (5, 6)
    assert forked.strategies == (GREEDY, TOP_K)


def test_the_tree_before_stays_as_it_was(forked):
    before = dict(forked.nodes)
    put(forked, ROOT, tokens(1), "three", None)
    without(forked, 1)
    renamed(forked, 1, "x")
    assert forked.nodes == before and [one.name for one in forked.branches] == ["one", "two"]


def test_deleting_takes_only_what_no_other_branch_has(forked):
    left = without(forked, 2)
    assert [one.name for one in left.branches] == ["one"]
    assert left.ids(left.branches[0].leaf) == (5, 6, 7) and len(left.nodes) == 3
    assert without(left, 1).nodes == {}


def test_a_branch_begun_by_hand_grows_and_keeps_its_name(forked):
    fork = forked.at((5, 6))
    tree, taken = put(forked, fork, tokens(30), "“dog”", None)
    assert tree.branches[-1].strategy == BY_HAND
    tree, leaf = put(tree, taken, tokens(31, 32), "ignored", TOP_K, "length")
    last = tree.branches[-1]
    assert (last.name, last.leaf, last.strategy, last.since) == ("“dog”", leaf, 1, fork)
    assert tree.ids(leaf) == (5, 6, 30, 31, 32) and len(tree.branches) == 3


def test_going_on_from_the_end_of_a_run_leaves_its_branch(forked):
    tree, leaf = put(forked, forked.branches[0].leaf, tokens(40), "further", GREEDY)
    assert [one.name for one in tree.branches] == ["one", "two", "further"]
    assert tree.ids(leaf) == (5, 6, 7, 40) and tree.ids(tree.branches[0].leaf) == (5, 6, 7)


def test_nothing_follows_a_text_that_ended_for_good(forked):
    with pytest.raises(ConflictError, match="over here"):
        put(forked, forked.branches[1].leaf, tokens(1), "x", None)


@pytest.mark.parametrize("number", [99, -1, None, "1", 1.5, [1]])
def test_an_unknown_token_or_branch_is_told(forked, number):
    with pytest.raises(NotFoundError):
        forked.path(number)
    for change in (lambda: without(forked, number), lambda: renamed(forked, number, "x")):
        with pytest.raises(NotFoundError):
            change()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, None, 7])
def test_a_name_is_text_of_some_length(forked, name):
    with pytest.raises(SpecError, match="name"):
        renamed(forked, 1, name)


def test_bounds_are_told_in_words(forked, monkeypatch):
    monkeypatch.setattr(branch_tree, "MAX_NODES", 6)
    with pytest.raises(ConflictError, match="7 tokens, and it holds 6"):
        put(forked, ROOT, tokens(1, 2), "x", None)
    monkeypatch.setattr(branch_tree, "MAX_BRANCHES", 2)
    with pytest.raises(ConflictError, match="2 branches"):
        put(forked, ROOT, tokens(1), "x", None)


def test_measures():
    found = measured(tokens(5, 15))
    assert found.tokens == 2 and found.log_prob == pytest.approx(-2.0)
    assert found.perplexity == pytest.approx(math.e)
    assert math.isnan(measured([]).perplexity)


def test_any_history_of_changes_keeps_the_tree_whole():
    draw = random.Random(5)
    tree, texts = BranchTree("m", "p"), {}
    for _ in range(400):
        if texts and draw.random() < 0.4:
            gone = draw.choice(list(texts))
            tree = without(tree, gone)
            del texts[gone]
        else:
            ids = tuple(draw.randrange(3) for _ in range(draw.randrange(1, 7)))
            tree, leaf = put(tree, ROOT, tokens(*ids), "x", GREEDY)
            texts[tree.branches[-1].id] = ids
            assert tree.ids(leaf) == ids
        assert {one.id: tree.ids(one.leaf) for one in tree.branches} == texts
        wanted = {ids[: n + 1] for ids in texts.values() for n in range(len(ids))}
        assert {tree.ids(number) for number in tree.nodes} == wanted and len(tree.nodes) == len(wanted)
        numbers = list(tree.nodes)
        assert all(
            tree.nodes[n].parent == ROOT or numbers.index(tree.nodes[n].parent) < i
            for i, n in enumerate(numbers)
        )


def test_every_refusal_is_for_the_visitor(forked):
    with pytest.raises(GlassworksError):
        put(forked, 99, tokens(1), "x", None)
