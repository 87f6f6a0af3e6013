"""One strategy several times: lines of the form become strategies, and strategies lines again."""

import pytest

from app.prompt_lab.variants import example, read, written
from pipelines.core.errors import SpecError
from pipelines.prompting.specs import PromptLabSpec
from pipelines.prompting.strategies.registry import STRATEGIES


def test_each_line_is_the_strategy_once_more():
    first = {"samples": 5, "temperature": 1.0}
    found = read("self_consistency", first, "samples = 20\n\n  temperature=0.5, samples = 3  ")
    assert [one["settings"] for one in found] == [
        {"samples": 20, "temperature": 1.0},
        {"samples": 3, "temperature": 0.5},
    ]
    asked = [{"name": "self_consistency", "settings": first}, *found]
    spec = PromptLabSpec.from_dict({"strategies": asked})
    assert len({spec.title(cell) for cell in spec.cells()}) == 3


@pytest.mark.parametrize("name", [name for name, kind in STRATEGIES.items() if kind.settings.__annotations__])
def test_the_example_can_be_typed(name):
    line = example(STRATEGIES[name])
    if not line.endswith("…"):
        assert read(name, {}, line)


@pytest.mark.parametrize(
    "others",
    [
        [{"samples": 4}],
        [{"samples": 4, "temperature": 0.5}, {"rationales": True}],
        [{"instruction": 'Say "why", then\nsay how.'}],
        [{"samples": 7, "instruction": "a = b, c"}],
    ],
)
def test_there_and_back(others):
    kind = STRATEGIES["self_consistency"]
    lines = written(kind, [{"samples": 5}, *({"samples": 5, **one} for one in others)])
    assert [one["settings"] for one in read("self_consistency", {"samples": 5}, lines)] == [
        {"samples": 5, **one} for one in others
    ]
    assert written(kind, [{"samples": 5}]) == written(kind, []) == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("samples", "name = value"),
        ("samples = many", "samples accepts"),
        ("draws = 4", "draws"),
        ("{broken", "an object such as"),
        ("samples = 1", "samples accepts"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(line, words):
    with pytest.raises(SpecError, match=words):
        read("self_consistency", {}, line)
