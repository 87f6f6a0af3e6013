"""A strategy that cannot go on ends its own column alone."""

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.generation.loop.columns import column
from pipelines.generation.loop.run import Run
from pipelines.generation.strategy import strategy
from tests.support.compared_runs import STUCK, loaded
from tests.support.loops import setting, texts


def ran(*strategies: tuple[str, dict]) -> tuple[Run, list]:
    columns = [column(at, strategy(*one), 2) for at, one in enumerate(strategies)]
    made = Run(setting(loaded("gpt2"), max_new_tokens=100), columns)
    list(made.steps())
    return made, columns


def test_the_others_write_what_they_write_alone():
    drawing = ("sample", {"temperature": 0.8})
    made, columns = ran(("greedy", {}), STUCK, ("beam", {}), drawing)
    assert list(made.faults) == [1] and "no_repeat_ngram_size cuts every token" in made.faults[1]
    assert 0 < len(columns[1].lines[0].ids) < 90
    for at, one in ((0, ("greedy", {})), (2, ("beam", {}))):
        _, alone = ran(one)
        assert texts(columns[at]) == texts(*alone)
    assert [len(ids) for ids in texts(columns[3])] == [100, 100]


@pytest.mark.parametrize("strategies", [(STUCK,), (STUCK, STUCK)])
def test_it_is_raised_where_none_is_left(strategies):
    with pytest.raises(GlassworksError, match="no_repeat_ngram_size"):
        ran(*strategies)


def test_one_that_cannot_begin_stops_no_other():
    end = loaded("gpt2").tokenizer.eos_token
    made, columns = ran(
        ("constrained", {"constraint": "must_contain", "pattern": f"fox\n{end}"}), ("greedy", {})
    )
    assert "pattern accepts" in made.faults[0] and len(columns[1].lines[0].ids) == 100
