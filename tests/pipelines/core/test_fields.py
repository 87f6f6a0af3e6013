"""Fields check type and range, name what they accept, and come back from JSON as they went in."""

import json
import math
import random
from dataclasses import dataclass

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, describe, from_dict, knob, knobs, to_dict


@dataclass(frozen=True)
class Spec:
    steps: int = knob(100, label="Steps", help="h", low=1, high=1000)
    rate: float = knob(0.1, label="Rate", help="h", low=0, high=1)
    name: str = knob("", label="Name", help="h", max_chars=10)
    mode: str = knob("a", label="Mode", help="h", choices=("a", "b"))
    on: bool = knob(True, label="On", help="h")
    seed: int | None = knob(None, label="Seed", help="h", low=0, high=9)
    words: tuple[str, ...] = knob(("x",), label="Words", help="h", high=3, max_chars=5)

    def __post_init__(self):
        check(self)


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        ("steps", 0, "a whole number from 1 to 1000"),
        ("steps", 1001, "from 1 to 1000"),
        ("steps", 1.5, "whole number"),
        ("steps", "5", "whole number"),
        ("steps", True, "whole number"),
        ("steps", None, "whole number"),
        ("steps", math.inf, "whole number"),
        ("rate", math.nan, "a number from 0 to 1"),
        ("rate", -0.01, "from 0 to 1"),
        ("rate", "0.5", "a number"),
        ("name", "x" * 11, "at most 10 characters"),
        ("name", 5, "text"),
        ("mode", "c", "one of 'a', 'b'"),
        ("mode", ["a"], "one of"),
        ("on", 1, "true or false"),
        ("on", "true", "true or false"),
        ("seed", 10, "or nothing"),
        ("words", ["a"] * 4, "at most 3 texts"),
        ("words", ["toolong"], "texts"),
        ("words", [1], "texts"),
        ("words", "abc", "texts"),
    ],
)
def test_a_wrong_value_names_field_and_range(field, value, accepted):
    with pytest.raises(SpecError) as caught:
        from_dict(Spec, {field: value})
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field} accepts ")
    assert accepted in str(caught.value)


def test_whole_floats_and_lists_are_taken_as_json_means_them():
    spec = Spec(steps=4.0, rate=1, words=["a", "b"])
    assert (spec.steps, type(spec.steps)) == (4, int)
    assert (spec.rate, type(spec.rate)) == (1.0, float)
    assert spec.words == ("a", "b")


def test_an_unknown_field_is_refused_with_the_known_ones():
    with pytest.raises(SpecError, match=r"stepz accepts nothing: the fields are steps, rate"):
        from_dict(Spec, {"stepz": 3})


@pytest.mark.parametrize("values", [None, [], "x", 3])
def test_what_is_no_object_is_refused(values):
    with pytest.raises(SpecError, match="JSON object"):
        from_dict(Spec, values)


def test_knobs_keep_declaration_order():
    assert list(knobs(Spec)) == ["steps", "rate", "name", "mode", "on", "seed", "words"]


def test_a_long_wrong_value_is_cut_in_the_message():
    assert len(str(SpecError("name", "x" * 10_000, "text"))) < 200


def _random_values(rng):
    return {
        "steps": rng.choice(
            [rng.randint(-5, 1200), float(rng.randint(1, 1000)), rng.uniform(0, 9), None, "7"]
        ),
        "rate": rng.choice([rng.uniform(-0.2, 1.2), rng.randint(-1, 2), math.nan, True]),
        "name": "".join(rng.choices('aü漢\n"\\', k=rng.randint(0, 12))),
        "mode": rng.choice(["a", "b", "c", "", None]),
        "on": rng.choice([True, False, 0, None]),
        "seed": rng.choice([None, rng.randint(-2, 11)]),
        "words": rng.choice([[], ["a"] * rng.randint(0, 5), ["abcdef"], ("x", "y"), "x"]),
    }


def test_random_values_are_accepted_exactly_when_in_range_and_round_trip():
    rng, accepted = random.Random(0), 0
    for _ in range(3000):
        values = {k: v for k, v in _random_values(rng).items() if rng.random() < 0.4}
        try:
            spec = from_dict(Spec, values)
        except SpecError as error:
            assert error.field in values
            assert describe(knobs(Spec)[error.field], Spec.__annotations__[error.field]) in str(error)
            continue
        accepted += 1
        assert 1 <= spec.steps <= 1000 and type(spec.steps) is int
        assert 0 <= spec.rate <= 1 and type(spec.rate) is float
        assert len(spec.name) <= 10 and spec.mode in ("a", "b") and type(spec.on) is bool
        assert spec.seed is None or 0 <= spec.seed <= 9
        assert len(spec.words) <= 3 and all(len(w) <= 5 for w in spec.words)
        assert from_dict(Spec, json.loads(json.dumps(to_dict(spec)))) == spec
    assert 300 < accepted < 2700
