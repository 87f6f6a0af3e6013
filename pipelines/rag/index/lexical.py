"""The word indexes of all collections, on the disk: ``rag/<collection>/bm25/<number>/``, with the number of
the one that serves in ``bm25/current``. That file is replaced at once: a kill leaves the old or the new.
"""

import logging
import shutil
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pipelines.core.files import write_atomic
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.rag.index.word_index import Hits, WordIndex, Words, save, scored
from pipelines.rag.index.words import analyser
from pipelines.rag.places import collection_folder
from pipelines.runtime.messages import Waiting

_KEPT = 16  # indexes that are open
_STEP_CHARACTERS = 200_000
_WAIT_SECONDS = 0.005
_log = logging.getLogger(__name__)


class Lexical:
    """Safe for one thread."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._open: OrderedDict[str, tuple[str, WordIndex]] = OrderedDict()
        self._scoring = ThreadPoolExecutor(1, thread_name_prefix="bm25")

    def build(self, collection: str, ids: Sequence[str], texts: Sequence[str], language: str) -> Iterator:
        """Steps that index ``texts`` anew under their ``ids``. The old index serves until the last step, at
        whose end the new one takes its place."""
        words, characters = Words(language), 0
        for text in texts:
            words.add(text)
            characters += len(text)
            if characters >= _STEP_CHARACTERS:
                characters = 0
                yield None
        if not words.numbers:
            self.drop(collection)
            return
        scoring = self._scoring.submit(scored, words)
        yield from _until(scoring)
        self._publish(collection, scoring.result(), ids, language)

    def search(self, collection: str, query: str, k: int, allowed: Collection[str] | None = None) -> Hits:
        """(ids, BM25 scores), the best first; nothing where no chunk has a word of ``query``, or nothing is
        indexed."""
        index = self._index(collection)
        return index.search(query, k, allowed) if index else ((), ())

    def weights(self, collection: str, query: str) -> dict[str, float]:
        """See :meth:`WordIndex.weights`; nothing where nothing is indexed."""
        index = self._index(collection)
        return index.weights(query) if index else {}

    def words(self, text: str, language: str) -> list[str]:
        """As they are counted in a collection of that language."""
        return analyser(language).words(text)

    def drop(self, collection: str) -> None:
        self._open.pop(collection, None)
        (self._folder(collection) / "current").unlink(missing_ok=True)
        shutil.rmtree(self._folder(collection), ignore_errors=True)

    def _publish(self, collection: str, index, ids: Sequence[str], language: str) -> None:
        folder, number = self._folder(collection), new_id()
        save(index, ids, language, folder / number)
        write_atomic(folder / "current", number)
        self._open.pop(collection, None)
        for old in folder.iterdir():
            if old.is_dir() and old.name != number:
                shutil.rmtree(old, ignore_errors=True)

    def _index(self, collection: str) -> WordIndex | None:
        folder = self._folder(collection)
        try:
            number = (folder / "current").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        known = self._open.get(collection)
        if known is None or known[0] != number:
            known = self._open[collection] = number, WordIndex(folder / number)
        self._open.move_to_end(collection)
        while len(self._open) > _KEPT:
            self._open.popitem(last=False)
        return known[1]

    def _folder(self, collection: str) -> Path:
        return collection_folder(self._settings, collection) / "bm25"


def _until(future: Future) -> Iterator[Waiting]:
    """Waits in short pieces, so that the one who computes is not held up by who asks again and again."""
    while not future.done():
        try:
            future.exception(_WAIT_SECONDS)
        except TimeoutError:
            yield Waiting()
