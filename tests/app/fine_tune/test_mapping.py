"""Roles and columns between the dropdowns and the spec's lines."""

import pytest

from app.fine_tune import mapping
from pipelines.training.rows.kinds import FORMATS


def test_lines_and_roles_are_each_other_s_way_back():
    roles = {"text": "Review text", "label": "a=b"}
    assert mapping.roles_in(mapping.lines_of(roles)) == roles
    assert mapping.lines_of({"text": "t", "second": ""}) == "text=t"
    assert mapping.roles_in(None) == mapping.roles_in("no role here") == {}


@pytest.mark.parametrize("name", FORMATS)
def test_every_required_role_gets_a_column_while_there_are_some(name):
    format = FORMATS[name]
    found = mapping.suggested(format, ["c1", "c2", "c3", "c4"])
    assert set(found) == set(format.required) and len(set(found.values())) == len(found)
    assert len(format.roles) <= mapping.SLOTS


def test_usual_names_win_and_one_column_plays_one_role():
    assert mapping.suggested(FORMATS["prompt-completion"], ["x", "Answer", "question"]) == {
        "prompt": "question",
        "completion": "Answer",
    }
    assert mapping.suggested(FORMATS["text-label"], ["only"]) == {"text": "only"}


def test_a_format_of_another_task_gives_way_to_the_task_s_first():
    assert mapping.format_for("text-label", "classify").name == "text-label"
    assert mapping.format_for("text-label", "instruct") == FORMATS["messages"]
    assert {name for _, name in mapping.format_choices("tag")} == {"conll"}
