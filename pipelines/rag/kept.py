"""Models in memory, a few of one sort. Knows nothing of what a model is."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipelines.runtime.messages import Waiting

_log = logging.getLogger(__name__)


class Kept:
    """At most ``most`` models by their names, the one used longest ago given up first. A model that must be
    read is read in a thread of its own, one at a time. ``changed`` is called when the names change."""

    def __init__(self, most: int, load: Callable[[str], Any], changed: Callable[[], None]):
        self._most, self._load, self._changed = most, load, changed
        self._models: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="load")

    def get(self, name: str) -> Any:
        """The model; waits while it is read."""
        with self._lock:
            if name in self._models:
                self._models.move_to_end(name)
                return self._models[name]
        return self._loader.submit(self._loaded, name).result()

    def ready(self, name: str) -> Iterator[Any]:
        """``model = yield from kept.ready(name)``: yields Waiting while it is read."""
        if name not in self._models:
            loading = self._loader.submit(self._loaded, name)
            while not loading.done():
                yield Waiting()
            loading.result()  # raises what went wrong
        return self.get(name)

    def names(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._models)

    def _loaded(self, name: str) -> Any:
        """In the loading thread, where one model is read at a time, once."""
        if (model := self._models.get(name)) is not None:
            return model
        model = self._load(name)
        with self._lock:
            self._models[name] = model
            while len(self._models) > self._most:
                _log.info("%s is given up for %s", self._models.popitem(last=False)[0], name)
        self._changed()
        return model
