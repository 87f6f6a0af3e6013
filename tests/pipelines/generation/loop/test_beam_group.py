"""Diverse groups, which transformers no longer has, against a slow and plain search."""

import random
from collections import Counter

import pytest

from tests.support.beams import FAMILIES, OFTEN, STOPS, beam, ending, path, told_beams
from tests.support.loops import run, setting, whole
from tests.support.tiny_models import VOCABULARY, tiny


class Slow:
    """One group, of texts and floats; every score from a forward of the whole text."""

    def __init__(self, model, made, one):
        self.model, self.made, self.one = model, made, one
        self.width = one.num_beams // one.num_beam_groups
        self.running, self.finished, self.over = [(0.0, [])], [], False

    def step(self, length: int, taken: Counter) -> None:
        found = []
        for score, ids in self.running:
            logits = whole(self.model, self.made.prompt_ids + ids).logits[0, -1].double()
            for token, log_prob in enumerate(logits.log_softmax(-1).tolist()):
                lowered = log_prob - self.one.diversity_penalty * taken[token]
                found.append((score + lowered, [*ids, token]))
        found.sort(key=lambda one: -one[0])
        last = length == self.made.max_new_tokens
        ended = [(score, ids) for score, ids in found[: self.width] if last or ids[-1] in self.made.ends]
        self.finished += [(score / length**self.one.length_penalty, ids) for score, ids in ended]
        self.finished = sorted(self.finished, key=lambda one: -one[0])[: self.width]
        self.running = [one for one in found if one[1][-1] not in self.made.ends][: self.width]
        self.over = last or self.is_done(length)

    def is_done(self, length: int) -> bool:
        if len(self.finished) < self.width or self.one.early_stopping == "first":
            return len(self.finished) == self.width
        if self.one.early_stopping == "never" and self.one.length_penalty > 0:
            length = self.made.max_new_tokens
        return self.running[0][0] / length**self.one.length_penalty <= self.finished[-1][0]


def slow(model, made, one) -> tuple[list[int], float, list[list[list[int]]]]:
    """The best ids, its score, and what ran on in each step."""
    groups = [Slow(model, made, one) for _ in range(one.num_beam_groups)]
    ran = []
    for length in range(1, made.max_new_tokens + 1):
        taken: Counter = Counter()
        ran.append([])
        for group in groups:
            if not group.over:
                group.step(length, taken)
            if not group.over:
                taken.update(ids[-1] for _, ids in group.running)
                ran[-1] += [ids for _, ids in group.running]
    score, ids = max((group.finished[0] for group in groups), key=lambda one: one[0])
    return ids, score, [one for one in ran if one]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stops", STOPS)
@pytest.mark.parametrize(("beams", "groups"), [(6, 3), (4, 4), (6, 2), (3, 1)])
def test_groups_are_those_of_a_plain_reference(family, stops, beams, groups):
    chance = random.Random(beams * groups)
    loaded = ending(family, 3.0)
    for penalty in (0.0, 0.3, 1.1) if groups > 1 else (0.0,):
        column = beam(
            num_beams=beams,
            num_beam_groups=groups,
            diversity_penalty=penalty,
            length_penalty=chance.choice([-1.0, 0.5, 1.0]),
            early_stopping=stops,
        )
        made = setting(loaded, ends=OFTEN, max_new_tokens=8, trace=0)
        ids, score, ran = slow(loaded.model, made, column.strategy)
        told = told_beams(run(made, column))
        assert column.lines[0].ids == ids
        assert column.lines[0].score == pytest.approx(score, abs=1e-4)
        for at, texts in enumerate(ran):
            ours = [path(told, at, node) for node, ended in enumerate(told[at].ended) if not ended]
            assert all(text in ours for text in texts)


def test_without_a_penalty_every_group_finds_the_same_beams():
    loaded = ending("gpt2", 3.0)
    made = setting(loaded, ends=OFTEN, max_new_tokens=20)
    grouped, plain = beam(num_beams=6, num_beam_groups=3), beam(num_beams=2)
    shown, alone = told_beams(run(made, grouped)), told_beams(run(made, plain))
    assert [one.ids for one in shown] == [one.ids * 3 for one in alone]
    assert grouped.lines[0].ids == plain.lines[0].ids


def test_a_high_penalty_keeps_groups_apart():
    column = beam(num_beams=8, num_beam_groups=8, diversity_penalty=10.0)
    for one in told_beams(run(setting(tiny("gpt2")), column))[:-1]:
        assert len(set(one.ids)) == 8


def test_the_stage_of_the_penalty_is_shown_where_a_later_group_wins():
    chance, found = random.Random(0), set()
    loaded = tiny("gpt2")
    for _ in range(12):
        column = beam(num_beams=2, num_beam_groups=2, diversity_penalty=0.1)
        run(setting(loaded, [chance.randrange(VOCABULARY) for _ in range(4)]), column)
        (names,) = {one.names for one in column.lines[0].stages}
        assert {bool(kept.method) for kept in column.lines[0].kept} == {len(names) == 2}
        found.add(names)
    assert found == {("raw",), ("raw", "diversity_penalty")}
