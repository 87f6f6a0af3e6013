"""JSON Lines and JSON: an object is a row."""

import pytest

from pipelines.core.errors import GlassworksError


def rows(found) -> list[str]:
    return [found.text[m.start : m.end] for m in found.marks if m.kind == "row"]


def test_objects_lists_and_texts(read):
    line = '{"title": "Tides", "text": "The sea\\n\\nrises.", "n": 1.50, "none": null, "ok": true}'
    assert rows(read(f'{line}\n\n"just text"\n[1, "a"]\n', "a.jsonl")) == [
        "title: Tides\nn: 1.50\nok: true\n\nThe sea\n\nrises.",
        "just text",
        "1, a",
    ]


@pytest.mark.parametrize("field", ["text", "content", "body", "Body"])
def test_the_text_s_field(read, field):
    assert rows(read(f'{{"{field}": "high", "other": "low"}}', "a.jsonl")) == ["other: low\n\nhigh"]


def test_nested_values_have_a_path(read):
    line = '{"by": {"name": "Ann", "of": {"town": "Brest"}}, "tags": ["sea", "moon"], "odd": [{"a": [1]}]}'
    assert rows(read(line, "a.jsonl")) == [
        'by.name: Ann\nby.of.town: Brest\ntags: sea, moon\nodd: [{"a": ["1"]}]'
    ]


def test_numbers_stay_as_they_are_written(read):
    assert rows(read(f'{{"a": 1e3, "b": {"9" * 5000}, "c": NaN, "d": 0}}', "a.jsonl")) == [
        f"a: 1e3\nb: {'9' * 5000}\nc: NaN\nd: 0"
    ]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": 2}]', '{"data": [{"a": 1}, {"a": 2}]}'])
def test_json_whole(read, text):
    assert rows(read(text, "a.json")) == ["a: 1", "a: 2"]


def test_one_object_over_many_lines(read):
    assert rows(read('{\n "a": 1,\n "b": 2\n}', "a.json")) == ["a: 1\nb: 2"]


def test_a_broken_line_is_named(read):
    with pytest.raises(GlassworksError, match="line 3 is not JSON"):
        read('{"a": 1}\n\n{"a": \n', "a.jsonl")
    with pytest.raises(GlassworksError, match=r"it is not JSON \(line 2, character"):
        read("[1,\n}", "a.json")


def test_half_surrogate_pairs_are_left_out(read):
    assert rows(read('{"text": "a\\ud83db"}', "a.jsonl")) == ["ab"]
