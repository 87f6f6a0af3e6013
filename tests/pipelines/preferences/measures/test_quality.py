"""The report: each finding on votes that show it and on votes that do not."""

import random

import pytest

from pipelines.common.proportions import mcnemar
from pipelines.preferences.measures.contradictions import circles
from pipelines.preferences.measures.copies import shingles
from pipelines.preferences.measures.finding import FINE, LOOK, UNKNOWN
from pipelines.preferences.measures.pace import seconds_to_read
from pipelines.preferences.measures.quality import quality

LONG = "the old miller walked slowly to the river and counted all of his seven grey geese twice"


def finding(table, name, evaluation=()):
    return quality(table.pairs, table.votes, evaluation).finding(name)


def test_nothing_was_collected():
    found = quality((), ())
    assert all(one.verdict == UNKNOWN and one.value is None for one in found.findings)
    assert found.to_look_at == () == found.paces


def test_every_finding_has_its_rule_and_its_own_name(table):
    table.played(3, 2, 1)
    found = quality(table.pairs, table.votes).findings
    assert len({one.name for one in found}) == len(found) == 11
    assert all(one.rule and one.title and one.verdict in (FINE, LOOK, UNKNOWN) for one in found)


@pytest.mark.parametrize(("longer", "shorter", "word"), [(18, 2, LOOK), (2, 18, LOOK), (11, 9, FINE)])
def test_length_bias(table, longer, shorter, word):
    for _ in range(longer):
        table.vote(table.pair(a="a much longer text", b="short"), "a")
    for _ in range(shorter):
        table.vote(table.pair(a="short", b="a much longer text"), "a")
    table.vote(table.pair(a="as long", b="it is"), "a")  # equally long: says nothing
    found = finding(table, "length_bias")
    assert (found.value, found.count, found.verdict) == (longer / 20, 20, word)
    assert found.low < found.value < found.high


def test_position_bias_is_about_sides_not_texts(table):
    for n in range(20):
        flipped = n % 2 == 0
        table.vote(table.pair(), "b" if flipped else "a", flipped=flipped)  # always the left one
    found = finding(table, "position_bias")
    assert found.value == 1 and found.verdict == LOOK
    assert finding(table, "length_bias").count == 0


@pytest.mark.parametrize("left", range(0, 13, 3))
def test_position_bias_by_the_exact_test(table, left):
    for n in range(12):
        table.vote(table.pair(), "a" if n < left else "b")
    assert finding(table, "position_bias").verdict == (LOOK if mcnemar(left, 12 - left) < 0.05 else FINE)


def test_a_judge_has_no_side(table):
    for _ in range(20):
        table.judge(table.pair(), "a")
    assert finding(table, "position_bias").verdict == UNKNOWN


def test_consistency_compares_what_one_person_said_of_the_texts(table):
    for n in range(10):
        first = table.pair()
        again = table.pair(repeats=first)
        table.vote(first, "a", who="x")
        table.vote(again, "a" if n < 7 else "tie", who="x", flipped=True)
        table.vote(again, "b", who="y")  # never saw the first one
    found = finding(table, "consistency")
    assert (found.value, found.count, found.verdict) == (0.7, 10, LOOK)
    assert len(found.pairs) == 3


def test_speed_and_paces(table):
    text = " ".join(["word"] * 49)
    pairs = [table.pair(a=text, b=text, prompt="two words") for _ in range(10)]
    assert seconds_to_read(table.pairs[0]) == pytest.approx(10)
    for n, pair in enumerate(pairs):
        table.vote(pair, "a", who="quick", seconds=1.0, name="Quick")
        table.vote(pair, "b", who="slow", seconds=20.0 + n)
        table.vote(pair, "skip", who="skipper", seconds=0.5)
        table.vote(pair, "b", who="nobody measured")
        table.judge(pair, "a")
    found = quality(table.pairs, table.votes)
    paces = {one.annotator: one for one in found.paces}
    assert (paces["quick"].seconds, paces["quick"].fast, paces["quick"].name) == (1.0, 10, "Quick")
    assert (paces["slow"].seconds, paces["slow"].fast) == (24.5, 0)
    assert paces["skipper"].fast == 0 and paces["nobody measured"].seconds is None
    assert "model:j" not in paces
    speed = found.finding("speed")
    assert (speed.value, speed.count, speed.verdict) == (pytest.approx(10 / 30), 30, LOOK)


def test_what_prefers_neither(table):
    for choice, count in (("a", 3), ("tie", 5), ("both_bad", 2), ("skip", 2)):
        for _ in range(count):
            table.vote(table.pair(), choice)
    ties, bad, skips = (finding(table, name) for name in ("ties", "both_bad", "skips"))
    assert (ties.value, ties.count, ties.verdict) == (0.5, 10, LOOK)
    assert (bad.value, bad.verdict) == (0.2, FINE)
    assert (skips.value, skips.count, skips.verdict) == (pytest.approx(1 / 6), 12, FINE)


def test_near_duplicates(table):
    rng = random.Random(0)
    texts = [" ".join(rng.choice(LONG.split()) for _ in range(80)) for _ in range(20)]
    for n in range(10):
        table.pair(f"q{n}", a=texts[2 * n], b=texts[2 * n + 1])
    table.pair("swapped", prompt="prompt of q3", a=texts[7], b=texts[6].upper())
    table.pair("shown again", prompt="prompt of q3", a=texts[6], b=texts[7], repeats="q3")
    found = finding(table, "near_duplicates")
    assert (found.value, found.count, found.pairs, found.verdict) == (1, 11, ("swapped",), LOOK)


def test_answers_that_are_nearly_one(table):
    table.pair("far", a=LONG, b="something else altogether, about a boat and its captain")
    assert finding(table, "same_texts").verdict == FINE
    table.pair("near", a=LONG, b=LONG.replace(" ", "  ").upper() + "!")
    table.pair("empty", a="", b="")
    assert finding(table, "same_texts").pairs == ("near", "empty")


def test_leaks_by_thirteen_words(table):
    thirteen = " ".join(LONG.split()[:13])
    table.pair("leaks", prompt=f"Please: {thirteen}, yes")
    table.pair("twelve", prompt=" ".join(LONG.split()[:12]) + " or so they said in the village")
    table.pair("short", prompt="What is 2 + 2?")
    found = finding(table, "leaks", [f"Tell me why {thirteen.upper()}", "what is 2 + 2"])
    assert (found.value, found.pairs, found.verdict) == (2, ("leaks", "short"), LOOK)


def test_leaks_need_an_evaluation(table):
    table.pair()
    for given in ((), ("", "  ")):
        assert finding(table, "leaks", given).verdict == UNKNOWN
    found = finding(table, "leaks", ["another prompt"])
    assert (found.value, found.verdict) == (0, FINE)


def test_opposite_votes_on_one_prompt_contradict(table):
    table.vote(table.pair("p", prompt="same", a="x", b="y"), "a")
    table.vote(table.pair("q", prompt="same", a="x", b="y"), "b")
    table.vote(table.pair("r", prompt="same", a="y", b="z"), "a")
    table.vote(table.pair("s", prompt="another", a="x", b="y"), "b")
    found = finding(table, "contradictions")
    assert (found.value, set(found.pairs), found.count, found.verdict) == (2, {"p", "q"}, 4, LOOK)


def test_a_circle_of_three_contradicts(table):
    for id, (a, b) in zip("pqr", ("xy", "yz", "zx"), strict=True):
        table.vote(table.pair(id, prompt="same", a=a, b=b), "a")
    assert set(finding(table, "contradictions").pairs) == set("pqr")


def test_an_order_does_not_contradict(table):
    for a, b in ("xy", "yz", "xz"):
        table.vote(table.pair(prompt="same", a=a, b=b), "a")
    table.vote(table.pair(prompt="same", a="z", b="x"), "tie")
    table.vote(table.pair(prompt="same", a="x", b="x"), "a")
    assert finding(table, "contradictions").verdict == FINE


@pytest.mark.parametrize("seed", range(20))
def test_circles_are_what_reaches_each_other(seed):
    rng = random.Random(seed)
    edges = [(rng.randrange(9), rng.randrange(9)) for _ in range(rng.randint(1, 16))]
    reach = {(a, b) for a, b in edges} | {(n, n) for edge in edges for n in edge}
    for middle in range(9):
        reach |= {(a, d) for a, b in reach for c, d in reach if b == c == middle}
    found = circles(edges)
    for one in found:
        for other in found:
            together = (one, other) in reach and (other, one) in reach
            assert (found[one] == found[other]) == together


def test_a_long_chain_needs_no_deep_stack():
    assert len(set(circles([(str(n), str(n + 1)) for n in range(20_000)]).values())) == 20_001


def test_shingles_are_of_words_without_case():
    assert shingles("One two, three four five!") == shingles("one TWO three four five")
    assert len(shingles(LONG)) == len(LONG.split()) - 4 and shingles("a b") != shingles("b a")
    assert shingles("") == frozenset() and len(shingles("one two")) == 1 and shingles("!?") != shingles("?!")
