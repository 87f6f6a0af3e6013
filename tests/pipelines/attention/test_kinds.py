"""Which heads are named, and from what on."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.attention.answers import MEASURES, Part, Tokens
from pipelines.attention.even import even
from pipelines.attention.kinds import KINDS, LEAST, Likely, likely


def tokens(ids):
    count = len(ids)
    places = np.arange(count, dtype=np.int32)
    return Tokens(np.array(ids, np.int32), ("x",) * count, np.zeros(count, bool), places, places + 1)


def part(ids, shares, name="self", causal=True):
    """A part of one layer; ``shares`` is for each head {measure: share}."""
    measures = np.zeros((1, len(shares), len(MEASURES)), np.float32)
    for head, told in enumerate(shares):
        for measure, share in told.items():
            measures[0, head, MEASURES.index(measure)] = share
    nothing = np.zeros((1, len(shares), 1, 1), np.uint8)
    windows = np.zeros(1, np.int32)
    heads = len(shares)
    return Part(name, tokens(ids), tokens(ids), 1, heads, heads, causal, 64, nothing, measures, windows)


REPEATING = [1, 2, 3, 4, 5, 6] * 4


@pytest.mark.parametrize(("kind", "measure"), KINDS.items())
def test_a_head_is_named_from_the_threshold_on(kind, measure):
    found = likely(part(REPEATING, [{measure: LEAST - 0.01}, {measure: LEAST + 0.01}, {measure: 0.9}]))
    assert [(one.kind, one.layer, one.head) for one in found] == [(kind, 0, 2), (kind, 0, 1)]
    assert found[0].share == pytest.approx(0.9)


def test_what_even_attention_would_do_is_no_kind():
    short = part([1, 2, 3], [{"previous": 0.6, "first": 0.75}])
    assert even(short)[0, MEASURES.index("previous")] > 0.4, "three tokens: half of the way by itself"
    assert likely(short) == ()


def test_two_repeats_are_too_few_to_speak_of_induction():
    share = [{"induction": 1.0, "duplicate": 1.0, "previous": 1.0}]
    ids = [1, 2, 3, 4, 5, 6, 1, 2]
    assert [one.kind for one in likely(part(ids, share))] == ["previous-token"]
    assert {one.kind for one in likely(part([*ids, 3], share))} == {
        "previous-token", "induction", "duplicate-token",
    }  # fmt: skip


def test_a_measure_without_meaning_names_nothing():
    cross = part(REPEATING, [{"first": 0.9}], name="cross", causal=False)
    measures = np.full_like(cross.measures, np.nan)
    measures[..., MEASURES.index("first")] = cross.measures[..., MEASURES.index("first")]
    assert likely(replace(cross, measures=measures)) == (
        Likely("first-token sink", 0, 0, float(np.float32(0.9))),
    )
