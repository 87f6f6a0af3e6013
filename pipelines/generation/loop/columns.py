"""From a strategy to the column that carries it out."""

from pipelines.generation.loop.beam import Beam
from pipelines.generation.loop.column import Column
from pipelines.generation.loop.constraint import constraint_of
from pipelines.generation.loop.contrastive_decoding import Amateur
from pipelines.generation.loop.contrastive_search import ContrastiveSearch
from pipelines.generation.loop.dola import Dola
from pipelines.generation.loop.proposers import DraftModel, PromptLookup
from pipelines.generation.loop.search import Search
from pipelines.generation.loop.speculative import Speculative
from pipelines.generation.strategy import Strategy

_MADE = {
    "search": lambda at, one, count: Search(at, one, count, constraint=constraint_of(one)),
    "beam": lambda at, one, count: Beam(at, one),
    "contrastive_search": lambda at, one, count: ContrastiveSearch(at, one),
    "dola": lambda at, one, count: Search(at, one, count, Dola(one)),
    "contrastive_decoding": lambda at, one, count: Search(at, one, count, Amateur(one)),
    "prompt_lookup": lambda at, one, count: Speculative(at, one, count, PromptLookup(one)),
    "assisted": lambda at, one, count: Speculative(at, one, count, DraftModel(one)),
}


def column(index: int, strategy: Strategy, samples: int) -> Column:
    """``samples`` counts texts of a strategy that draws; the others make one."""
    return _MADE[strategy.kind.method](index, strategy, samples)
