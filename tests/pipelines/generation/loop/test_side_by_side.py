"""What one column writes does not depend on those beside it, whatever rows they take in the batch."""

from dataclasses import replace

import pytest

from pipelines.generation.loop.contrastive_decoding import Amateur
from pipelines.generation.loop.contrastive_search import ContrastiveSearch
from pipelines.generation.loop.dola import Dola
from pipelines.generation.loop.search import Search
from pipelines.generation.strategy import strategy
from tests.support.loops import run, setting, texts
from tests.support.tiny_models import tiny


def columns() -> list:
    drawn = strategy("dola", {"do_sample": True, "dola_layers": "low", "temperature": 1.5})
    amateur = strategy("contrastive_decoding", {"amateur": "gpt2", "do_sample": True, "temperature": 1.5})
    return [
        Search(0, strategy("greedy"), 3),
        ContrastiveSearch(1, strategy("contrastive_search")),
        Search(2, drawn, 3, Dola(drawn)),
        Search(3, strategy("top_p", {"top_p": 0.95}), 3),
        Search(4, amateur, 3, Amateur(amateur)),
        ContrastiveSearch(5, strategy("contrastive_search", {"num_candidates": 7, "penalty_alpha": 0.4})),
        Search(6, strategy("temperature", {"temperature": 3.0}), 3),
    ]


CASES = [("llama", False), *((family, True) for family in ("llama", "gpt2", "gemma2", "mamba"))]


@pytest.mark.parametrize(("family", "some_end"), CASES)
def test_each_text_is_as_when_it_is_alone(family, some_end):
    made = setting(tiny(family), others={"gpt2": tiny("gpt2")}, trace=0, remembers=False)
    together = columns()
    run(made, *together)
    if some_end:  # columns and samples leave the batch at different steps
        written = texts(*together)
        ends = frozenset(ids[at % 9 + 2] for at, ids in enumerate(written) if at % 2)
        made = replace(made, ends=ends)
        together = columns()
        run(made, *together)
        assert len({len(ids) for ids in texts(*together)}) > 2
    for one, alone in zip(together, columns(), strict=True):
        run(made, alone)
        assert texts(one) == texts(alone), one.strategy.name
        assert [text.reason for text in one.lines] == [text.reason for text in alone.lines]
        assert [text.forwards for text in one.lines] == [text.forwards for text in alone.lines]
