"""One search at work: what its stages share."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.rag.requests import Passage
from pipelines.rag.retrieval.clock import Trace
from pipelines.rag.retrieval.passages import passages_of
from pipelines.rag.retrieval.ranking import Ranking
from pipelines.rag.retrieval.scope import Scope


@dataclass
class Run:
    """``passages`` are those that were read, as they stood when their chunk was found: a document that is
    added again while the search goes on changes none of them. ``words`` and ``meaning`` are what the question
    alone found, where a stage has asked that already."""

    scope: Scope
    trace: Trace = field(default_factory=Trace)
    passages: dict[str, Passage] = field(default_factory=dict)
    index: str = "none"
    words: Ranking | None = None
    meaning: Ranking | None = None

    def read(self, ids: Iterable[str]) -> None:
        """Make these chunks' passages known, but for those that are gone by now."""
        wanted = [one for one in dict.fromkeys(ids) if one not in self.passages]
        self.passages.update(passages_of(self.scope.library, self.scope.collection, wanted))

    def there(self, ranking: Ranking) -> Ranking:
        """Without chunks that an index still has and the collection has no longer."""
        return ranking.only(lambda one: one in self.passages)

    def text(self, one: str) -> str:
        return self.passages[one].text
