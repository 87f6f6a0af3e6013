"""Examples against the sampler of lm-evaluation-harness."""

import pytest
from lm_eval.api.samplers import ContextSampler, FirstNSampler

from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.evaluation.tasks.shots import NO_SHOTS, Shots, examples, with_shots
from pipelines.evaluation.tasks.task import Setting

POOL = [{"n": number} for number in range(12)]
ITEMS = [Item(str(number), {"n": number}) for number in range(6)]


@pytest.mark.parametrize("seed", [0, 1234, 77])
@pytest.mark.parametrize("task", ["arc_easy", "piqa"])
def test_they_are_the_harness_s(task, seed):
    """ARC has a test split; PIQA has none, for which it draws one more and leaves the item out."""
    sampler = ContextSampler(POOL, rnd=seed)
    left_out = task == "piqa"
    wanted = [tuple(sampler.sample(4, item.fields if left_out else None)) for item in ITEMS]
    assert [item.shots for item in with_shots(TASKS[task], ITEMS, POOL, Shots(4, seed), own=False)] == wanted


@pytest.mark.parametrize("task", ["arc_easy", "story_cloze", "mmlu"])
def test_no_item_is_its_own_example(task):
    found = with_shots(TASKS[task], ITEMS, POOL, Shots(11), own=True)
    assert all(item.fields not in item.shots and len(item.shots) == 11 for item in found)


def test_an_item_that_is_in_the_pool_twice_still_has_all_its_examples():
    pool = [{"n": 0}] * 5 + [{"n": 1}, {"n": 2}]
    (item,) = with_shots(TASKS["piqa"], ITEMS[:1], pool, Shots(2), own=False)
    assert sorted(row["n"] for row in item.shots) == [1, 2]


def test_the_first_ones_where_their_authors_chose_them():
    wanted = tuple(FirstNSampler(POOL).sample(5))
    for item in with_shots(TASKS["mmlu"], ITEMS, POOL, Shots(5), own=False):
        assert item.shots == wanted


def test_a_limit_changes_no_example_and_none_are_drawn_where_none_belong():
    many = with_shots(TASKS["arc_easy"], ITEMS, POOL, Shots(3), own=False)
    assert with_shots(TASKS["arc_easy"], ITEMS[:2], POOL, Shots(3), own=False) == many[:2]
    for task, shots in (("blimp", Shots(3)), ("truthfulqa_mc1", Shots(3)), ("piqa", NO_SHOTS)):
        assert with_shots(TASKS[task], ITEMS, [], shots, own=True) == ITEMS


@pytest.mark.parametrize(("own", "most"), [(True, 11), (False, 12)])
def test_too_many_are_refused(own, most):
    with pytest.raises(SpecError, match=f"num_fewshot accepts at most {most}"):
        with_shots(TASKS["arc_easy"], ITEMS, POOL, Shots(most + 1), own=own)


def test_whose_examples():
    setting = Setting(shots=({"n": 9},))
    assert examples(ITEMS[0], setting) == ({"n": 9},)
    assert examples(Item("0", {}, shots=({"n": 1},)), setting) == ({"n": 1},)
