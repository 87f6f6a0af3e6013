"""Ids sort by time, do not repeat and are safe in a path."""

import pytest

from pipelines.core.ids import is_id, new_id


def test_ids_are_ids_and_differ():
    made = {new_id() for _ in range(200)}
    assert len(made) == 200
    assert all(is_id(one) for one in made)


def test_ids_sort_by_time():
    times = [0.0, 1.0, 1.02, 1e9, 1.7e9, 1.7e9 + 0.01, 4e9, 1.09e10]
    made = [new_id(t) for t in times]
    assert made == sorted(made)


@pytest.mark.parametrize(
    "text", ["", "..", "../../etc/pw", "abc/defghijk", "ABCDEFGHJKMN", "0123456789ai", "0" * 13, "0" * 11]
)
def test_other_texts_are_no_ids(text):
    assert not is_id(text)


@pytest.mark.parametrize("value", [None, 5, b"0" * 12, ["0" * 12], "0" * 12 + "\n"])
def test_other_values_are_no_ids(value):
    assert not is_id(value)
