import pytest

from pipelines.core.errors import SpecError
from pipelines.core.fields import from_dict, to_dict
from pipelines.prompting.tools.toolbox import NAMES, ToolSpec, make
from pipelines.prompting.tools.words import instruction


def nothing(query, k):
    return []


ALL = ToolSpec(
    tools=["python", "search", "lookup", "calculator"],
    table="a,b\n1,2",
    collection="lessons",
    results=2,
    seconds=2,
    memory=128,
)


def test_what_is_chosen_is_made_in_one_order_and_with_what_it_needs():
    made = make(ALL, nothing)
    assert tuple(made) == (*NAMES, "finish")
    assert all(tool.name == name for name, tool in made.items())
    assert made["lookup"]("1; b") == "2" and made["search"].k == 2
    assert (made["python"].limits.seconds, made["python"].limits.memory) == (2, 128 << 20)
    assert tuple(make(ToolSpec())) == ("calculator", "finish")
    assert tuple(make(ToolSpec(tools=()))) == ("finish",)


def test_where_no_collection_is_open_a_search_is_told_of_and_fails():
    """As where a prompt is only looked at: it is the one that will be sent."""
    assert tuple(make(ALL)) == (*NAMES, "finish")
    assert make(ALL)["search"]("Mars") == "The search failed: No collection is open here."
    with pytest.raises(SpecError, match="collection accepts the id"):
        ToolSpec(tools=("search",))


def test_each_tool_says_in_a_line_what_it_does():
    """And *finish* is told of once, in the very words of the instruction."""
    made = make(ALL, nothing)
    told = {name: tool.does for name, tool in made.items()}
    lines = instruction(told).splitlines()
    assert lines[-5:] == [f"- {name}: {does}" for name, does in told.items()]
    assert instruction(told) == instruction({name: does for name, does in told.items() if name != "finish"})


def test_finish_gives_its_answer_back():
    finish = make(ToolSpec())["finish"]
    assert finish(" 84 ") == "84" and "Write Action: finish[the answer]" in finish(" ")


def test_nothing_that_is_written_raises():
    for name, tool in make(ALL, nothing).items():
        for given in ("", " ", "\x00", "]", "'", "ü" * 20_000):
            if name != "python" or len(given) > 10_000 or not given.strip():
                assert isinstance(tool(given), str)


def test_a_spec_survives_json():
    assert from_dict(ToolSpec, to_dict(ALL)) == ALL


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tools": ("hammer",)}, "tools accepts each of calculator, lookup, search, python at most once"),
        ({"tools": ("search", "search")}, "at most once; got 'search'"),
        ({"tools": "calculator"}, "tools accepts a list of at most 4 texts"),
        ({"tools": ("lookup",)}, "table accepts a table as CSV"),
        ({"tools": ("lookup",), "table": "a,b\n1"}, "each row has 2 cells"),
        ({"results": 0}, "results accepts a whole number from 1 to 10"),
        ({"seconds": 61}, "seconds accepts a whole number from 1 to 60"),
        ({"memory": 1}, "memory accepts a whole number from 64 to 4096"),
    ],
)
def test_a_spec_that_cannot_be_used_is_refused(changed, said):
    with pytest.raises(SpecError) as refused:
        ToolSpec(**changed)
    assert said in str(refused.value)
