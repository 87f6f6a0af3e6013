"""The log of beam searches: it only grows, and the winning path is the text that won."""

import json

import pytest

from app.decoding.beam_tree import BeamLog, beam_columns, winning
from tests.support.compared_runs import comparison

BEAMS = ("beam", {"num_beams": 4})
GROUPS = ("beam", {"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.7})


@pytest.fixture(scope="module")
def run():
    return comparison(BEAMS, ("greedy", {}), GROUPS, max_new_tokens=10)


def test_only_beam_searches_are_columns(run):
    assert beam_columns(run.request) == [0, 2]


def test_the_winning_path_spells_the_text_that_won(run):
    for outcome in run.decoded.outcomes:
        steps = [one for one in run.beams if one.column == outcome.column]
        if steps:
            path = winning(steps, outcome.ids)
            assert [step.ids[node] for step, node in zip(steps, path, strict=False)] == outcome.ids.tolist()
            assert all(steps[at].parents[path[at]] == path[at - 1] for at in range(1, len(path)))


def test_each_update_begins_with_the_one_before(run):
    log, before = BeamLog(run.request), ""
    for count in range(len(run.beams) + 1):
        now = log.after(run.beams[:count])
        assert now.startswith(before)
        before = now
    whole = log.ended(run.beams, run.decoded.outcomes)
    assert whole.startswith(before)
    assert whole == BeamLog(run.request).ended(run.beams, run.decoded.outcomes)


def test_what_a_step_takes_on_the_page_is_small(run):
    head, *steps, end = BeamLog(run.request).ended(run.beams, run.decoded.outcomes).split("\n")
    assert set(json.loads(head)) == {"run", "titles"} and set(json.loads(end)["winners"]) == {"0", "2"}
    assert len(steps) == len(run.beams) and max(map(len, steps)) < 2000


def test_no_ids_lead_nowhere(run):
    assert winning([one for one in run.beams if one.column == 0], [10**6]) == []
