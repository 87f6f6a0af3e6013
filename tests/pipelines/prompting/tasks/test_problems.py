"""The problems are right, stay in their range, and the test's have nothing in common with training's."""

import re

import pytest

from pipelines.prompting.tasks.problems import HIGHEST, Author, Problem, Sum, is_held_out, structures
from pipelines.prompting.tasks.words import NAMES, OBJECTS


def written(held_out: bool, seed: int = 3, each: int = 150) -> list[Problem]:
    author = Author(seed, held_out)
    return [author.problem(steps) for steps in ((2, 3) if held_out else (1, 2, 3)) for _ in range(each)]


@pytest.fixture(scope="module", params=[False, True], ids=["training", "held out"])
def split(request) -> tuple[bool, list[Problem]]:
    return request.param, written(request.param)


def test_a_problem_is_what_its_structure_says():
    problem = next(p for p in written(False) if p.structure == ("has", "get", "count"))
    start, more = problem.numbers
    assert problem.sums == (Sum(start, "+", more),) and problem.answer == start + more
    assert problem.worked == f"First {start} + {more} = {start + more}. The answer is {start + more}."


def test_every_step_goes_on_from_the_one_before(split):
    for problem in split[1]:
        for before, step in zip(problem.sums, problem.sums[1:], strict=False):
            assert before.result in (step.left, step.right)


def test_sums_are_right_and_small(split):
    for problem in split[1]:
        for step in problem.sums:
            written_out = str(step).replace("x", "*").replace("/", "//").split(" = ")
            assert eval(written_out[0]) == int(written_out[1])
            assert all(1 <= value <= HIGHEST for value in (step.left, step.right, step.result))
            assert step.sign != "/" or step.left % step.right == 0


def test_the_text_says_the_numbers_and_no_frame_is_left_open(split):
    for problem in split[1]:
        assert tuple(map(int, re.findall(r"\d+", problem.text))) == problem.numbers
        assert "{" not in problem.text and "  " not in problem.text and problem.text.endswith("?")
        assert all(part[:1].isupper() or part[:1].isdigit() for part in re.split(r"(?<=[.?]) ", problem.text))


def test_each_split_keeps_to_its_own(split):
    held_out, problems = split
    theirs = {n for n, _ in NAMES[not held_out]} | set(OBJECTS[not held_out])
    for problem in problems:
        text = re.sub(r"equally into \d+ boxes|\d+ coins", "", problem.text)  # what frames say, not objects
        assert not theirs & set(re.findall(r"[A-Za-z]+", text)) - {"coins"}
        assert is_held_out("numbers", problem.numbers) == held_out
        assert (len(problem.sums) > 1 and is_held_out("structure", problem.structure)) == held_out


def test_there_are_structures_for_both():
    for steps in (2, 3):
        kept = [s for s in structures(steps) if is_held_out("structure", s)]
        assert 0.1 < len(kept) / len(structures(steps)) < 0.35
    assert len(set(structures(3))) == len(structures(3))


def test_names_and_objects_are_named_once():
    for found in (NAMES, OBJECTS):
        both = [*found[False], *found[True]]
        assert len(set(both)) == len(both)


def test_one_seed_writes_the_same_again():
    assert written(True, seed=5, each=5) == written(True, seed=5, each=5) != written(True, seed=6, each=5)
