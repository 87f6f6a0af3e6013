"""What a run asks, and where its examples come from."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.lab.questions import questions_of
from pipelines.prompting.specs import PromptLabSpec

OPTIONS = [
    {"question": f"Which of these is {n}?", "choices": [str(n), str(n + 1), str(n + 2)], "answer": str(n)}
    for n in range(6)
]


def questions(**fields):
    return questions_of(PromptLabSpec.from_dict({"strategies": ["direct"], **fields}))


def own(rows, **fields):
    return questions(task="own", items=json.dumps(rows), **fields)


def test_examples_are_none_of_the_asked():
    made = questions(task="arithmetic", n=7, prompts=[{"shots": 3}])
    assert len(made.asked.items) == 7 and len(made.pool) == 200 and made.numbers
    assert not {item.question for item in made.asked.items} & {item.question for item in made.pool}
    mine = own(OPTIONS, n=4, prompts=[{"shots": 2}])
    assert len(mine.pool) == 2 and not {i.id for i in mine.pool} & {i.id for i in mine.asked.items}
    all_asked = own(OPTIONS, n=6, prompts=[{"shots": 2}])
    assert len(all_asked.pool) == 6, "where all are asked, the builder leaves out the item itself"


def test_every_option_comes_to_every_place():
    found = own(OPTIONS, n=2, rotate=True)
    assert len(found.asked.items) == 6 and found.reading.kind == "letter"
    for first in range(0, 6, 3):
        some = found.asked.items[first : first + 3]
        assert sorted(item.answer for item in some) == ["A", "B", "C"]
        assert len({item.choices["ABC".index(item.answer)] for item in some}) == 1
    with pytest.raises(SpecError, match="rotate accepts false for items without options"):
        questions(task="arithmetic", n=2, rotate=True)
    with pytest.raises(SpecError, match="shots"):
        own(OPTIONS, n=6, rotate=True, prompts=[{"shots": 1}])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"task": "own"}, "items accepts items exactly where the task is own"),
        ({"items": "[]"}, "items accepts items exactly where the task is own"),
        ({"n": 2001}, "n accepts a whole number from 1 to 2000"),
        ({"strategies": ["direct", "direct"]}, "strategies accepts each of them once"),
        ({"models": []}, "models accepts 1 to 8 of them"),
        ({"strategies": [{"name": "tot", "settings": {"depth": 0}}]}, "depth accepts"),
        ({"n": 2000, "strategies": [{"name": "self_consistency", "settings": {"samples": 64}}]}, "in all"),
        ({"file": "x.jsonl"}, "file accepts nothing for a task set that is written here"),
        ({"colour": 1}, "colour accepts nothing"),
    ],
)
def test_a_spec_that_cannot_be_names_its_field(fields, words):
    with pytest.raises(SpecError, match=words):
        PromptLabSpec.from_dict({"strategies": ["direct"], **fields})


def test_a_spec_goes_through_json():
    spec = PromptLabSpec.from_dict(
        {
            "strategies": ["cot", {"name": "tot", "settings": {"breadth": 2}, "title": "Small tree"}],
            "prompts": [{"shots": 2}, {}],
            "decodings": [{"temperature": 0.5, "stop": ["Q:"]}],
            "answers": {"kind": "number", "pattern": "= (\\d+)"},
            "tools": {"tools": ["calculator", "lookup"], "table": "a,b\n1,2"},
        }
    )
    again = PromptLabSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert [spec.title(cell) for cell in spec.cells()] == [
        "Chain of thought · shots 2",
        "Small tree · shots 2",
        "Chain of thought · shots 0",
        "Small tree · shots 0",
    ]
