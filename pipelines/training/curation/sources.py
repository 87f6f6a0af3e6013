"""The documents behind a corpus's name, wherever they lie. For workers: a Hub data set is fetched here."""

from collections.abc import Iterator
from itertools import islice

from pipelines.core.corpus_names import HubName
from pipelines.core.settings import Settings
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents
from pipelines.training.curation import hub

HUB_CHARACTERS = 1_000_000_000


def documents_of(corpus: str, settings: Settings, limit: int) -> Iterator[str]:
    """The first ``limit`` documents; one more is given where there is one, so that the end can be told."""
    if corpus.startswith("hub:"):
        return hub.stream(HubName.parse(corpus), limit + 1, HUB_CHARACTERS)
    return islice(documents(CorpusStore(settings).path(corpus)), limit + 1)


def count(corpus: str, settings: Settings, limit: int) -> Iterator[int]:
    """1, 2, 3 … for each document up to ``limit``; of a Hub data set only the limit is known."""
    if corpus.startswith("hub:"):
        yield limit
        return
    for number, _ in enumerate(islice(documents_of(corpus, settings, limit), limit), 1):
        yield number
