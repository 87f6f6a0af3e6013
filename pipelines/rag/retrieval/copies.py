"""The same words need be read once: of passages with one text, the best alone goes on. Pure."""

from collections import Counter
from collections.abc import Mapping

from pipelines.rag.retrieval.ranking import Ranking

_FIRST = 8  # words: texts that begin with the same ones are compared whole


def without_copies(ranking: Ranking, texts: Mapping[str, str]) -> Ranking:
    """A file that was added under two names, a footer on every page: passages whose texts differ in spaces
    and capitals at most. Passages that are merely alike are MMR's business.

    >>> without_copies(Ranking(("a", "b"), (2.0, 1.0)), {"a": "The  end.", "b": "the end."}).ids
    ('a',)
    """
    begin = {one: " ".join(texts[one].split(None, _FIRST)[:_FIRST]).casefold() for one in ranking.ids}
    alike = Counter(begin.values())
    seen: set[str] = set()

    def is_new(one: str) -> bool:
        words = begin[one] if alike[begin[one]] == 1 else " ".join(texts[one].split()).casefold()
        return not (words in seen or seen.add(words))

    return ranking.only(is_new)
